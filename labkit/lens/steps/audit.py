"""Step 7: the audit record, which CloudTrail keeps of every call, allowed or denied."""

import json

from labkit.cloud.services.cloudtrail.model import Event
from labkit.lens.steps.step import Row, Step


def step(event: Event | None) -> Step:
    """The record as JSON."""
    rows: tuple[Row, ...] = ()
    gist = "no record is kept of it"
    if event is not None:
        record = json.dumps(json.loads(event.Record), indent=2, ensure_ascii=False)
        rows, gist = (
            (Row("record", record, "code"),),
            f"{event.EventName}, {'read' if event.ReadOnly else 'write'}",
        )
    return Step(
        7,
        "What the audit log says",
        "Who did what, when, on which resource, and whether it worked. Plaintexts and ciphertexts are left out; "
        "the encryption context is not, so it must never be a secret.",
        rows,
        gist,
    )
