"""Every condition key of KMS, shown by what it allows and by what it denies.

A user may do one thing under one condition. Each row says what is asked, which value of the condition lets it
through and which does not.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name

from labkit import Lab
from labkit.cloud.core.call import Call
from labkit.cloud.gateway.directory import operations_built
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.principal import AttachedPolicy, Principal
from labkit.cloud.policy.question import Question
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms import Kms
from labkit.cloud.services.kms.conditions import FROM_PARAMETERS
from tests.cloud.services.kms.condition_rows import (
    CONTEXT,
    DOCUMENT,
    GRANT,
    OF_POLICIES,
    SPECS,
    TAGS,
    THROUGH_CLIENTS,
    Row,
)
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.people import document, give, key_policy, may, role, statement, user
from tests.conftest import ACCOUNT, REGION, MakeClient


def with_key(parameters: dict[str, Any], key: str) -> dict[str, Any]:
    return parameters | {"KeyId": key} if parameters.get("KeyId") == "the key" else dict(parameters)


@pytest.mark.parametrize("row", THROUGH_CLIENTS, ids=repr)
def test_a_condition_key(lab: Lab, kms: Any, client: MakeClient, row: Row) -> None:
    key = new_key(kms, SPECS.get(row.action, "SYMMETRIC_DEFAULT"))
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.tag_resource(KeyId=key, **TAGS)
    asker = user(client, "asker")
    asked: Callable[..., Any] = getattr(asker.kms, xform_name(row.action))
    for value, allowed in ((row.bad, False), (row.good, True)):
        only = statement(f"kms:{row.action}", Condition={row.operator: {row.key: value}})
        give(client, "asker", only)
        assert may(asked, **with_key(row.parameters, key)) is allowed, value


def question(
    lab: Lab,
    action: str,
    parameters: dict[str, Any],
    *policy: dict[str, Any],
    region: str = REGION,
    **call: Any,
) -> Kms:
    """Return a call of `action` by a user with this policy, at the point where it asks for permission."""
    request = HttpRequest("POST", "https", "kms.us-east-1.amazonaws.com", "/")
    asked = Call(request, "request", lab.clock.now(), "kms", region, **call)
    asked.contract = contract("kms")
    asked.operation = asked.contract.operations[action]
    asked.parameters = parameters
    policies = (AttachedPolicy("own", document(*policy)),)
    arn = f"arn:aws:iam::{ACCOUNT}:user/asker"
    return Kms(lab.cloud, asked, Principal("IAMUser", arn, ACCOUNT, "AIDA", "asker", policies=policies))


def is_allowed(service: Kms, key: str) -> bool:
    try:
        service.allow_key(service.find_key(key))
    except AwsError:
        return False
    return True


@pytest.mark.parametrize("row", OF_POLICIES, ids=repr)
def test_a_condition_key_in_a_decision(lab: Lab, kms: Any, row: Row) -> None:
    key = new_key(kms)
    for value, allowed in ((row.bad, False), (row.good, True)):
        only = statement(f"kms:{row.action}", Condition={row.operator: {row.key: value}})
        service = question(lab, row.action, with_key(row.parameters, key), only)
        assert is_allowed(service, key) is allowed, value


def test_every_condition_key_has_its_rows() -> None:
    shown = {row.key for row in THROUGH_CLIENTS + OF_POLICIES}
    assert {rule.key for rule in FROM_PARAMETERS} <= shown


# --- condition keys that need more than one row can say


@pytest.mark.parametrize(("side", "action"), [("Source", "ReEncryptFrom"), ("Destination", "ReEncryptTo")])
def test_re_encryption_has_the_facts_of_its_side(
    lab: Lab, kms: Any, client: MakeClient, side: str, action: str
) -> None:
    key, other = new_key(kms), new_key(kms)
    source, destination = {"EncryptionContext": {"side": "Source"}}, {"side": "Destination"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", **source)["CiphertextBlob"]
    asker = user(client, "asker")
    for value, allowed in (("Source", side == "Source"), ("Destination", side == "Destination")):
        condition = {"StringEquals": {"kms:EncryptionContext:side": value}}
        give(client, "asker", statement("kms:ReEncrypt*"), _deny_unless(f"kms:{action}", condition))
        asked = {"CiphertextBlob": blob, "DestinationKeyId": other, "SourceEncryptionContext": destination}
        asked |= {"SourceEncryptionContext": {"side": "Source"}, "DestinationEncryptionContext": destination}
        assert may(asker.kms.re_encrypt, **asked) is allowed, value


def _deny_unless(action: str, condition: dict[str, Any]) -> dict[str, Any]:
    """A statement that denies `action` unless the one key of `condition` is equal to its value."""
    return statement(action, Condition={"StringNotEquals": condition["StringEquals"]}) | {"Effect": "Deny"}


@pytest.mark.parametrize("action", ["ReEncryptFrom", "ReEncryptTo"])
def test_re_encrypt_on_same_key(lab: Lab, kms: Any, client: MakeClient, action: str) -> None:
    key, other = new_key(kms), new_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    only = statement(f"kms:{action}", Condition={"Bool": {"kms:ReEncryptOnSameKey": "true"}})
    rest = statement("kms:ReEncryptTo" if action == "ReEncryptFrom" else "kms:ReEncryptFrom")
    asker = user(client, "asker", only, rest)
    assert may(asker.kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=key)
    assert not may(asker.kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other)


def test_request_alias_of_re_encryption_is_that_of_its_side(lab: Lab, kms: Any, client: MakeClient) -> None:
    key = new_key(kms)
    for name in ("alias/from", "alias/to"):
        kms.create_alias(AliasName=name, TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    asker = user(
        client,
        "asker",
        statement("kms:ReEncryptFrom", Condition={"StringEquals": {"kms:RequestAlias": "alias/from"}}),
        statement("kms:ReEncryptTo", Condition={"StringEquals": {"kms:RequestAlias": "alias/to"}}),
    )
    asked = {"CiphertextBlob": blob, "SourceKeyId": "alias/from", "DestinationKeyId": "alias/to"}
    assert may(asker.kms.re_encrypt, **asked)
    assert not may(asker.kms.re_encrypt, **(asked | {"DestinationKeyId": "alias/from"}))
    assert not may(asker.kms.re_encrypt, **(asked | {"SourceKeyId": key}))


@pytest.mark.parametrize(
    ("region", "host"),
    [("us-east-1", "ssm.us-east-1.amazonaws.com"), ("cn-north-1", "ssm.cn-north-1.amazonaws.com.cn")],
)
def test_via_service_is_the_service_that_calls_for_its_caller(lab: Lab, region: str, host: str) -> None:
    only = statement("kms:ListKeys", Condition={"StringEquals": {"kms:ViaService": host}})
    for via, allowed in ((("ssm.amazonaws.com",), True), (("s3.amazonaws.com",), False), ((), False)):
        service = question(lab, "ListKeys", {}, only, via=via)
        service.call.region = service.region = region
        decision = decide(Question(service.principal, "kms:ListKeys", "*"), service.facts_of)
        assert decision.allowed is allowed, via


def test_a_grant_is_for_an_aws_resource_if_a_service_asks_for_it(lab: Lab, kms: Any) -> None:
    key = new_key(kms)
    only = statement("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    asked = {"KeyId": key, **GRANT}
    assert is_allowed(question(lab, "CreateGrant", asked, only, via=("ec2.amazonaws.com",)), key)
    assert not is_allowed(question(lab, "CreateGrant", asked, only), key)


def test_multi_region_keys_say_which_they_are(lab: Lab, kms: Any, client: MakeClient) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
    lab.clock.advance(minutes=5)
    replica = primary.replace("us-east-1", "eu-west-1")
    for region, arn, kind in (("us-east-1", primary, "PRIMARY"), ("eu-west-1", replica, "REPLICA")):
        for asked_for in ("PRIMARY", "REPLICA"):
            condition = {"StringEquals": {"kms:MultiRegionKeyType": asked_for}}
            only = statement("kms:*", Condition=condition)
            service = question(lab, "DescribeKey", {"KeyId": arn}, only, region=region)
            assert is_allowed(service, arn) is (kind == asked_for)


def test_a_replica_is_created_and_tagged_only_by_leave(lab: Lab, kms: Any, client: MakeClient) -> None:
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    condition = {"StringEquals": {"kms:MultiRegionKeyType": "REPLICA", "kms:KeySpec": "SYMMETRIC_DEFAULT"}}
    asker = user(client, "asker", statement("kms:ReplicateKey"))
    asked = {"KeyId": key, "ReplicaRegion": "eu-west-1"}
    assert "kms:CreateKey" in refusal(asker.kms.replicate_key, **asked).message
    leave = [statement("kms:ReplicateKey"), statement("kms:CreateKey", Condition=condition)]
    give(client, "asker", *leave)
    assert "kms:TagResource" in refusal(asker.kms.replicate_key, **asked, **TAGS).message
    blue = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    give(client, "asker", *leave, statement("kms:TagResource", Condition=blue))
    assert may(asker.kms.replicate_key, **asked, **TAGS)


@pytest.mark.parametrize(
    "key",
    ["kms:RecipientAttestation:ImageSha384"]
    + [f"kms:RecipientAttestation:PCR{number}" for number in range(32)]
    + [f"kms:RecipientAttestation:NitroTPMPCR{number}" for number in range(24)],
)
def test_what_the_attestation_document_says_is_a_fact(
    lab: Lab, kms: Any, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = new_key(kms)
    only = statement("kms:Decrypt", Condition={"StringEqualsIgnoreCase": {key: "AB" * 48}})
    asked = {"CiphertextBlob": b"x", "Recipient": DOCUMENT}
    monkeypatch.setattr(Kms, "attestation", lambda self: {key: "ab" * 48})
    assert is_allowed(question(lab, "Decrypt", asked, only), arn)
    monkeypatch.setattr(Kms, "attestation", lambda self: {key: "cd" * 48})
    assert not is_allowed(question(lab, "Decrypt", asked, only), arn)
    monkeypatch.setattr(Kms, "attestation", lambda self: {})
    assert not is_allowed(question(lab, "Decrypt", asked, only), arn)


def test_a_key_with_tags_needs_leave_to_tag(lab: Lab, kms: Any, client: MakeClient) -> None:
    asker = user(client, "asker", statement("kms:CreateKey"))
    assert may(asker.kms.create_key)
    assert "kms:TagResource" in refusal(asker.kms.create_key, **TAGS).message
    blue = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    give(client, "asker", statement("kms:CreateKey"), statement("kms:TagResource", Condition=blue))
    assert may(asker.kms.create_key, **TAGS)
    red = {"Tags": [{"TagKey": "team", "TagValue": "red"}]}
    assert not may(asker.kms.create_key, **red)


def test_a_condition_in_a_key_policy_binds_like_one_in_an_identity_policy(
    lab: Lab, kms: Any, client: MakeClient
) -> None:
    worker = role(client, "worker", statement("kms:*"))
    key = new_key(kms)
    only = {"StringNotEquals": {"kms:EncryptionContext:Department": "IT"}}
    denial = {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": only}
    kms.put_key_policy(KeyId=key, Policy=key_policy(denial))
    assert may(worker.kms.encrypt, KeyId=key, Plaintext=b"x", **CONTEXT)
    assert not may(worker.kms.encrypt, KeyId=key, Plaintext=b"x")


def test_every_action_in_the_rows_is_one_of_kms() -> None:
    actions = {row.action for row in THROUGH_CLIENTS + OF_POLICIES}
    assert actions <= contract("kms").operations.keys()
    assert {row.action for row in THROUGH_CLIENTS} <= set(operations_built("kms"))
