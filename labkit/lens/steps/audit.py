"""Step 7: the audit record, which CloudTrail keeps of every call, allowed or denied."""

import json

from labkit.cloud.services.cloudtrail.model import Event
from labkit.cloud.services.cloudtrail.record import event_record
from labkit.lens.steps.step import Row, Step


def step(event: Event | None) -> Step:
    """The record, in the JSON that CloudTrail delivers."""
    rows: tuple[Row, ...] = ()
    gist = "no record is kept of it"
    if event is not None:
        record = json.dumps(event_record(event), indent=2, ensure_ascii=False)
        rows = (Row("record", record, "code"),)
        gist = f"{event.EventName}, {'read-only' if event.ReadOnly else 'not read-only'}"
    return Step(
        7,
        "What the audit log says",
        "Who did what, when, on which resource, and whether it worked. Plaintexts and ciphertexts are left "
        "out; the encryption context is not, so it must never be a secret.",
        rows,
        gist,
    )
