"""Who may use a key: users, roles, other accounts; by key policies and their own; and what they are told."""

from typing import Any

import pytest
from botocore import xform_name

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, kms_state, new_key, refusal
from tests.cloud.services.kms.people import (
    EVERYTHING,
    Person,
    denied,
    document,
    give,
    key_policy,
    key_statement,
    may,
    out_of_reach,
    role,
    root,
    statement,
    user,
)
from tests.conftest import ACCOUNT, MakeClient

OTHER = "111122223333"
USE = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
INVALID_PRINCIPALS = Refusal(
    "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
)
LOCKED_OUT = Refusal(
    "MalformedPolicyDocumentException",
    "The new key policy will not allow you to update the key policy in the future.",
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def put(kms: Any, key: str, *statements: dict[str, Any]) -> None:
    kms.put_key_policy(KeyId=key, Policy=document(*statements))


def no(kind: str, action: str) -> str:
    return f"because no {kind}-based policy allows the kms:{action} action"


# --- in one account


def test_by_default_the_accounts_policies_decide(key: str, client: MakeClient) -> None:
    alice = user(client, "alice")
    assert refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        alice.arn, "Encrypt", key, no("identity", "Encrypt")
    )
    give(client, "alice", statement(USE, key))
    blob = alice.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert alice.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert not may(alice.kms.generate_data_key, KeyId=key, NumberOfBytes=1)


def test_without_the_key_policy_no_other_policy_counts(key: str, kms: Any, client: MakeClient) -> None:
    alice = user(client, "alice", EVERYTHING)
    administrator = f"arn:aws:iam::{ACCOUNT}:user/Administrator"
    put(kms, key, key_statement("kms:*", administrator))
    calls = {"Encrypt": alice.kms.encrypt, "DescribeKey": alice.kms.describe_key}
    for action, asked in (("Encrypt", {"Plaintext": b"x"}), ("DescribeKey", {})):
        refused = refusal(calls[action], KeyId=key, **asked)
        assert refused == denied(alice.arn, action, key, no("resource", action))


def test_a_key_policy_that_names_the_caller_is_enough(key: str, kms: Any, client: MakeClient) -> None:
    alice, worker = user(client, "alice"), role(client, "worker")
    put(kms, key, key_statement("kms:*", root()), key_statement("kms:Encrypt", alice.arn, worker.arn))
    for person in (alice, worker):
        assert may(person.kms.encrypt, KeyId=key, Plaintext=b"x")
        assert not may(person.kms.describe_key, KeyId=key)


def test_an_explicit_deny_says_where_it_stands(key: str, kms: Any, client: MakeClient) -> None:
    alice = user(client, "alice", EVERYTHING, statement("kms:Encrypt") | {"Effect": "Deny"})
    kms.put_key_policy(
        KeyId=key, Policy=key_policy(key_statement("kms:Decrypt", alice.arn) | {"Effect": "Deny"})
    )
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        alice.arn, "Encrypt", key, "with an explicit deny in an identity-based policy"
    )
    assert refusal(alice.kms.decrypt, CiphertextBlob=blob) == denied(
        alice.arn, "Decrypt", key, "with an explicit deny in a resource-based policy"
    )


def test_a_sessions_denial_names_the_session(key: str, client: MakeClient) -> None:
    worker = role(client, "worker")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/work"
    assert refusal(worker.kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        session, "Encrypt", key, no("identity", "Encrypt")
    )


def test_what_is_about_no_key_is_left_to_identity_policies(lab: Lab, client: MakeClient) -> None:
    alice = user(client, "alice")
    for action, call in (("CreateKey", alice.kms.create_key), ("ListKeys", alice.kms.list_keys)):
        assert refusal(call) == denied(alice.arn, action, "*", no("identity", action))
    give(client, "alice", statement(["kms:CreateKey", "kms:ListKeys"]))
    assert may(alice.kms.create_key)
    assert may(alice.kms.list_keys)


# --- across accounts


@pytest.fixture
def carol(lab: Lab, client: MakeClient) -> Person:
    """Return a user of another account who may do anything there."""
    return user(client, "carol", EVERYTHING, account=OTHER)


