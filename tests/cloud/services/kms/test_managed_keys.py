"""AWS managed keys: made when they are first named, and bound to their service."""

import json
from typing import Any

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal

SSM = "alias/aws/ssm"


def through(lab: Lab, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Make a KMS call as `service` makes it for the administrator, who is asking it for something."""
    outer = lab.gateway.calls[-1]
    asking = type(outer)(
        outer.request, outer.request_id, outer.time, service, "us-east-1", (), outer.principal
    )
    assert outer.principal is not None
    with lab.cloud.store.transaction:
        return lab.gateway.call_within(asking, outer.principal, "kms", operation, "us-east-1", **parameters)


def test_a_predefined_alias_gets_its_key_when_it_is_first_named(lab: Lab, kms: Any) -> None:
    assert kms.list_aliases()["Aliases"] == []
    key = kms.describe_key(KeyId=SSM)["KeyMetadata"]
    assert key["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId=SSM)["KeyMetadata"]["Arn"] == key["Arn"]
    assert [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]] == [SSM]


def test_an_alias_that_aws_does_not_have_is_not_found(lab: Lab, kms: Any) -> None:
    assert refusal(kms.describe_key, KeyId="alias/aws/nothing")[0] == "NotFoundException"


def test_it_rotates_every_year(lab: Lab, kms: Any) -> None:
    key_id = kms.describe_key(KeyId=SSM)["KeyMetadata"]["KeyId"]
    status = kms.get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    before = len(lab.backing_keys())
    lab.clock.advance(days=366)
    assert len(lab.backing_keys()) == before + 1


def test_it_works_through_its_service_and_in_no_other_way(lab: Lab, kms: Any) -> None:
    key_id = kms.describe_key(KeyId=SSM)["KeyMetadata"]["KeyId"]
    sealed = through(lab, "ssm", "Encrypt", KeyId=SSM, Plaintext=b"secret")
    assert through(lab, "ssm", "Decrypt", CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"secret"
    assert refusal(kms.encrypt, KeyId=SSM, Plaintext=b"x")[0] == "AccessDeniedException"
    assert refusal(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])[0] == "AccessDeniedException"
    assert refusal(kms.schedule_key_deletion, KeyId=key_id)[0] == "AccessDeniedException"


def test_its_policy_can_be_read(lab: Lab, kms: Any) -> None:
    key_id = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
    assert policy["Statement"][0]["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "123456789012",
        "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
    }


def test_each_region_has_its_own(lab: Lab, client: Any) -> None:
    arns = [
        client("kms", region).describe_key(KeyId=SSM)["KeyMetadata"]["Arn"]
        for region in ("us-east-1", "eu-west-1")
    ]
    assert arns[0] != arns[1]
