"""Exercise 12-commands: put a KMS key on a log group, and take it off, from the command line.

The check runs the real `aws` on the lines that the student's functions return.
Source: CloudWatch Logs API Reference, "AssociateKmsKey", "DisassociateKmsKey".
"""

from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise
from labkit.exercises.terminal import run_aws
from labkit.exercises.trial import Trial

PROMPT = """Write two command lines, as we would type them behind a `!`, without the `!`.

- `associate_line`: from now on the events of this log group go under this KMS key.
- `disassociate_line`: from now on they go under the service's own key again. **All** events stay readable,
  as long as their keys are.
"""

CELL = '''def associate_line(group, key_arn):
    """Return the command line that puts the key on the group. Both arguments are texts."""
    ### BEGIN SOLUTION
    return f"aws logs associate-kms-key --log-group-name {group} --kms-key-id {key_arn}"
    ### END SOLUTION


def disassociate_line(group):
    """Return the command line that takes the key off."""
    ### BEGIN SOLUTION
    return f"aws logs disassociate-kms-key --log-group-name {group}"
    ### END SOLUTION
'''

POLICY = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
   "Action": "kms:*", "Resource": "*"},
  {"Effect": "Allow", "Principal": {"Service": "logs.REGION.amazonaws.com"},
   "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}]}"""


def public(trial: Trial) -> None:
    """A group with an event from before; one event with the key, one without it."""
    _try(trial, f"/web/{trial.word()}")


def hidden(trial: Trial) -> None:
    """A second group, while the first one is still there."""
    _try(trial, f"/web/{trial.word()}")
    _try(trial, trial.word())


def _try(trial: Trial, group: str) -> None:
    logs, kms = trial.client("logs"), trial.client("kms")
    key = kms.create_key(Policy=POLICY.replace("REGION", trial.region))["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    _write(trial, logs, group, "before")
    _run(trial, trial.call("associate_line", group, key))
    told = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0].get("kmsKeyId")
    trial.expect(told == key, f"{group} has the key {key}", told or "it has none")
    _write(trial, logs, group, "under the key")
    _run(trial, trial.call("disassociate_line", group))
    listed = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    trial.expect(bool(listed), f"{group} is still there", "it was deleted")
    told = listed[0].get("kmsKeyId")
    trial.expect(told is None, f"{group} has no KMS key", told)
    _write(trial, logs, group, "after")
    _expect(trial, logs, group, ["before", "under the key", "after"])


def _write(trial: Trial, logs: Any, group: str, message: str) -> None:
    trial.lab.clock.advance(minutes=1)
    event = {"timestamp": int(trial.lab.clock.now().timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])


def _expect(trial: Trial, logs: Any, group: str, messages: list[str]) -> None:
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName="one")["events"]
    except ClientError as error:
        trial.miss("all events can be read", str(error))
    trial.expect([one["message"] for one in found] == messages, f"the events {messages}", found)


def _run(trial: Trial, line: object) -> None:
    if type(line) is not str:
        trial.miss("a command line, as a text", line)
    try:
        ended = run_aws(line)
    except ValueError as error:
        trial.miss("a command line of aws", str(error))
    trial.expect(ended.status == 0, "a command that succeeds", ended.errors.strip())


def _both(associate: str, disassociate: str) -> str:
    return (
        f"def associate_line(group, key_arn):\n    return f'{associate}'\n"
        f"def disassociate_line(group):\n    return f'{disassociate}'"
    )


_ON = "aws logs associate-kms-key --log-group-name {group} --kms-key-id {key_arn}"
_OFF = "aws logs disassociate-kms-key --log-group-name {group}"
WRONG = (
    (_both(_ON.replace("{key_arn}", '{key_arn.rpartition("/")[2]}'), _OFF), ""),
    (_both(_ON.replace("--log-group-name", "--log-group"), _OFF.replace("logs", "kms")), ""),
    (_both("aws logs create-log-group --log-group-name {group} --kms-key-id {key_arn}", _OFF), ""),
    (_both(_ON, "aws logs delete-log-group --log-group-name {group}"), ""),
    (_both(_ON, "aws logs describe-log-groups"), ""),
    (_both(_ON, _OFF).replace("'aws logs assoc", "'logs assoc"), ""),
)

EXERCISE = Exercise(
    "12-commands",
    title="On and off",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    wrong=WRONG,
)