def test_another_account_needs_leave_from_both_sides(
    key: str, kms: Any, client: MakeClient, carol: Person
) -> None:
    assert refusal(carol.kms.encrypt, KeyId=key, Plaintext=b"x") == out_of_reach(carol.arn, "Encrypt")
    kms.put_key_policy(KeyId=key, Policy=key_policy(key_statement(USE, root(OTHER))))
    assert may(carol.kms.encrypt, KeyId=key, Plaintext=b"x")
    give(client, "carol", statement("kms:DescribeKey"), account=OTHER)
    assert may(carol.kms.describe_key, KeyId=key)
    assert refusal(carol.kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        carol.arn, "Encrypt", key, no("identity", "Encrypt")
    )


def test_of_a_ciphertext_from_another_account_nothing_is_told(key: str, kms: Any, carol: Person) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    ciphertext = "the resource associated with this ciphertext"
    assert refusal(carol.kms.decrypt, CiphertextBlob=blob) == out_of_reach(carol.arn, "Decrypt", ciphertext)
    assert refusal(carol.kms.decrypt, CiphertextBlob=blob, KeyId=key) == out_of_reach(carol.arn, "Decrypt")
    own = new_key(carol.kms)
    asked = {"CiphertextBlob": blob, "DestinationKeyId": own}
    assert refusal(carol.kms.re_encrypt, **asked) == out_of_reach(carol.arn, "ReEncryptFrom", ciphertext)


def test_an_explicit_deny_of_another_account_is_not_told_as_one(key: str, kms: Any, carol: Person) -> None:
    denial = key_statement("kms:Encrypt", root(OTHER)) | {"Effect": "Deny"}
    kms.put_key_policy(KeyId=key, Policy=key_policy(key_statement(USE, root(OTHER)), denial))
    assert refusal(carol.kms.encrypt, KeyId=key, Plaintext=b"x") == out_of_reach(carol.arn, "Encrypt")


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("DisableKey", {}),
        ("ScheduleKeyDeletion", {}),
        ("GetKeyPolicy", {}),
        ("TagResource", {"Tags": []}),
        ("EnableKeyRotation", {}),
    ],
)
def test_keys_are_managed_in_their_own_account_alone(
    lab: Lab, key: str, kms: Any, carol: Person, action: str, asked: dict[str, Any]
) -> None:
    kms.put_key_policy(KeyId=key, Policy=key_policy(key_statement("kms:*", root(OTHER))))
    call = getattr(carol.kms, xform_name(action))
    before = kms_state(lab)
    assert refusal(call, KeyId=key, **asked) == out_of_reach(carol.arn, action)
    assert kms_state(lab) == before


def test_a_key_that_does_not_exist_is_denied_like_one_out_of_reach(
    lab: Lab, key: str, kms: Any, carol: Person
) -> None:
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
    names = [key, f"{arn}key/00000000-0000-4000-8000-000000000000", f"{arn}alias/app", f"{arn}alias/no"]
    for name in names:
        refused = refusal(carol.kms.encrypt, KeyId=name, Plaintext=b"x")
        assert refused == out_of_reach(carol.arn, "Encrypt"), name


# --- what may be a key policy


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{ACCOUNT}:user/nobody",
        f"arn:aws:iam::{ACCOUNT}:role/nothing",
        f"arn:aws:iam::{ACCOUNT}:user/path/alice",
        f"arn:aws:iam::{ACCOUNT}:group/staff",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/nothing/session",
    ],
)
def test_a_policy_names_nobody_who_does_not_exist(
    lab: Lab, key: str, kms: Any, client: MakeClient, name: str
) -> None:
    user(client, "alice")
    client("iam").create_group(GroupName="staff")
    before = kms_state(lab)
    text = key_policy(key_statement("kms:Encrypt", name))
    assert refusal(kms.put_key_policy, KeyId=key, Policy=text) == INVALID_PRINCIPALS
    assert refusal(kms.create_key, Policy=text) == INVALID_PRINCIPALS
    bypass = {"BypassPolicyLockoutSafetyCheck": True}
    assert refusal(kms.put_key_policy, KeyId=key, Policy=text, **bypass) == INVALID_PRINCIPALS
    assert kms_state(lab) == before


