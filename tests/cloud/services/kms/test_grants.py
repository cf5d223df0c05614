"""Grants: how they are made and how long they live; asked through real clients."""

import base64
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms import grants as chapter
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.people import (
    Person,
    denied,
    grant,
    listed,
    may,
    role,
    root,
)
from tests.conftest import ACCOUNT, MakeClient

OTHER = "111122223333"
NO_POLICY = "because no identity-based policy allows the kms:{} action"
CONTEXT = {"Department": "IT"}


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


# --- the life of a grant


def test_a_grant_permits_at_once_and_until_it_is_revoked(key: str, kms: Any, alice: Person) -> None:
    nothing = denied(alice.arn, "Encrypt", key, NO_POLICY.format("Encrypt"))
    assert refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x") == nothing
    made = grant(kms, key, alice)
    assert alice.kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert alice.kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])["KeyId"] == key
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x") == nothing


def test_a_grant_permits_its_operations_alone(key: str, kms: Any, alice: Person) -> None:
    grant(kms, key, alice, "GenerateDataKey", "DescribeKey")
    assert may(alice.kms.describe_key, KeyId=key)
    assert may(alice.kms.generate_data_key, KeyId=key, KeySpec="AES_256")
    assert not may(alice.kms.generate_data_key_without_plaintext, KeyId=key, KeySpec="AES_256")
    assert not may(alice.kms.get_key_policy, KeyId=key)


def test_a_grant_permits_nobody_else_and_on_no_other_key(
    key: str, kms: Any, alice: Person, bob: Person
) -> None:
    grant(kms, key, alice)
    assert not may(bob.kms.encrypt, KeyId=key, Plaintext=b"x")
    assert not may(alice.kms.encrypt, KeyId=new_key(kms), Plaintext=b"x")


def test_ids_and_tokens_look_as_aws_s_do(key: str, kms: Any, alice: Person) -> None:
    made = grant(kms, key, alice)
    assert len(made["GrantId"]) == 64
    assert set(made["GrantId"]) <= set("0123456789abcdef")
    assert made["GrantToken"].startswith("AQpA")
    assert "=" not in made["GrantToken"]
    assert base64.urlsafe_b64decode(made["GrantToken"] + "==")[3:67].decode() == made["GrantId"]


def test_a_grant_is_listed_as_it_was_made(key: str, kms: Any, alice: Person, bob: Person) -> None:
    constraints = {"EncryptionContextSubset": CONTEXT}
    made = grant(
        kms,
        key,
        alice,
        "Decrypt",
        "Encrypt",
        Name="nightly",
        RetiringPrincipal=bob.arn,
        Constraints=constraints,
    )
    (entry,) = listed(kms, key)
    assert entry.pop("CreationDate")
    assert entry == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "nightly",
        "GranteePrincipal": alice.arn,
        "RetiringPrincipal": bob.arn,
        "IssuingAccount": root(),
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": constraints,
    }
    grant(kms, key, alice)
    bare = next(one for one in listed(kms, key) if one["Name"] == "")
    assert "Constraints" not in bare
    assert "RetiringPrincipal" not in bare


def test_with_a_name_the_same_request_gives_the_same_grant(key: str, kms: Any, alice: Person) -> None:
    asked = {"Name": "retry", "Constraints": {"EncryptionContextEquals": CONTEXT}}
    first = grant(kms, key, alice, "Encrypt", "Decrypt", **asked)
    second = grant(kms, key, alice, "Encrypt", "Decrypt", **asked)
    assert first["GrantId"] == second["GrantId"]
    assert first["GrantToken"] != second["GrantToken"]
    kms.retire_grant(GrantToken=second["GrantToken"])
    assert listed(kms, key) == []


