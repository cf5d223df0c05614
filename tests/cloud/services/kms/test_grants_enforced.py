"""What grants permit, to whom, and under which constraints; asked through real clients."""

from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.core.call import Call
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms import Kms
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.people import (
    Person,
    denied,
    give,
    grant,
    key_policy,
    key_statement,
    listed,
    may,
    out_of_reach,
    role,
    root,
    statement,
    user,
)
from tests.conftest import ACCOUNT, REGION, MakeClient

OTHER = "111122223333"
CONTEXT = {"Department": "IT"}


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


# --- constraints


@pytest.mark.parametrize(
    ("kind", "context", "allowed"),
    [
        ("Equals", {"Department": "IT"}, True),
        ("Equals", {"department": "IT"}, True),
        ("Equals", {"Department": "it"}, False),
        ("Equals", {"Department": "IT", "Purpose": "Test"}, False),
        ("Equals", {}, False),
        ("Subset", {"Department": "IT"}, True),
        ("Subset", {"DEPARTMENT": "IT", "Purpose": "Test"}, True),
        ("Subset", {"Department": "HR"}, False),
        ("Subset", {"Purpose": "Test"}, False),
        ("Subset", {}, False),
    ],
)
def test_a_constraint_on_the_encryption_context(
    key: str, kms: Any, alice: Person, kind: str, context: dict[str, str], allowed: bool
) -> None:
    grant(
        kms,
        key,
        alice,
        "Encrypt",
        "Decrypt",
        "GenerateDataKey",
        Constraints={f"EncryptionContext{kind}": CONTEXT},
    )
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    assert may(alice.kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context) is allowed
    assert may(alice.kms.decrypt, CiphertextBlob=blob, EncryptionContext=context) is allowed
    asked = {"KeyId": key, "NumberOfBytes": 16, "EncryptionContext": context}
    assert may(alice.kms.generate_data_key, **asked) is allowed


def test_re_encryption_is_held_to_the_context_of_its_side(key: str, kms: Any, alice: Person) -> None:
    other = new_key(kms)
    grant(kms, key, alice, "ReEncryptFrom", Constraints={"EncryptionContextEquals": {"side": "from"}})
    grant(kms, other, alice, "ReEncryptTo", Constraints={"EncryptionContextEquals": {"side": "to"}})
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"side": "from"})["CiphertextBlob"]
    asked = {
        "CiphertextBlob": blob,
        "DestinationKeyId": other,
        "SourceEncryptionContext": {"side": "from"},
        "DestinationEncryptionContext": {"side": "to"},
    }
    assert may(alice.kms.re_encrypt, **asked)
    for side in ("Source", "Destination"):
        assert not may(alice.kms.re_encrypt, **(asked | {f"{side}EncryptionContext": {"side": "other"}}))


def test_describing_and_retiring_are_held_to_no_context(key: str, kms: Any, alice: Person) -> None:
    constraints = {"EncryptionContextEquals": CONTEXT}
    made = grant(kms, key, alice, "Encrypt", "DescribeKey", "RetireGrant", Constraints=constraints)
    assert may(alice.kms.describe_key, KeyId=key)
    assert may(alice.kms.retire_grant, GrantToken=made["GrantToken"])


def test_a_source_that_does_not_ask_gets_nothing(key: str, kms: Any, alice: Person) -> None:
    source = f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket/photos"
    grant(kms, key, alice, "Encrypt", "DescribeKey", "RetireGrant", Constraints={"SourceArn": source})
    assert not may(alice.kms.encrypt, KeyId=key, Plaintext=b"x")
    assert not may(alice.kms.describe_key, KeyId=key)


@pytest.mark.parametrize(
    "constraints",
    [
        {"EncryptionContextEquals": CONTEXT, "EncryptionContextSubset": CONTEXT},
        {"EncryptionContextEquals": {str(number): "x" for number in range(9)}},
        {"EncryptionContextSubset": {"name": "x" * 385}},
        {"SourceArn": "photos"},
    ],
)
def test_constraints_that_cannot_be_are_refused(
    key: str, kms: Any, alice: Person, constraints: dict[str, Any]
) -> None:
    asked = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"]}
    assert refusal(kms.create_grant, Constraints=constraints, **asked).code == "ValidationException"
    assert listed(kms, key) == []


