"""Exercise 03-who-used: read the audit log as an auditor does, all of it.

Source: AWS CloudTrail API Reference, LookupEvents (50 events a page); AWS KMS Developer Guide, "Logging AWS
KMS API calls with AWS CloudTrail".
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """An auditor asks: *who has decrypted with this key?* Finish `who_used`: it returns the user
names, as a **set**, of those whose `Decrypt` with this key **succeeded**. Of the log it reads the events
that name the key's ARN, and all of their pages.

In an event, `EventName` is the call and `Username` the caller. The whole record is JSON in
`CloudTrailEvent`; it has an `errorCode` if the call was refused.
"""

CELL = '''import json


def who_used(cloudtrail, key_arn):
    """Return the set of the user names that have decrypted with this key."""
    about = [{"AttributeKey": "ResourceName", "AttributeValue": key_arn}]
    names = set()
    for page in cloudtrail.get_paginator("lookup_events").paginate(LookupAttributes=about):
        ### BEGIN SOLUTION
        for event in page["Events"]:
            refused = "errorCode" in json.loads(event["CloudTrailEvent"])
            if event["EventName"] == "Decrypt" and not refused:
                names.add(event["Username"])
        ### END SOLUTION
    return names
'''

OPEN = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"}


def public(trial: Trial) -> None:
    """One who decrypts, one who only encrypts, one who is refused, and one who uses another key."""
    _try(trial, calls=2)


def hidden(trial: Trial) -> None:
    """More than a page of events; and a key that nobody has used."""
    _try(trial, calls=60)
    _look(trial, trial.client("kms").create_key()["KeyMetadata"]["Arn"], set())


def _try(trial: Trial, calls: int) -> None:
    kms = trial.client("kms")
    key, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    reader, writer, stranger, elsewhere = (_hire(trial, allowed) for allowed in (True, True, False, True))
    blob = kms.encrypt(KeyId=key, Plaintext=trial.random_bytes(20))["CiphertextBlob"]
    other_blob = kms.encrypt(KeyId=other, Plaintext=trial.random_bytes(20))["CiphertextBlob"]
    # The one who counts comes first, so that later events push them off the first page.
    reader[1].decrypt(CiphertextBlob=blob)
    elsewhere[1].decrypt(CiphertextBlob=other_blob)
    for _ in range(calls):
        writer[1].encrypt(KeyId=key, Plaintext=trial.random_bytes(8))
    try:
        stranger[1].decrypt(CiphertextBlob=blob)
    except ClientError:
        pass
    else:
        raise AssertionError("a user without any policy has decrypted")
    _look(trial, key, {reader[0]})


def _hire(trial: Trial, allowed: bool) -> tuple[str, Any]:
    """Make a user with a random name, and return the name and their client."""
    iam, name = trial.client("iam"), trial.word()
    iam.create_user(UserName=name)
    if allowed:
        document = json.dumps({"Version": "2012-10-17", "Statement": [OPEN]})
        iam.put_user_policy(UserName=name, PolicyName="UseKeys", PolicyDocument=document)
    return name, trial.as_user("kms", iam.create_access_key(UserName=name)["AccessKey"])


def _look(trial: Trial, key_arn: str, expected: set[str]) -> None:
    came = trial.call("who_used", trial.student("cloudtrail"), key_arn)
    trial.expect(type(came) is set, "a set of user names", came)
    names = ", ".join(sorted(expected)) or "nobody"
    trial.expect(trial.same(came, expected), f"{names}, and nobody else", came)


WRONG = (
    (
        "def who_used(cloudtrail, key_arn):\n"
        "    events = cloudtrail.lookup_events()['Events']\n"
        "    return {event['Username'] for event in events if event['EventName'] == 'Decrypt'}",
        "",
    ),
    (
        "def who_used(cloudtrail, key_arn):\n"
        "    about = [{'AttributeKey': 'ResourceName', 'AttributeValue': key_arn}]\n"
        "    return {e['Username'] for e in cloudtrail.lookup_events(LookupAttributes=about)['Events']\n"
        "            if e['EventName'] == 'Decrypt' and 'errorCode' not in e['CloudTrailEvent']}",
        "",
    ),
    (
        "def who_used(cloudtrail, key_arn):\n"
        "    about = [{'AttributeKey': 'ResourceName', 'AttributeValue': key_arn}]\n"
        "    pages = cloudtrail.get_paginator('lookup_events').paginate(LookupAttributes=about)\n"
        "    return {e['Username'] for page in pages for e in page['Events'] if e['EventName'] == 'Decrypt'}",
        "",
    ),
    (
        "def who_used(cloudtrail, key_arn):\n"
        "    pages = cloudtrail.get_paginator('lookup_events').paginate(\n"
        "        LookupAttributes=[{'AttributeKey': 'ResourceName', 'AttributeValue': key_arn}])\n"
        "    return {e['Username'] for page in pages for e in page['Events']\n"
        "            if 'errorCode' not in e['CloudTrailEvent']}",
        "",
    ),
)

EXERCISE = Exercise(
    "03-who-used",
    title="Who used it?",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=(),
    wrong=WRONG,
)
