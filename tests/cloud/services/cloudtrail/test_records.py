"""An event as CloudTrail delivers it, compared with AWS's own log examples.

Source: KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail" and the examples it links to.
"""

import json
import re
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.audit.event import resource_type
from tests.cloud.services.cloudtrail.trail import events, record
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.conftest import MakeClient

USER = {
    "type": "IAMUser",
    "principalId": "AIDAAAAAA123456789012",
    "arn": "arn:aws:iam::123456789012:user/Administrator",
    "accountId": "123456789012",
    "accessKeyId": "123456789012",
    "userName": "Administrator",
}
CONTEXT = {"Department": "Engineering", "Project": "Alpha"}
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DATE = r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M"


def material_of(kms: Any, key: str) -> str:
    told: str = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    return told


def key_resource(arn: str) -> dict[str, str]:
    return {"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": arn}


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def test_encrypt_is_recorded_as_aws_records_it(key: str, kms: Any, lab: Lab, client: MakeClient) -> None:
    answer = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"Department": "Engineering"})
    told = record(client, "Encrypt")
    assert re.fullmatch(UUID, told.pop("eventID"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told.pop("eventTime"))
    assert "Boto3/" in told.pop("userAgent")
    assert told == {
        "eventVersion": "1.11",
        "userIdentity": USER,
        "eventSource": "kms.amazonaws.com",
        "eventName": "Encrypt",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "requestParameters": {
            "encryptionContext": {"Department": "Engineering"},
            "keyId": key,
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        },
        "responseElements": None,
        "additionalEventData": {"keyMaterialId": material_of(kms, key)},
        "requestID": answer["ResponseMetadata"]["RequestId"],
        "readOnly": True,
        "resources": [key_resource(key)],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "kms.us-east-1.amazonaws.com",
        },
    }


def test_decrypt_always_names_the_algorithm(key: str, kms: Any, client: MakeClient) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    told = record(client, "Decrypt")
    assert told["requestParameters"] == {
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "encryptionContext": CONTEXT,
    }
    assert (told["responseElements"], told["readOnly"], told["resources"]) == (
        None,
        True,
        [key_resource(key)],
    )


def test_a_failed_decrypt_is_recorded_with_its_error(key: str, kms: Any, client: MakeClient) -> None:
    other = new_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    refused = refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other)
    told = record(client, "Decrypt")
    assert (told["errorCode"], told["errorMessage"]) == refused[:2]
    assert told["errorCode"] == "IncorrectKeyException"
    assert told["requestParameters"]["keyId"] == other
    assert told["responseElements"] is None


def test_a_denied_call_is_recorded_as_access_denied(key: str, kms: Any, client: MakeClient) -> None:
    text = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}}
    )
    kms.put_key_policy(KeyId=key, Policy=text)
    refused = refusal(kms.disable_key, KeyId=key)
    told = record(client, "DisableKey")
    assert refused.code == "AccessDeniedException"
    assert (told["errorCode"], told["errorMessage"]) == ("AccessDenied", refused.message)
    assert told["resources"] == [key_resource(key)]


def test_a_call_that_breaks_the_model_is_recorded_with_its_error(
    key: str, kms: Any, client: MakeClient
) -> None:
    refused = refusal(kms.encrypt, KeyId=key, Plaintext=b"")
    told = record(client, "Encrypt")
    assert (
        (told["errorCode"], told["errorMessage"]) == refused[:2] == ("ValidationException", refused.message)
    )


def test_re_encrypt_names_both_keys_in_order(key: str, kms: Any, client: MakeClient) -> None:
    other = new_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"]
    kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=other,
        DestinationEncryptionContext={"Level": "3A"},
    )
    told = record(client, "ReEncrypt")
    assert told["resources"] == [key_resource(key), key_resource(other)]
    assert told["requestParameters"] == {
        "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "sourceEncryptionContext": CONTEXT,
        "destinationKeyId": other,
        "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "destinationEncryptionContext": {"Level": "3A"},
    }
    assert told["readOnly"] is True


def test_generate_data_key_shows_what_was_asked_and_no_key(key: str, kms: Any, client: MakeClient) -> None:
    kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    told = record(client, "GenerateDataKey")
    assert told["requestParameters"] == {"keyId": key, "keySpec": "AES_256", "encryptionContext": CONTEXT}
    assert (told["responseElements"], told["readOnly"]) == (None, True)