def test_constraints_at_their_limits_are_taken(key: str, kms: Any, alice: Person) -> None:
    longest = {str(number): "x" * 384 for number in range(8)}
    grant(kms, key, alice, Constraints={"EncryptionContextSubset": longest})
    grant(kms, key, alice, Constraints={"EncryptionContextSubset": {}})
    assert sum("Constraints" in one for one in listed(kms, key)) == 1


def test_keys_without_a_context_take_no_constraint_on_it(kms: Any, alice: Person) -> None:
    for spec, operation in (("HMAC_256", "GenerateMac"), ("ECC_NIST_P256", "Sign")):
        asked = {"KeyId": new_key(kms, spec), "GranteePrincipal": alice.arn, "Operations": [operation]}
        constraints = {"EncryptionContextSubset": CONTEXT}
        assert refusal(kms.create_grant, Constraints=constraints, **asked).code == "ValidationException"


# --- whom a grant means


def test_a_grant_to_a_role_lets_its_sessions_in(key: str, kms: Any, client: MakeClient) -> None:
    worker = role(client, "worker")
    assert not may(worker.kms.encrypt, KeyId=key, Plaintext=b"x")
    grant(kms, key, worker)
    assert may(worker.kms.encrypt, KeyId=key, Plaintext=b"x")