def test_a_policy_names_whom_there_is_or_whom_the_lab_cannot_know(
    key: str, kms: Any, client: MakeClient
) -> None:
    names = [
        user(client, "alice").arn,
        role(client, "worker").arn,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/tonight",
        f"arn:aws:iam::{ACCOUNT}:user/Administrator",
        f"arn:aws:iam::{OTHER}:user/unknown-to-the-lab",
        OTHER,
        "*",
    ]
    kms.put_key_policy(KeyId=key, Policy=key_policy(key_statement("kms:Encrypt", *names)))


def test_an_account_without_users_may_have_any(key: str, kms: Any) -> None:
    name = f"arn:aws:iam::{ACCOUNT}:role/made-up"
    kms.put_key_policy(KeyId=key, Policy=key_policy(key_statement("kms:Encrypt", name)))


def test_a_policy_has_32_kilobytes_at_most(key: str, kms: Any) -> None:
    text = key_policy()
    longest = text + " " * (32_768 - len(text))
    kms.put_key_policy(KeyId=key, Policy=longest)
    assert kms.get_key_policy(KeyId=key)["Policy"] == longest
    assert refusal(kms.put_key_policy, KeyId=key, Policy=longest + " ").code == "LimitExceededException"
    assert refusal(kms.create_key, Policy=longest + " ").code == "LimitExceededException"


# --- the lockout safety check


def test_the_author_must_be_able_to_replace_the_policy(key: str, kms: Any, client: MakeClient) -> None:
    alice = user(client, "alice", statement(["kms:PutKeyPolicy", "kms:CreateKey"]))
    bob = user(client, "bob")
    theirs = document(key_statement("kms:*", bob.arn))
    assert refusal(alice.kms.put_key_policy, KeyId=key, Policy=theirs) == LOCKED_OUT
    assert refusal(alice.kms.create_key, Policy=theirs) == LOCKED_OUT
    alice.kms.put_key_policy(KeyId=key, Policy=key_policy())
    alice.kms.put_key_policy(KeyId=key, Policy=document(key_statement("kms:PutKeyPolicy", alice.arn)))


def test_the_safety_check_sees_the_request_as_it_is(key: str, kms: Any) -> None:
    def only(spec: str) -> str:
        condition = {"StringEquals": {"kms:KeySpec": spec, "kms:CallerAccount": ACCOUNT}}
        return document(key_statement("kms:*", root(), Condition=condition))

    kms.put_key_policy(KeyId=key, Policy=only("SYMMETRIC_DEFAULT"))
    assert refusal(kms.put_key_policy, KeyId=key, Policy=only("HMAC_256")) == LOCKED_OUT
    hmac = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
    assert kms.create_key(Policy=only("HMAC_256"), **hmac)["KeyMetadata"]["KeySpec"] == "HMAC_256"
    assert refusal(kms.create_key, Policy=only("HMAC_256")) == LOCKED_OUT


def test_a_grant_does_not_save_its_author_from_the_safety_check(
    key: str, kms: Any, client: MakeClient
) -> None:
    alice = user(client, "alice", statement("kms:PutKeyPolicy"))
    kms.create_grant(KeyId=key, GranteePrincipal=alice.arn, Operations=["Encrypt", "CreateGrant"])
    theirs = document(key_statement("kms:*", f"arn:aws:iam::{ACCOUNT}:user/Administrator"))
    assert refusal(alice.kms.put_key_policy, KeyId=key, Policy=theirs) == LOCKED_OUT


def test_leave_to_bypass_the_check_can_be_withheld(key: str, kms: Any, client: MakeClient) -> None:
    condition = {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}
    denial = statement("kms:*", Condition=condition) | {"Effect": "Deny"}
    alice = user(client, "alice", statement("kms:*"), denial)
    text = key_policy()
    asked = {"KeyId": key, "Policy": text}
    assert may(alice.kms.put_key_policy, **asked)
    assert not may(alice.kms.put_key_policy, **asked, BypassPolicyLockoutSafetyCheck=True)
    assert not may(alice.kms.create_key, Policy=text, BypassPolicyLockoutSafetyCheck=True)


# --- speed


def test_an_everyday_call_asks_for_neither_facts_nor_grants(
    key: str, kms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("asked for without need")

    for name in ("facts", "fault_of", "names_of", "global_facts"):
        monkeypatch.setattr(f"labkit.cloud.services.kms.authorisation.{name}", never)
    assert kms.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
