"""One call may concern two accounts: CloudTrail tells both, each in its own history.

Source: CloudTrail User Guide, "sharedEventID example"; KMS Developer Guide, "Logging AWS KMS API calls with
AWS CloudTrail": a request that is denied is told to the caller's account alone.
"""

import json
from typing import Any

from labkit import Lab
from labkit.cloud.audit.log import event_log
from tests.cloud.services.cloudtrail.trail import by, events, record
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.conftest import MakeClient

OWNER, FRIEND = "123456789012", "444455556666"


def shared_key(kms: Any) -> str:
    """A key of OWNER that FRIEND may encrypt with."""
    arn = new_key(kms)
    own = json.loads(kms.get_key_policy(KeyId=arn)["Policy"])
    own["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{FRIEND}:root"},
            "Action": "kms:Encrypt",
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=arn, Policy=json.dumps(own))
    return arn


def test_the_use_of_another_account_s_key_is_told_to_both(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = shared_key(kms)
    client("kms", account=FRIEND).encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext={"a": "b"})
    mine, theirs = record(client, "Encrypt"), record(client, "Encrypt", account=FRIEND)
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert len({mine["eventID"], theirs["eventID"], mine["sharedEventID"]}) == 3
    assert (mine["recipientAccountId"], theirs["recipientAccountId"]) == (OWNER, FRIEND)
    assert set(mine["userIdentity"]) == {"type", "principalId", "accountId"}
    assert (mine["userIdentity"]["type"], mine["userIdentity"]["accountId"]) == ("AWSAccount", FRIEND)
    assert theirs["userIdentity"]["userName"] == "Administrator"
    for same in ("requestID", "requestParameters", "resources", "additionalEventData", "eventTime"):
        assert mine[same] == theirs[same]
    assert mine["resources"][0]["accountId"] == OWNER
    (told,) = events(client, **by(EventName="Encrypt"))
    assert "Username" not in told
    assert "AccessKeyId" not in told


def test_the_last_use_is_the_owner_s_event(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = shared_key(kms)
    client("kms", account=FRIEND).encrypt(KeyId=arn, Plaintext=b"x")
    used = event_log(lab.cloud.store, OWNER, "us-east-1").last_use(arn)
    assert used is not None
    assert used.EventId == record(client, "Encrypt")["eventID"]
    assert event_log(lab.cloud.store, FRIEND, "us-east-1").last_use(arn) is None


def test_a_denied_call_is_told_to_the_caller_s_account_alone(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = new_key(kms)
    refused = refusal(client("kms", account=FRIEND).encrypt, KeyId=arn, Plaintext=b"x")
    assert refused.code == "AccessDeniedException"
    told = record(client, "Encrypt", account=FRIEND)
    assert told["errorCode"] == "AccessDenied"
    assert "sharedEventID" not in told
    assert [event["EventName"] for event in events(client)] == ["CreateKey"]


def test_a_call_within_one_account_is_told_once(lab: Lab, kms: Any, client: MakeClient) -> None:
    kms.encrypt(KeyId=new_key(kms), Plaintext=b"x")
    assert "sharedEventID" not in record(client, "Encrypt")


def test_identities_are_recorded_in_one_region_wherever_they_are_asked_for(
    lab: Lab, client: MakeClient
) -> None:
    client("iam", "eu-west-1").list_users()
    client("sts", "eu-west-1").get_caller_identity()
    names = {
        region: {event["EventName"] for event in events(client, region)}
        for region in ("us-east-1", "eu-west-1")
    }
    assert names == {"us-east-1": {"ListUsers"}, "eu-west-1": {"GetCallerIdentity"}}
    assert record(client, "ListUsers")["awsRegion"] == "us-east-1"