def test_a_grant_to_one_session_lets_only_that_one_in(key: str, kms: Any, client: MakeClient) -> None:
    worker = role(client, "worker")
    grant(kms, key, f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/another")
    assert not may(worker.kms.encrypt, KeyId=key, Plaintext=b"x")
    grant(kms, key, f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/work")
    assert may(worker.kms.encrypt, KeyId=key, Plaintext=b"x")


def test_a_grant_to_an_account_leaves_it_to_the_accounts_policies(
    key: str, kms: Any, client: MakeClient
) -> None:
    carol = user(client, "carol", account=OTHER)
    grant(kms, key, root(OTHER))
    assert refusal(carol.kms.encrypt, KeyId=key, Plaintext=b"x") == out_of_reach(carol.arn, "Encrypt")
    give(client, "carol", statement("kms:Encrypt", key), account=OTHER)
    assert may(carol.kms.encrypt, KeyId=key, Plaintext=b"x")


def test_a_grant_reaches_across_accounts(key: str, kms: Any, client: MakeClient) -> None:
    carol = user(client, "carol", account=OTHER)
    made = grant(kms, key, carol, "Encrypt", "Decrypt", "RetireGrant")
    blob = carol.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert carol.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    asked = {"KeyId": key, "GrantId": made["GrantId"]}
    assert refusal(carol.kms.revoke_grant, **asked) == out_of_reach(carol.arn, "RevokeGrant")
    carol.kms.retire_grant(**asked)
    assert listed(kms, key) == []


def test_another_account_can_be_let_to_create_and_list_grants(key: str, kms: Any, client: MakeClient) -> None:
    stranger, carol = client("kms", account=OTHER), user(client, "carol", account=OTHER)
    asked = {"KeyId": key, "GranteePrincipal": carol.arn, "Operations": ["Encrypt"]}
    administrator = f"arn:aws:iam::{OTHER}:user/Administrator"
    assert refusal(stranger.create_grant, **asked) == out_of_reach(administrator, "CreateGrant")
    kms.put_key_policy(
        KeyId=key, Policy=key_policy(key_statement(["kms:CreateGrant", "kms:ListGrants"], root(OTHER)))
    )
    made = stranger.create_grant(**asked)
    (entry,) = stranger.list_grants(KeyId=key)["Grants"]
    assert entry["IssuingAccount"] == root(OTHER)
    assert may(carol.kms.encrypt, KeyId=key, Plaintext=b"x")
    stranger.retire_grant(KeyId=key, GrantId=made["GrantId"])
    assert listed(kms, key) == []


def asked_by(lab: Lab, service: str, key: str) -> Kms:
    """Return an Encrypt call that an AWS service makes as itself, at the point where it asks for leave."""
    request = HttpRequest("POST", "https", "kms.us-east-1.amazonaws.com", "/")
    call = Call(request, "request", lab.clock.now(), "kms", REGION)
    call.contract = contract("kms")
    call.operation = contract("kms").operations["Encrypt"]
    call.parameters = {"KeyId": key, "Plaintext": b"x"}
    return Kms(lab.cloud, call, service_principal(service, ACCOUNT))


def test_a_grant_to_a_service_lets_it_in_by_either_name(lab: Lab, key: str, kms: Any) -> None:
    grant(kms, key, "ec2.us-east-1.amazonaws.com")
    grant(kms, key, "dynamodb.amazonaws.com")
    grant(kms, key, "sqs.eu-west-1.amazonaws.com")
    for service, allowed in (("ec2", True), ("dynamodb", True), ("sqs", False), ("s3", False)):
        caller = asked_by(lab, service, key)
        assert may_ask(caller, key) is allowed, service


def test_a_source_is_the_resource_that_a_service_asks_for(
    lab: Lab, key: str, kms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket/photos"
    kms.create_grant(
        KeyId=key,
        Operations=["Encrypt"],
        GranteeServicePrincipal="s3.amazonaws.com",
        RetiringServicePrincipal="s3.amazonaws.com",
        Constraints={"SourceArn": source},
    )
    for given, allowed in ((source, True), (f"{source}s", False), ("", False)):
        monkeypatch.setattr(Kms, "source_arn", lambda self, key, given=given: given)
        assert may_ask(asked_by(lab, "s3", key), key) is allowed, given


def may_ask(service: Kms, key: str) -> bool:
    try:
        service.allow_key(service.find_key(key))
    except AwsError:
        return False
    return True


def test_an_explicit_deny_beats_a_grant(key: str, kms: Any, client: MakeClient, alice: Person) -> None:
    grant(kms, key, alice)
    give(client, "alice", statement("kms:Encrypt") | {"Effect": "Deny"})
    assert refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x") == denied(
        alice.arn, "Encrypt", key, "with an explicit deny in an identity-based policy"
    )


def test_the_decision_says_what_became_of_each_grant(lab: Lab, key: str, kms: Any, alice: Person) -> None:
    grant(kms, key, alice, Name="other-context", Constraints={"EncryptionContextEquals": CONTEXT})
    grant(kms, key, alice, "Decrypt", Name="other-operation")
    made = grant(kms, key, alice, Name="fits")
    token = [made["GrantToken"]]
    alice.kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=token)
    (decision,) = lab.trace[-1].call.decisions
    assert decision.reason == f"grant {made['GrantId']} allows it"
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    refusal(alice.kms.encrypt, KeyId=key, Plaintext=b"x")
    (decision,) = lab.trace[-1].call.decisions
    outcomes = {one.policy: one for one in decision.statements if one.kind == "grant"}
    assert outcomes['grant "other-context"'].element == "Constraints EncryptionContextEquals"
    assert outcomes['grant "other-operation"'].reason == (
        "Operations do not include Encrypt: they are Decrypt"
    )


# --- grants made by grants


@pytest.mark.parametrize(
    ("operations", "constraints", "allowed"),
    [
        (["Encrypt"], {"EncryptionContextSubset": CONTEXT}, True),
        (["Encrypt", "CreateGrant"], {"EncryptionContextEquals": CONTEXT}, True),
        (["Encrypt"], {"EncryptionContextSubset": {"Department": "IT", "Purpose": "Test"}}, True),
        (["Encrypt", "Decrypt"], {"EncryptionContextSubset": CONTEXT}, False),
        (["Encrypt"], {"EncryptionContextSubset": {"Purpose": "Test"}}, False),
        (["Encrypt"], {}, False),
    ],
)
def test_a_grant_made_by_a_grant_is_no_wider(
    key: str, kms: Any, alice: Person, bob: Person, operations: list[str], constraints: Any, allowed: bool
) -> None:
    grant(kms, key, alice, "Encrypt", "CreateGrant", Constraints={"EncryptionContextSubset": CONTEXT})
    asked = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": operations}
    assert may(alice.kms.create_grant, Constraints=constraints, **asked) is allowed
    assert may(bob.kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT) is (
        allowed and "Purpose" not in str(constraints)
    )


def test_a_context_that_must_be_equal_is_passed_on_as_it_is(
    key: str, kms: Any, alice: Person, bob: Person
) -> None:
    grant(kms, key, alice, "Encrypt", "CreateGrant", Constraints={"EncryptionContextEquals": CONTEXT})
    asked = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    assert not may(alice.kms.create_grant, Constraints={"EncryptionContextSubset": CONTEXT}, **asked)
    assert may(alice.kms.create_grant, Constraints={"EncryptionContextEquals": CONTEXT}, **asked)
