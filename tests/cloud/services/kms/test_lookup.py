"""How a key is named: by id, ARN, alias or alias ARN; in this account and region, or another."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import kms_state, new_key, refusal
from tests.conftest import MakeClient

ARN = "arn:aws:kms:us-east-1:123456789012:"
NOBODY = "00000000-0000-4000-8000-000000000000"

# What each operation that takes a KeyId and no alias is called with besides.
WITHOUT_ALIASES: dict[str, dict[str, Any]] = {
    "cancel_key_deletion": {},
    "disable_key": {},
    "disable_key_rotation": {},
    "enable_key": {},
    "enable_key_rotation": {},
    "get_key_policy": {},
    "get_key_rotation_status": {},
    "list_aliases": {},
    "list_key_policies": {},
    "list_key_rotations": {},
    "list_resource_tags": {},
    "put_key_policy": {"Policy": "{}"},
    "rotate_key_on_demand": {},
    "schedule_key_deletion": {},
    "tag_resource": {"Tags": []},
    "untag_resource": {"TagKeys": []},
    "update_key_description": {"Description": ""},
}


def names_of(arn: str) -> list[str]:
    return [arn, arn.rsplit("/", 1)[1], "alias/app", f"{ARN}alias/app"]


def test_all_four_names_lead_to_the_key(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=arn)
    for name in names_of(arn):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == arn
        sealed = kms.encrypt(KeyId=name, Plaintext=b"x")
        assert sealed["KeyId"] == arn
        assert kms.decrypt(KeyId=name, CiphertextBlob=sealed["CiphertextBlob"])["KeyId"] == arn
        assert kms.generate_data_key(KeyId=name, NumberOfBytes=1)["KeyId"] == arn
        moved = kms.re_encrypt(
            CiphertextBlob=sealed["CiphertextBlob"], SourceKeyId=name, DestinationKeyId=name
        )
        assert moved["KeyId"] == moved["SourceKeyId"] == arn


def test_all_four_names_lead_to_a_key_that_signs(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    kms.create_alias(AliasName="alias/app", TargetKeyId=arn)
    for name in names_of(arn):
        assert kms.get_public_key(KeyId=name)["KeyId"] == arn
        signed = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
        signature = kms.sign(KeyId=name, **signed)["Signature"]
        assert kms.verify(KeyId=name, Signature=signature, **signed)["KeyId"] == arn


def test_all_four_names_lead_to_a_key_that_authenticates(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "HMAC_256")
    kms.create_alias(AliasName="alias/app", TargetKeyId=arn)
    for name in names_of(arn):
        asked = {"KeyId": name, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
        code = kms.generate_mac(**asked)["Mac"]
        assert kms.verify_mac(**asked, Mac=code)["KeyId"] == arn


@pytest.mark.parametrize("operation", WITHOUT_ALIASES)
def test_management_takes_no_alias(lab: Lab, kms: Any, operation: str) -> None:
    kms.create_alias(AliasName="alias/app", TargetKeyId=new_key(kms))
    for name in ("alias/app", f"{ARN}alias/app"):
        assert refusal(getattr(kms, operation), KeyId=name, **WITHOUT_ALIASES[operation]) == (
            "InvalidArnException",
            "Key Aliases are not supported for this operation.",
            400,
        )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("foo", "Invalid keyId 'foo'"),
        ("134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"),
        ("mrk-foo", "Invalid keyId 'mrk-foo'"),
        (NOBODY, f"Key '{ARN}key/{NOBODY}' does not exist"),
        (f"{ARN}key/{NOBODY}", f"Key '{ARN}key/{NOBODY}' does not exist"),
        (f"mrk-{'d' * 32}", f"Key '{ARN}key/mrk-{'d' * 32}' does not exist"),
        ("alias/foo", f"Alias {ARN}alias/foo is not found."),
        (f"{ARN}alias/foo", f"Alias {ARN}alias/foo is not found."),
        (f"arn:aws:kms:us-west-2:123456789012:key/{NOBODY}", "Invalid arn us-west-2"),
        ("arn:aws:kms:us-west-2:123456789012:alias/foo", "Invalid arn us-west-2"),
    ],
)
def test_a_name_of_nothing_is_not_found(lab: Lab, kms: Any, name: str, message: str) -> None:
    assert refusal(kms.describe_key, KeyId=name) == ("NotFoundException", message, 400)
    assert refusal(kms.encrypt, KeyId=name, Plaintext=b"x") == ("NotFoundException", message, 400)


@pytest.mark.parametrize("operation", [name for name in WITHOUT_ALIASES if name != "list_aliases"])
def test_management_finds_no_key_that_is_not_there(lab: Lab, kms: Any, operation: str) -> None:
    refused = refusal(getattr(kms, operation), KeyId=NOBODY, **WITHOUT_ALIASES[operation])
    assert refused == ("NotFoundException", f"Key '{ARN}key/{NOBODY}' does not exist", 400)


def test_the_access_key_selects_the_account(lab: Lab, client: MakeClient) -> None:
    arn = new_key(client("kms", account="111122223333"))
    assert arn.startswith("arn:aws:kms:us-east-1:111122223333:key/")
    arn = new_key(client("kms", account="AKIAIOSFODNN7EXAMPLE"))
    assert arn.startswith("arn:aws:kms:us-east-1:123456789012:key/")


def test_the_region_is_the_clients(lab: Lab, client: MakeClient) -> None:
    assert new_key(client("kms", "cn-north-1")).startswith("arn:aws-cn:kms:cn-north-1:123456789012:key/")


def test_keys_of_one_account_are_invisible_in_another(lab: Lab, kms: Any, client: MakeClient) -> None:
    stranger = client("kms", account="111122223333")
    arn = new_key(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=arn)
    assert stranger.list_keys()["Keys"] == stranger.list_aliases()["Aliases"] == []
    assert refusal(stranger.describe_key, KeyId=arn.rsplit("/", 1)[1]).code == "NotFoundException"
    assert refusal(stranger.describe_key, KeyId="alias/app").code == "NotFoundException"
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    for call, parameters in (
        (stranger.describe_key, {"KeyId": arn}),
        (stranger.encrypt, {"KeyId": arn, "Plaintext": b"x"}),
        (stranger.decrypt, {"CiphertextBlob": sealed}),
        (stranger.get_key_rotation_status, {"KeyId": arn}),
    ):
        assert refusal(call, **parameters).code == "AccessDeniedException"


OPEN_POLICY = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}'
)


def test_a_key_policy_can_let_another_account_use_the_key(lab: Lab, kms: Any, client: MakeClient) -> None:
    stranger = client("kms", account="111122223333")
    arn = new_key(kms)
    kms.put_key_policy(KeyId=arn, Policy=OPEN_POLICY)
    sealed = stranger.encrypt(KeyId=arn, Plaintext=b"shared")
    assert sealed["KeyId"] == arn
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"shared"
    assert stranger.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"shared"
    assert stranger.describe_key(KeyId=arn)["KeyMetadata"]["AWSAccountId"] == "123456789012"
    assert stranger.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"] is False


def test_a_key_pair_made_for_another_account_belongs_to_its_owner(
    lab: Lab, kms: Any, client: MakeClient
) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    kms.put_key_policy(KeyId=arn, Policy=OPEN_POLICY)
    theirs = client("kms", account="111122223333").get_public_key(KeyId=arn)["PublicKey"]
    assert kms.get_public_key(KeyId=arn)["PublicKey"] == theirs


@pytest.mark.parametrize(
    "operation", [name for name in WITHOUT_ALIASES if name not in ("list_aliases", "get_key_rotation_status")]
)
def test_no_key_policy_lets_another_account_manage_the_key(
    lab: Lab, kms: Any, client: MakeClient, operation: str
) -> None:
    stranger = client("kms", account="111122223333")
    arn = new_key(kms)
    kms.put_key_policy(KeyId=arn, Policy=OPEN_POLICY)
    before = kms_state(lab)
    refused = refusal(getattr(stranger, operation), KeyId=arn, **WITHOUT_ALIASES[operation])
    assert refused.code == "AccessDeniedException"
    assert kms_state(lab) == before


def test_no_alias_points_into_another_account(lab: Lab, kms: Any, client: MakeClient) -> None:
    arn = new_key(kms)
    kms.put_key_policy(KeyId=arn, Policy=OPEN_POLICY)
    stranger = client("kms", account="111122223333")
    refused = refusal(stranger.create_alias, AliasName="alias/theirs", TargetKeyId=arn)
    assert refused.code == "AccessDeniedException"


def test_keys_of_one_region_are_invisible_in_another(lab: Lab, client: MakeClient) -> None:
    here, there = client("kms", "us-east-1"), client("kms", "eu-west-1")
    arn = new_key(here)
    key_id = arn.rsplit("/", 1)[1]
    assert there.list_keys()["Keys"] == []
    assert refusal(there.describe_key, KeyId=arn) == ("NotFoundException", "Invalid arn us-east-1", 400)
    assert refusal(there.describe_key, KeyId=key_id) == (
        "NotFoundException",
        f"Key 'arn:aws:kms:eu-west-1:123456789012:key/{key_id}' does not exist",
        400,
    )


def test_a_ciphertext_of_one_region_does_not_open_in_another(lab: Lab, client: MakeClient) -> None:
    here, there = client("kms", "us-east-1"), client("kms", "eu-west-1")
    blob = here.encrypt(KeyId=new_key(here), Plaintext=b"x")["CiphertextBlob"]
    assert refusal(there.decrypt, CiphertextBlob=blob) == (
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, "
        "does not exist in this region, or you are not allowed to access.",
        400,
    )
