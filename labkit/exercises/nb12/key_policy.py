"""Exercise 12-key-policy: a key that CloudWatch Logs may use, for one log group.

Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
"""

import json
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A key for the events of **one** log group. Write its key policy, as a Python dict. The first
statement is there: it lets the account's own IAM policies decide about people. Add the one for CloudWatch
Logs:

- the principal is the **service** `logs.<region>.amazonaws.com`;
- it may do what the list `use` says;
- and only while the encryption context `aws:logs:arn` is the ARN of this group. A condition key of KMS looks
  at it: `kms:EncryptionContext:aws:logs:arn`.
"""

CELL = '''def logs_key_policy(region, account, group_arn):
    """Return the key policy as a dict. All three arguments are texts."""
    owner = {"AWS": f"arn:aws:iam::{account}:root"}
    use = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    statements = [
        {"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"},
        ### BEGIN SOLUTION
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": use,
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group_arn}},
        },
        ### END SOLUTION
    ]
    return {"Version": "2012-10-17", "Statement": statements}
'''

ACCOUNT = "123456789012"


def public(trial: Trial) -> None:
    """The group that is meant, and another one."""
    _try(trial, trial.region)


def hidden(trial: Trial) -> None:
    """Another region, and a group whose name only begins like the one that is meant."""
    _try(trial, "eu-west-1")


def _try(trial: Trial, region: str) -> None:
    logs, kms = trial.client("logs", region), trial.client("kms", region)
    group = f"/shop/{trial.word()}"
    others = (f"{group}-2", f"/shop/{trial.word()}")
    for name in (group, *others):
        logs.create_log_group(logGroupName=name)
    arn = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"
    policy = trial.call("logs_key_policy", region, ACCOUNT, arn)
    try:
        key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    except (TypeError, ClientError) as error:
        trial.miss("a key policy, as a dict", str(error))
    _associate(trial, logs, group, key)
    _write_and_read(trial, logs, group)
    for other in others:
        try:
            logs.associate_kms_key(logGroupName=other, kmsKeyId=key)
        except ClientError:
            continue
        trial.miss(f"the key is for {group} only", f"{other} can have it, too")


def _associate(trial: Trial, logs: Any, group: str, key: str) -> None:
    try:
        logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
    except ClientError as error:
        trial.miss(f"the administrator can put the key on {group}", str(error), "M20")


def _write_and_read(trial: Trial, logs: Any, group: str) -> None:
    message = trial.word()
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    event = {"timestamp": int(trial.lab.clock.now().timestamp() * 1000), "message": message}
    try:
        for _ in range(2):
            logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])
    except ClientError as error:
        trial.miss("events can be written", str(error))
    trial.lab.clock.advance(hours=2)
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName="one")["events"]
    except ClientError as error:
        trial.miss("events can be read", str(error))
    trial.expect([one["message"] for one in found] == [message] * 2, "the events that were written", found)


_instead = partial(instead, CELL)
_NOBODY = """def logs_key_policy(region, account, group_arn):
    owner = {"AWS": f"arn:aws:iam::{account}:root"}
    only = {"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": only}"""

WRONG = (
    (_NOBODY, "M20"),
    (_instead('f"logs.{region}.amazonaws.com"', '"logs.us-west-2.amazonaws.com"'), "M20"),
    (_instead("logs.{region}.amazonaws.com", "logs.amazonaws.com"), "M20"),
    (_instead('{"Service": f"logs.{region}.amazonaws.com"}', "owner"), "M20"),
    (_instead('"kms:EncryptionContext:aws:logs:arn": group_arn', '"aws:SourceArn": group_arn'), "M20"),
    (
        _instead(
            '"Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group_arn}},',
            "",
        ),
        "",
    ),
    (_instead('"ArnEquals"', '"ArnLike"').replace("group_arn}}", 'group_arn + "*"}}'), ""),
    (_instead('"kms:Decrypt*", ', ""), ""),
)

EXERCISE = Exercise(
    "12-key-policy",
    title="A key for one log group",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M20",),
    wrong=WRONG,
)
