"""SecureStrings: KMS is asked on the caller's behalf, and nothing at rest is plaintext."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.people import statement

ARN = "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"
NAME, SECRET = "/db/password", "correct horse battery staple"
ALL_OF_SSM = statement("ssm:*")


def put(ssm: Any, **more: Any) -> None:
    ssm.put_parameter(Name=NAME, Value=SECRET, Type="SecureString", **more)


def value(ssm: Any, *, decrypted: bool) -> str:
    return str(ssm.get_parameter(Name=NAME, WithDecryption=decrypted)["Parameter"]["Value"])


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_a_secret_comes_back_only_if_it_is_asked_to(ssm: Any, tier: str) -> None:
    put(ssm, Tier=tier)
    assert value(ssm, decrypted=True) == SECRET
    sealed = base64.b64decode(value(ssm, decrypted=False))
    assert SECRET.encode() not in sealed
    history = ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"]
    assert [one["Value"] for one in history] == [SECRET]
    by_path = ssm.get_parameters_by_path(Path="/db", WithDecryption=True)["Parameters"]
    assert [one["Value"] for one in by_path] == [SECRET]


def test_the_calls_to_kms_are_on_record_with_their_context(ssm: Any, lab: Lab, client: Any) -> None:
    put(ssm)
    value(ssm, decrypted=True)
    for name in ("Encrypt", "Decrypt"):
        lookup = client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
        )
        told = lookup["Events"][0]["CloudTrailEvent"]
        assert '"aws:ssm' not in told
        assert f'"PARAMETER_ARN":"{ARN}"' in told.replace(" ", "")
        assert '"invokedBy":"ssm.amazonaws.com"' in told.replace(" ", "")
        assert SECRET not in told


def test_a_standard_secret_is_a_blob_that_kms_opens_for_its_own_parameter_only(ssm: Any, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    put(ssm, KeyId=key)
    blob = base64.b64decode(value(ssm, decrypted=False))
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN})
    assert opened["Plaintext"] == SECRET.encode()
    told = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN + "2"})
    assert told.code == "InvalidCiphertextException"


def test_the_aws_managed_key_works_through_ssm_only(ssm: Any, kms: Any) -> None:
    put(ssm)
    blob = base64.b64decode(value(ssm, decrypted=False))
    told = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN})
    assert told.code == "AccessDeniedException"
    described = ssm.describe_parameters()["Parameters"][0]
    assert described["KeyId"] == "alias/aws/ssm"


def test_the_reader_needs_the_permission_for_the_key_too(
    ssm: Any, kms: Any, as_user: Callable[..., Any]
) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put(ssm, KeyId=key)
    ada = as_user(ALL_OF_SSM)
    assert SECRET not in value(ada, decrypted=False)
    told = refusal(ada.get_parameter, Name=NAME, WithDecryption=True)
    assert told.code == "AccessDeniedException"
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in told.message
    assert (
        "(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: " in told.message
    )
    through = statement(
        "kms:Decrypt", key, Condition={"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    )
    assert value(as_user(ALL_OF_SSM, through, name="bob"), decrypted=True) == SECRET


@pytest.mark.parametrize(
    ("state", "code"), [("disabled", "DisabledException"), ("gone", "KMSInvalidStateException")]
)
def test_a_key_that_does_not_work_is_an_invalid_key_id(ssm: Any, kms: Any, state: str, code: str) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    put(ssm, KeyId=key)
    if state == "disabled":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    for call in (ssm.get_parameter, ssm.get_parameter_history):
        told = refusal(call, Name=NAME, WithDecryption=True)
        assert told.code == "InvalidKeyId"
        assert f"Error Code: {code};" in told.message
    assert value(ssm, decrypted=False)


def test_a_secret_under_no_key_is_not_written(ssm: Any) -> None:
    told = refusal(ssm.put_parameter, Name=NAME, Value=SECRET, Type="SecureString", KeyId="alias/nope")
    assert told.code == "InvalidKeyId"
    assert refusal(ssm.get_parameter, Name=NAME).code == "ParameterNotFound"


def test_an_overwrite_keeps_the_key(ssm: Any, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    put(ssm, KeyId=key)
    ssm.put_parameter(Name=NAME, Value="new", Overwrite=True)
    assert ssm.describe_parameters()["Parameters"][0]["KeyId"] == key
    assert value(ssm, decrypted=True) == "new"


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_no_file_of_a_lab_holds_the_plaintext(tmp_path: Path, tier: str, client: Any) -> None:
    with Lab(tmp_path / "class.lab"):
        put(client("ssm"), Tier=tier)
    written = [path for path in tmp_path.iterdir() if SECRET.encode() in path.read_bytes()]
    assert list(tmp_path.iterdir())
    assert not written
    with Lab(tmp_path / "class.lab"):
        assert value(client("ssm"), decrypted=True) == SECRET


def test_the_record_of_a_call_leaves_the_value_out(ssm: Any, client: Any) -> None:
    ssm.put_parameter(Name="/plain", Value=SECRET, Type="String")
    ssm.get_parameter(Name="/plain")
    events = client("cloudtrail").lookup_events()["Events"]
    assert {"PutParameter", "GetParameter"} <= {event["EventName"] for event in events}
    assert not [event for event in events if SECRET in event["CloudTrailEvent"]]


REFERENCE = "/aws/reference/secretsmanager/db/password"


def test_a_secret_of_secrets_manager_is_read_as_a_parameter(ssm: Any, client: Any) -> None:
    sm = client("secretsmanager")
    made = sm.create_secret(Name="db/password", SecretString=SECRET)
    found = ssm.get_parameter(Name=REFERENCE, WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Version"], found["ARN"]) == (SECRET, 0, made["ARN"])
    assert json.loads(found["SourceResult"])["VersionStages"] == ["AWSCURRENT"]
    sm.put_secret_value(SecretId="db/password", SecretString="new")
    for selector in (":AWSPREVIOUS", f":{made['VersionId']}"):
        former = ssm.get_parameter(Name=REFERENCE + selector, WithDecryption=True)["Parameter"]
        assert (former["Value"], former["Selector"]) == (SECRET, selector)
    both = ssm.get_parameters(Names=[REFERENCE, REFERENCE + "2"], WithDecryption=True)
    assert [one["Value"] for one in both["Parameters"]] == ["new"]
    assert both["InvalidParameters"] == [REFERENCE + "2"]


def test_a_reference_to_a_secret_must_be_decrypted_and_needs_both_permissions(
    ssm: Any, client: Any, as_user: Callable[..., Any]
) -> None:
    client("secretsmanager").create_secret(Name="db/password", SecretString=SECRET)
    told = refusal(ssm.get_parameter, Name=REFERENCE)
    assert told.message == "WithDecryption flag must be True for retrieving a Secret Manager secret."
    assert refusal(ssm.get_parameter, Name=REFERENCE + "2", WithDecryption=True).code == "ParameterNotFound"
    ada = as_user(ALL_OF_SSM)
    told = refusal(ada.get_parameter, Name=REFERENCE, WithDecryption=True)
    assert "is not authorized to perform: secretsmanager:GetSecretValue on resource" in told.message
    bob = as_user(ALL_OF_SSM, statement("secretsmanager:GetSecretValue"), name="bob")
    assert bob.get_parameter(Name=REFERENCE, WithDecryption=True)["Parameter"]["Value"] == SECRET