def test_without_a_name_or_with_any_difference_it_is_another_grant(
    key: str, kms: Any, alice: Person, bob: Person
) -> None:
    grant(kms, key, alice, Name="one")
    grant(kms, key, alice, Name="two")
    grant(kms, key, alice, "Decrypt", Name="one")
    grant(kms, key, bob, Name="one")
    grant(kms, key, alice, Name="one", RetiringPrincipal=bob.arn)
    grant(kms, key, alice)
    grant(kms, key, alice)
    assert len(listed(kms, key)) == 7


def test_a_grant_ends_with_its_key(lab: Lab, key: str, kms: Any, alice: Person) -> None:
    grant(kms, key, alice, RetiringPrincipal=alice.arn)
    other = new_key(kms)
    kept = grant(kms, other, alice, RetiringPrincipal=alice.arn)["GrantId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    retirable = kms.list_retirable_grants(RetiringPrincipal=alice.arn)["Grants"]
    assert len(retirable) == 2
    lab.clock.advance(days=8)
    left = kms.list_retirable_grants(RetiringPrincipal=alice.arn)["Grants"]
    assert [one["GrantId"] for one in left] == [kept]


def test_a_grant_outlives_the_process(tmp_path: Any, kms: Any, client: MakeClient) -> None:
    with Lab(tmp_path / "class.lab"):
        key = new_key(kms)
        made = grant(kms, key, root(OTHER), Constraints={"EncryptionContextEquals": CONTEXT})
    with Lab(tmp_path / "class.lab"):
        (entry,) = listed(kms, key)
        assert entry["GrantId"] == made["GrantId"]
        assert entry["Constraints"] == {"EncryptionContextEquals": CONTEXT}
        stranger = client("kms", account=OTHER)
        assert stranger.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["KeyId"] == key


def test_a_key_takes_so_many_grants(
    key: str, kms: Any, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "GRANTS_A_KEY", 2)
    asked = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"], "Name": "again"}
    first = kms.create_grant(**asked)["GrantId"]
    grant(kms, key, alice)
    assert refusal(kms.create_grant, **(asked | {"Name": "more"})).code == "LimitExceededException"
    assert kms.create_grant(**asked)["GrantId"] == first
    grant(kms, new_key(kms), alice)


def test_a_disabled_key_takes_no_grants_but_lets_them_go(key: str, kms: Any, alice: Person) -> None:
    first, second = (grant(kms, key, alice)["GrantId"] for _ in range(2))
    kms.disable_key(KeyId=key)
    asked = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"]}
    assert refusal(kms.create_grant, **asked).code == "DisabledException"
    kms.revoke_grant(KeyId=key, GrantId=first)
    kms.retire_grant(KeyId=key, GrantId=second)
    assert listed(kms, key) == []


def test_an_alias_is_no_name_for_a_key_of_grants(key: str, kms: Any, alice: Person) -> None:
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    refused = (
        "InvalidArnException",
        "Key Aliases are not supported for this operation.",
        400,
    )
    asked = {"KeyId": "alias/app", "GranteePrincipal": alice.arn, "Operations": ["Encrypt"]}
    assert refusal(kms.create_grant, **asked) == refused
    assert refusal(kms.list_grants, KeyId="alias/app") == refused
    assert refusal(kms.revoke_grant, KeyId="alias/app", GrantId="0" * 64) == refused


# --- what a grant may be


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ("SYMMETRIC_DEFAULT", "GenerateDataKeyPair", "Sign"),
        ("SYMMETRIC_DEFAULT", "ReEncryptFrom", "GetPublicKey"),
        ("ECC_NIST_P256", "Sign", "Encrypt"),
        ("ECC_NIST_P256", "GetPublicKey", "GenerateDataKey"),
        ("HMAC_256", "VerifyMac", "GetPublicKey"),
    ],
)
def test_the_operations_are_those_of_the_key(kms: Any, alice: Person, spec: str, good: str, bad: str) -> None:
    key = new_key(kms, spec)
    grant(kms, key, alice, good, "DescribeKey", "RetireGrant", "CreateGrant")
    refused = refusal(kms.create_grant, KeyId=key, GranteePrincipal=alice.arn, Operations=[good, bad])
    assert refused.code == "ValidationException"
    assert refused.message == f"The following operations are not valid for this key: {bad}"


