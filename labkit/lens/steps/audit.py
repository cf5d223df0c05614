"""Step 7: the audit record, which CloudTrail keeps of every call, allowed or denied."""

import json

from labkit.cloud.audit.log import Recorded
from labkit.cloud.audit.record import event_record
from labkit.lens.steps.step import Row, Step


def step(recorded: Recorded | None) -> Step:
    """The record, in the JSON that CloudTrail delivers."""
    rows: tuple[Row, ...] = ()
    gist = "no record is kept in its history"
    if recorded is not None:
        event = recorded.event
        record = json.dumps(event_record(event, *recorded.scope), indent=2, ensure_ascii=False)
        rows = (Row("record", record, "code"),)
        gist = f"{event.EventName}, {'read-only' if event.Action.ReadOnly else 'not read-only'}"
    return Step(
        7,
        "What the audit log says",
        "Who did what, when, on which resource, and whether it worked. Plaintexts and ciphertexts are left "
        "out; the encryption context is not, so it must never be a secret.",
        rows,
        gist,
    )
