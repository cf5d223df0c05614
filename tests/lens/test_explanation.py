"""Explanations: of calls that were made, and of calls that nobody made."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab, lens
from tests.conftest import MakeClient

NOBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Admins",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "NotAlice",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:EncryptionContext:who": "alice"}},
            },
        ],
    }
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a key whose policy denies Decrypt to whoever names alice."""
    arn: str = kms.create_key(Policy=NOBODY)["KeyMetadata"]["Arn"]
    return arn


def test_the_last_call_is_explained(lab: Lab, kms: Any, key: str) -> None:
    told = lab.explain()
    assert told.allowed
    assert "kms:CreateKey" in str(told)


def test_a_denied_call_is_found_by_its_exception(lab: Lab, kms: Any, key: str) -> None:
    context = {"who": "alice"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    with pytest.raises(ClientError) as caught:
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    kms.list_keys()
    told = lab.explain(caught.value)
    assert not told.allowed
    table = told.table()
    deciding = table[table["matched"] & (table["effect"] == "Deny")]
    assert list(deciding["statement"]) == ["NotAlice"]
    assert "explicit deny" in table["outcome"][0]
    assert "NotAlice" in told._repr_html_()


def test_a_call_is_found_by_the_name_of_its_operation(lab: Lab, kms: Any, key: str) -> None:
    kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.list_keys()
    assert [one.action for one in lab.explain("Encrypt").decisions] == ["kms:Encrypt"]


def test_what_the_lab_has_forgotten_is_not_explained(lab: Lab, kms: Any) -> None:
    with pytest.raises(LookupError):
        lab.explain()
    with pytest.raises(LookupError):
        lab.explain(ValueError("of somebody else"))


def test_a_call_that_nobody_made_is_decided_and_changes_nothing(
    lab: Lab, kms: Any, client: MakeClient, key: str
) -> None:
    iam = client("iam")
    alice = iam.create_user(UserName="alice")["User"]["Arn"]
    before = len(lab.gateway.calls)
    assert not lens.decision(lab, alice, "kms:Decrypt", key).allowed
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": key}]}
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow))
    assert lens.decision(lab, alice, "kms:Decrypt", key).allowed
    named = lens.decision(lab, alice, "kms:Decrypt", key, parameters={"EncryptionContext": {"who": "alice"}})
    assert not named.allowed
    assert len(lab.gateway.calls) == before + 1


def test_a_grant_counts_in_a_call_that_nobody_made(lab: Lab, kms: Any, client: MakeClient, key: str) -> None:
    bob = client("iam").create_user(UserName="bob")["User"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=bob, Operations=["Decrypt"])
    told = lens.decision(lab, bob, "kms:Decrypt", key)
    assert told.allowed
    assert "grant" in told.decisions[0].reason
    assert not lens.decision(lab, bob, "kms:Encrypt", key).allowed


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("arn:aws:iam::123456789012:user/nobody", "kms:Encrypt"),
        ("arn:aws:iam::123456789012:role/nobody", "kms:Encrypt"),
        ("AKIANOBODY", "kms:Encrypt"),
        ("arn:aws:iam::123456789012:user/Administrator", "kms:Frobnicate"),
    ],
)
def test_who_or_what_does_not_exist_is_said_so(lab: Lab, kms: Any, key: str, who: str, action: str) -> None:
    with pytest.raises(LookupError):
        lens.decision(lab, who, action, key)