def test_a_grant_permits_more_than_to_create_grants(key: str, kms: Any, alice: Person) -> None:
    asked = {"KeyId": key, "GranteePrincipal": alice.arn}
    refused = refusal(kms.create_grant, Operations=["CreateGrant"], **asked)
    message = "Grants must not contain only the CreateGrant operation."
    assert refused == ("ValidationException", message, 400)
    assert refusal(kms.create_grant, Operations=[], **asked).code == "ValidationException"
    assert refusal(kms.create_grant, Operations=["PutKeyPolicy"], **asked).code == "ValidationException"


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{ACCOUNT}:user/nobody",
        f"arn:aws:iam::{ACCOUNT}:role/nothing",
        f"arn:aws:iam::{ACCOUNT}:group/staff",
        f"arn:aws:iam::{ACCOUNT}:user/path/alice",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/nothing/session",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/nothing",
        f"arn:aws-cn:iam::{ACCOUNT}:root",
        f"arn:aws:iam:us-east-1:{ACCOUNT}:root",
        "arn:aws:iam::1234:root",
        "arn:aws:s3:::bucket",
        ACCOUNT,
        "alice",
    ],
)
def test_a_principal_that_is_none_is_refused(key: str, kms: Any, alice: Person, name: str) -> None:
    refused = ("InvalidArnException", f"ARN does not refer to a valid principal: {name}", 400)
    asked = {"KeyId": key, "Operations": ["Encrypt"]}
    assert refusal(kms.create_grant, GranteePrincipal=name, **asked) == refused
    assert refusal(kms.create_grant, GranteePrincipal=alice.arn, RetiringPrincipal=name, **asked) == refused
    assert listed(kms, key) == []


def test_principals_of_every_kind_are_taken(key: str, kms: Any, client: MakeClient, alice: Person) -> None:
    worker = role(client, "worker")
    names = [
        alice.arn,
        worker.arn,
        root(),
        root(OTHER),
        f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/tonight",
        f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        f"arn:aws:iam::{ACCOUNT}:user/Administrator",
        f"arn:aws:iam::{OTHER}:role/unknown-to-the-lab",
        "ec2.us-east-1.amazonaws.com",
        "dynamodb.amazonaws.com",
    ]
    for name in names:
        grant(kms, key, name, RetiringPrincipal=name)
    assert sorted(one["GranteePrincipal"] for one in listed(kms, key)) == sorted(names)


def test_a_grant_has_one_grantee_and_at_most_one_retiring_principal(
    key: str, kms: Any, alice: Person
) -> None:
    source = {"Constraints": {"SourceArn": f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket/photos"}}
    asked = {"KeyId": key, "Operations": ["Encrypt"]}
    service = {"GranteeServicePrincipal": "s3.amazonaws.com", **source}
    one_grantee = "You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."
    assert refusal(kms.create_grant, **asked).message == one_grantee
    assert refusal(kms.create_grant, **asked, GranteePrincipal=alice.arn, **service).message == one_grantee
    retiring = {"RetiringPrincipal": alice.arn, "RetiringServicePrincipal": "s3.amazonaws.com"}
    assert refusal(kms.create_grant, **asked, **service, **retiring).code == "ValidationException"
    assert refusal(kms.create_grant, **asked, **service).code == "ValidationException"
    no_source = service | {"Constraints": {}}
    assert refusal(kms.create_grant, **asked, **no_source, RetiringPrincipal=alice.arn).code == (
        "ValidationException"
    )
    kms.create_grant(**asked, **service, RetiringPrincipal=alice.arn)
    (entry,) = listed(kms, key)
    assert entry["GranteeServicePrincipal"] == "s3.amazonaws.com"
    assert "GranteePrincipal" not in entry
    assert entry["Constraints"] == source["Constraints"]
