"""Exercise 03-least-privilege: a key policy, judged by who may do what under it.

Source: AWS KMS Developer Guide, "Key policies in AWS KMS", "Least-privilege permissions".
"""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from labkit import lens
from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """Three people work with one key. Write its key policy, as a Python dict:

| | may | may not |
|---|---|---|
| `admin` | describe, enable, disable, `PutKeyPolicy`, schedule and cancel the deletion | encrypt, decrypt |
| `clerk` | encrypt | anything else |
| `board` | decrypt, if the encryption context has `"app": "payroll"` | anything else |

Nobody else may do anything with the key, **whatever an IAM policy says**. All three arguments are ARNs of
users.
"""

CELL = '''def payroll_key_policy(admin, clerk, board):
    """Return the key policy as a dict. Each argument is the ARN of a user."""
    manage = ["kms:DescribeKey", "kms:EnableKey", "kms:DisableKey", "kms:PutKeyPolicy", "kms:GetKeyPolicy"]
    manage += ["kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"]
    for_payroll = {"StringEquals": {"kms:EncryptionContext:app": "payroll"}}
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": admin}, "Action": manage, "Resource": "*"},
        ### BEGIN SOLUTION
        {"Effect": "Allow", "Principal": {"AWS": clerk}, "Action": "kms:Encrypt", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": board},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": for_payroll,
        },
        ### END SOLUTION
    ]
    return {"Version": "2012-10-17", "Statement": statements}
'''

MANAGE = (
    "DescribeKey",
    "EnableKey",
    "DisableKey",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
)
USE = ("Encrypt", "Decrypt", "GenerateDataKey")
PAYROLL = {"app": "payroll"}
ALL_OF_KMS = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}


def public(trial: Trial) -> None:
    """The three, and a stranger whose IAM policy allows all of KMS."""
    people, key_arn = _set_up(trial)
    for who, action, context, expected in _matrix():
        _ask(trial, people[who], who, action, context, expected, key_arn)


def hidden(trial: Trial) -> None:
    """Other people, so that no name is written into the policy; and contexts that are nearly right."""
    people, key_arn = _set_up(trial)
    for who, action, context, expected in _matrix():
        _ask(trial, people[who], who, action, context, expected, key_arn)
    for context, expected in (
        ({"app": "payroll", "month": trial.word()}, True),
        ({"app": "Payroll"}, False),
        ({"application": "payroll"}, False),
    ):
        _ask(trial, people["board"], "board", "Decrypt", context, expected, key_arn)


def _set_up(trial: Trial) -> tuple[dict[str, str], str]:
    iam, kms = trial.client("iam"), trial.client("kms")
    people = {
        who: iam.create_user(UserName=f"{who}-{trial.word()}")["User"]["Arn"]
        for who in ("admin", "clerk", "board", "stranger")
    }
    for arn in people.values():
        document = json.dumps({"Version": "2012-10-17", "Statement": [ALL_OF_KMS]})
        iam.put_user_policy(UserName=arn.rpartition("/")[2], PolicyName="AllOfKms", PolicyDocument=document)
    came = trial.call("payroll_key_policy", people["admin"], people["clerk"], people["board"])
    trial.expect(type(came) is dict, "a dict", came)
    key_arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    try:
        # Whoever sets it is not among the three, and is not to be locked in.
        kms.put_key_policy(KeyId=key_arn, Policy=json.dumps(came), BypassPolicyLockoutSafetyCheck=True)
    except (ClientError, TypeError) as error:
        trial.miss("a key policy that KMS accepts", str(error))
    return people, key_arn


def _matrix() -> Iterator[tuple[str, str, dict[str, str], bool]]:
    for action in MANAGE + USE:
        for who in ("stranger", "admin", "clerk", "board"):
            allowed = {
                "admin": action in MANAGE,
                "clerk": action == "Encrypt",
                "board": action == "Decrypt",
                "stranger": False,
            }
            yield who, action, PAYROLL, allowed[who]
    yield "board", "Decrypt", {"app": "holidays"}, False
    yield "board", "Decrypt", {}, False


def _ask(
    trial: Trial, arn: str, who: str, action: str, context: dict[str, str], expected: bool, key_arn: str
) -> None:
    parameters: dict[str, Any] = {"EncryptionContext": context} if action in USE else {}
    allowed = lens.decision(trial.lab, arn, f"kms:{action}", key_arn, parameters=parameters).allowed
    case = f"{who}, kms:{action}" + (f" with the context {context}" if action in USE else "")
    trial.expect(
        allowed is expected,
        f"{case}: {'allowed' if expected else 'denied'}",
        "allowed" if allowed else "denied",
        "M20" if allowed and who == "stranger" else "",
    )


_CLERK = (
    '{"Effect": "Allow", "Principal": {"AWS": clerk}, "Action": "kms:Encrypt", "Resource": "*"},\n        '
)


_instead = partial(instead, CELL)


WRONG = (
    (_instead(', "Action": manage', ', "Action": "kms:*"'), ""),
    (_instead(_CLERK, ""), ""),
    (_instead(', "Action": "kms:Encrypt"', ', "Action": ["kms:Encrypt", "kms:Decrypt"]'), ""),
    (_instead('            "Condition": for_payroll,\n', ""), ""),
    (
        _instead(
            _CLERK,
            _CLERK + '{"Effect": "Allow", "Principal": {"AWS": admin.rpartition(":")[0] + ":root"},'
            ' "Action": "kms:*", "Resource": "*"},\n        ',
        ),
        "M20",
    ),
    (
        _instead(
            '"Effect": "Allow", "Principal": {"AWS": clerk}', '"Effect": "Yes", "Principal": {"AWS": clerk}'
        ),
        "",
    ),
)

EXERCISE = Exercise(
    "03-least-privilege",
    title="No more than needed",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M20",),
    wrong=WRONG,
)
