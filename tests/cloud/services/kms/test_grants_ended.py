"""Retiring and revoking grants, and what their tokens are good for; asked through real clients."""

import base64
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.people import (
    EVERYTHING,
    Person,
    denied,
    give,
    grant,
    key_policy,
    key_statement,
    listed,
    may,
    out_of_reach,
    root,
    statement,
    user,
)
from tests.conftest import MakeClient

OTHER = "111122223333"
NO_POLICY = "because no identity-based policy allows the kms:{} action"


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


# --- retiring and revoking


def test_the_retiring_principal_retires_without_any_policy(
    key: str, kms: Any, alice: Person, bob: Person
) -> None:
    for name in ("by token", "by id"):
        made = grant(kms, key, alice, RetiringPrincipal=bob.arn)
        by_id = {"KeyId": key, "GrantId": made["GrantId"]}
        bob.kms.retire_grant(**(by_id if name == "by id" else {"GrantToken": made["GrantToken"]}))
        assert listed(kms, key) == []


def test_the_grantee_retires_only_if_the_grant_says_so(key: str, kms: Any, alice: Person) -> None:
    made = grant(kms, key, alice, "Encrypt")
    asked = {"KeyId": key, "GrantId": made["GrantId"]}
    assert refusal(alice.kms.retire_grant, **asked) == denied(
        alice.arn, "RetireGrant", key, NO_POLICY.format("RetireGrant")
    )
    made = grant(kms, key, alice, "Encrypt", "RetireGrant")
    alice.kms.retire_grant(KeyId=key, GrantId=made["GrantId"])


def test_an_account_decides_who_else_retires_its_grants(
    key: str, kms: Any, client: MakeClient, alice: Person, bob: Person
) -> None:
    made = grant(kms, key, alice)
    assert not may(bob.kms.retire_grant, GrantToken=made["GrantToken"])
    give(client, "bob", statement("kms:RetireGrant"))
    assert may(bob.kms.retire_grant, GrantToken=made["GrantToken"])


def test_the_key_policy_has_no_say_in_retiring(key: str, kms: Any, alice: Person, bob: Person) -> None:
    made = grant(kms, key, alice)
    policy = key_policy(key_statement("kms:RetireGrant", bob.arn))
    kms.put_key_policy(KeyId=key, Policy=policy)
    assert not may(bob.kms.retire_grant, GrantToken=made["GrantToken"])


def test_strangers_retire_nothing_whatever_their_policies_say(
    key: str, kms: Any, client: MakeClient, alice: Person
) -> None:
    carol = user(client, "carol", EVERYTHING, account=OTHER)
    made = grant(kms, key, alice)
    asked = {"KeyId": key, "GrantId": made["GrantId"]}
    assert refusal(carol.kms.retire_grant, **asked) == out_of_reach(carol.arn, "RetireGrant")
    made = grant(kms, key, alice, RetiringPrincipal=root(OTHER))
    assert may(carol.kms.retire_grant, GrantToken=made["GrantToken"])


def test_what_identifies_a_grant_to_retire(key: str, kms: Any) -> None:
    for asked in ({}, {"KeyId": key}, {"GrantId": "0" * 64}):
        assert refusal(kms.retire_grant, **asked).code == "ValidationException"
    gone = ("NotFoundException", f"Grant ID {'0' * 64} not found", 400)
    assert refusal(kms.retire_grant, KeyId=key, GrantId="0" * 64) == gone
    assert refusal(kms.revoke_grant, KeyId=key, GrantId="0" * 64) == gone


def test_the_wrong_key_has_no_such_grant(key: str, kms: Any, alice: Person) -> None:
    made = grant(kms, key, alice)
    for call in (kms.retire_grant, kms.revoke_grant):
        assert refusal(call, KeyId=new_key(kms), GrantId=made["GrantId"]).code == "NotFoundException"


def test_a_dry_run_changes_nothing(key: str, kms: Any, alice: Person) -> None:
    would = "The request would have succeeded, but the DryRun option is set."
    asked = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"], "DryRun": True}
    assert refusal(kms.create_grant, **asked) == ("DryRunOperationException", would, 400)
    assert listed(kms, key) == []
    made = grant(kms, key, alice)
    for call in (kms.retire_grant, kms.revoke_grant):
        refused = refusal(call, KeyId=key, GrantId=made["GrantId"], DryRun=True)
        assert refused == ("DryRunOperationException", would, 400)
        denied_first = refusal(
            getattr(alice.kms, call.__name__), KeyId=key, GrantId=made["GrantId"], DryRun=True
        )
        assert denied_first.code == "AccessDeniedException"
    assert len(listed(kms, key)) == 1


# --- tokens


@pytest.mark.parametrize(
    "token", ["x", "AQpA", "not base64!", base64.b64encode(b"x" * 120).decode(), "\u00e4" * 99]
)
def test_a_token_that_is_none_is_refused(key: str, kms: Any, token: str) -> None:
    refused = ("InvalidGrantTokenException", "The grant token is invalid.", 400)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=[token]) == refused
    assert refusal(kms.retire_grant, GrantToken=token) == refused


def test_the_token_of_a_grant_that_is_gone_is_refused(key: str, kms: Any, alice: Person) -> None:
    made = grant(kms, key, alice)
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    tokens = [made["GrantToken"]]
    refused = refusal(kms.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=tokens)
    assert refused.code == "InvalidGrantTokenException"


def test_a_token_permits_nothing_to_others(key: str, kms: Any, alice: Person, bob: Person) -> None:
    tokens = [grant(kms, key, alice)["GrantToken"]]
    assert not may(bob.kms.encrypt, KeyId=key, Plaintext=b"x", GrantTokens=tokens)
    assert not may(alice.kms.encrypt, KeyId=new_key(kms), Plaintext=b"x", GrantTokens=tokens)