def test_create_key_shows_the_new_key(lab: Lab, kms: Any, client: MakeClient) -> None:
    asked = {"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}]}
    made = kms.create_key(**asked)["KeyMetadata"]
    told = record(client, "CreateKey")
    assert told["requestParameters"] == {
        "description": "d",
        "origin": "AWS_KMS",
        "tags": [{"tagKey": "a", "tagValue": "b"}],
    }
    shown = told["responseElements"]["keyMetadata"]
    assert re.fullmatch(DATE, shown["creationDate"])
    assert (shown["AWSAccountId"], shown["arn"], shown["keyState"]) == (
        "123456789012",
        made["Arn"],
        "Enabled",
    )
    assert (told["readOnly"], told["resources"]) == (False, [key_resource(made["Arn"])])


def test_what_answers_nothing_names_the_key_all_the_same(key: str, kms: Any, client: MakeClient) -> None:
    kms.disable_key(KeyId=key)
    told = record(client, "DisableKey")
    assert told["requestParameters"] == {"keyId": key}
    assert (told["responseElements"], told["readOnly"]) == ({"keyId": key}, False)


def test_schedule_key_deletion_shows_the_date(key: str, kms: Any, client: MakeClient) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=20)
    told = record(client, "ScheduleKeyDeletion")
    assert told["requestParameters"] == {"pendingWindowInDays": 20, "keyId": key}
    assert re.fullmatch(DATE, told["responseElements"].pop("deletionDate"))
    assert told["responseElements"] == {
        "keyId": key,
        "keyState": "PendingDeletion",
        "pendingWindowInDays": 20,
    }
    kms.cancel_key_deletion(KeyId=key)
    assert record(client, "CancelKeyDeletion")["responseElements"] == {"keyId": key}


def test_an_alias_is_recorded_beside_its_key(key: str, kms: Any, client: MakeClient) -> None:
    kms.create_alias(AliasName="alias/my_alias", TargetKeyId=key)
    alias = key_resource("arn:aws:kms:us-east-1:123456789012:alias/my_alias")
    told = record(client, "CreateAlias")
    assert told["requestParameters"] == {"aliasName": "alias/my_alias", "targetKeyId": key}
    assert told["resources"] == [alias, key_resource(key)]
    kms.delete_alias(AliasName="alias/my_alias")
    assert record(client, "DeleteAlias")["resources"] == [alias, key_resource(key)]


def test_a_policy_is_shown_when_it_is_put_and_not_when_it_is_read(
    key: str, kms: Any, client: MakeClient
) -> None:
    text = kms.get_key_policy(KeyId=key)["Policy"]
    assert record(client, "GetKeyPolicy")["responseElements"] is None
    kms.put_key_policy(KeyId=key, Policy=text)
    assert record(client, "PutKeyPolicy")["requestParameters"] == {
        "keyId": key,
        "policyName": "default",
        "policy": text,
    }


def test_signing_shows_the_algorithm_and_the_kind_of_message(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    kms.sign(KeyId=arn, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    assert record(client, "Sign")["requestParameters"] == {
        "messageType": "RAW",
        "keyId": arn,
        "signingAlgorithm": "ECDSA_SHA_256",
    }


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:kms:us-east-1:123456789012:alias/my_alias", "AWS::KMS::Key"),
        ("arn:aws:iam::123456789012:user/Alice", "AWS::IAM::User"),
    ],
)
def test_the_type_of_a_resource_is_in_its_arn(arn: str, kind: str) -> None:
    assert resource_type(arn) == kind


def test_without_a_key_there_are_no_resources(lab: Lab, kms: Any, client: MakeClient) -> None:
    kms.generate_random(NumberOfBytes=32)
    kms.list_aliases(Limit=5)
    assert record(client, "GenerateRandom")["resources"] == []
    told = record(client, "ListAliases")
    assert (told["requestParameters"], told["resources"]) == ({"limit": 5}, [])


def test_what_kms_does_by_itself_is_recorded_as_its_own_doing(
    key: str, kms: Any, lab: Lab, client: MakeClient
) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    old = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    lab.clock.advance(days=90, minutes=1)
    rotation = {
        "rotationType": "AUTOMATIC",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": old,
        "currentKeyMaterialId": kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"],
    }
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lab.clock.advance(days=7, minutes=1)
    for name, answer, details in (("RotateKey", None, rotation), ("DeleteKey", {"keyId": key}, {})):
        told = record(client, name)
        del told["eventID"], told["eventTime"]
        assert told == {
            "eventVersion": "1.11",
            "userIdentity": {"accountId": "123456789012", "invokedBy": "AWS Internal"},
            "eventSource": "kms.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": "AWS Internal",
            "userAgent": "AWS Internal",
            "requestParameters": None,
            "responseElements": answer,
            "readOnly": False,
            "resources": [key_resource(key)],
            "eventType": "AwsServiceEvent",
            "managementEvent": True,
            "recipientAccountId": "123456789012",
            "eventCategory": "Management",
            "serviceEventDetails": {"keyId": key.rsplit("/", 1)[1], **details},
        }


def test_a_rotation_on_demand_is_a_call_and_then_an_event_of_kms(
    key: str, kms: Any, client: MakeClient
) -> None:
    kms.rotate_key_on_demand(KeyId=key)
    assert record(client, "RotateKeyOnDemand")["eventType"] == "AwsApiCall"
    told = record(client, "RotateKey")
    assert told["eventType"] == "AwsServiceEvent"
    assert told["serviceEventDetails"]["rotationType"] == "ON_DEMAND"


def test_no_rotation_is_recorded_that_did_not_happen(
    key: str, kms: Any, lab: Lab, client: MakeClient
) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    lab.clock.advance(days=91)
    assert "RotateKey" not in [event["EventName"] for event in events(client)]
