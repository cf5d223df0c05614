"""Exercise 12-all-under: old events get under a key only by arriving once more.

Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"; API Reference,
"FilterLogEvents", "PutLogEvents".
"""

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A log group has events from before it got a key, and an auditor wants **every** event under the
key. Finish `all_under`: it makes the group `new` with the key from its first event on, and copies all
events of one stream of `old` into a stream of the same name, each with its timestamp. It leaves `old` as it
is.

An answer of CloudWatch Logs holds 1 MB at most, and so does a batch: one page is one batch. The events are of
one day.
"""

CELL = '''def all_under(logs, old, new, stream, key_arn):
    """Copy the events of old's stream into the group new, which has the key."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=old, logStreamNames=[stream])
    ### BEGIN SOLUTION
    logs.create_log_group(logGroupName=new, kmsKeyId=key_arn)
    logs.create_log_stream(logGroupName=new, logStreamName=stream)
    for page in pages:
        batch = [{"timestamp": one["timestamp"], "message": one["message"]} for one in page["events"]]
        if batch:
            logs.put_log_events(logGroupName=new, logStreamName=stream, logEvents=batch)
    ### END SOLUTION
'''

POLICY = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
   "Action": "kms:*", "Resource": "*"},
  {"Effect": "Allow", "Principal": {"Service": "logs.REGION.amazonaws.com"},
   "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}]}"""
LARGE = 400_000

Events = list[tuple[int, str]]


def public(trial: Trial) -> None:
    """A few events from before the key, and one from after it."""
    _try(trial, trial.integer(3, 6), large=0)


def hidden(trial: Trial) -> None:
    """Events that fill more than one page."""
    _try(trial, trial.integer(3, 6), large=4)


def _try(trial: Trial, few: int, large: int) -> None:
    logs, kms = trial.client("logs"), trial.client("kms")
    key = kms.create_key(Policy=POLICY.replace("REGION", trial.region))["KeyMetadata"]["Arn"]
    old, new = f"/old/{trial.word()}", f"/new/{trial.word()}"
    logs.create_log_group(logGroupName=old)
    logs.create_log_stream(logGroupName=old, logStreamName="one")
    logs.create_log_stream(logGroupName=old, logStreamName="two")
    for message in [trial.word() for _ in range(few)] + [trial.word(10) * (LARGE // 10)] * large:
        _write(trial, logs, old, message)
    logs.associate_kms_key(logGroupName=old, kmsKeyId=key)
    _write(trial, logs, old, trial.word())
    wanted = _read(trial, logs, old)
    trial.lab.clock.advance(hours=3)
    trial.call("all_under", trial.student("logs"), old, new, "one", key)
    groups = {one["logGroupName"]: one for one in logs.describe_log_groups()["logGroups"]}
    trial.expect(new in groups, f"there is a group {new}", "there is none", "M30")
    kms.disable_key(KeyId=key)
    readable = _readable(logs, new, wanted)
    trial.expect(
        readable == 0,
        "while the key is disabled, no event of the new group can be read",
        f"{readable} of {len(wanted)} can: they are not under the key",
        "M30",
    )
    kms.enable_key(KeyId=key)
    found = _read(trial, logs, new)
    trial.expect(len(found) == len(wanted), f"{len(wanted)} events", f"{len(found)}")
    trial.expect(
        [message for _, message in found] == [message for _, message in wanted], "the same messages", "others"
    )
    trial.expect(found == wanted, "the same timestamps", "other timestamps")
    trial.expect(_read(trial, logs, old) == wanted, f"{old} is as it was", "it is not")


def _write(trial: Trial, logs: Any, group: str, message: str) -> None:
    trial.lab.clock.advance(minutes=1)
    event = {"timestamp": int(trial.lab.clock.now().timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])


def _read(trial: Trial, logs: Any, group: str) -> Events:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, logStreamNames=["one"])
    try:
        return [(one["timestamp"], one["message"]) for page in pages for one in page["events"]]
    except ClientError as error:
        trial.miss(f"the events of {group} can be read", str(error))


def _readable(logs: Any, group: str, wanted: Events) -> int:
    """How many events can be read, each by its own time."""
    count = 0
    for time in sorted({time for time, _ in wanted}):
        try:
            found = logs.get_log_events(
                logGroupName=group, logStreamName="one", startTime=time, endTime=time + 1
            )
        except ClientError:
            continue
        count += len(found["events"])
    return count


_instead = partial(instead, CELL)

WRONG = (
    (
        "def all_under(logs, old, new, stream, key_arn):\n"
        "    logs.associate_kms_key(logGroupName=old, kmsKeyId=key_arn)",
        "M30",
    ),
    (
        _instead(", kmsKeyId=key_arn)", ")")
        + "\n    logs.associate_kms_key(logGroupName=new, kmsKeyId=key_arn)",
        "M30",
    ),
    (_instead("for page in pages:", "for page in [next(iter(pages))]:"), ""),
    (_instead('"timestamp": one["timestamp"]', '"timestamp": one["ingestionTime"] + 1'), ""),
    (_instead('page["events"]]', 'page["events"][1:]]'), ""),
)

EXERCISE = Exercise(
    "12-all-under",
    title="Every event under the key",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M30",),
    wrong=WRONG,
)
