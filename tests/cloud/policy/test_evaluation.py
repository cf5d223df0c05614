"""A decision follows AWS's rule, and says which kind of policy decided."""

import json
from typing import Any

import pytest

from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.naming import canonical_user
from labkit.cloud.policy.principal import Principal, administrator
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.services.kms.policies import default_policy
from labkit.records import replace
from tests.cloud.policy.callers import (
    ACCOUNT,
    ACCOUNT_ROOT,
    ANN,
    BUCKET,
    FEDERATED,
    KEY,
    LOGS,
    NOBODY,
    OTHER,
    OTHER_ROOT,
    ROLE,
    ROOT,
    SECRET,
    SESSION,
    STRANGER,
    allowing,
    bound,
    policy,
    statement,
)

ADMIN = administrator(ACCOUNT, "AKIAEXAMPLE", "aws")
STRANGE_ADMIN = administrator(OTHER, "AKIAEXAMPLE", "aws")
DEFAULT = default_policy(ACCOUNT, "eu-west-1")
NO_IDENTITY = "because no identity-based policy allows the kms:Encrypt action"
NO_RESOURCE = "because no resource-based policy allows the kms:Encrypt action"
NO_BOUNDARY = "because no permissions boundary allows the kms:Encrypt action"
NO_SESSION = "because no session policy allows the kms:Encrypt action"


def no_facts() -> Facts:
    raise AssertionError("the facts were asked for")


def key_policy(*names: str, **more: Any) -> str:
    return allowing("kms:*", Principal={"AWS": list(names)}, **more)


@pytest.mark.parametrize(
    ("principal", "text", "reason"),
    [
        (ADMIN, DEFAULT, ""),
        (ROOT, DEFAULT, ""),
        (ANN, DEFAULT, NO_IDENTITY),
        (bound(ANN, allowing("kms:Encrypt")), DEFAULT, ""),
        (bound(ANN, allowing("kms:Decrypt")), DEFAULT, NO_IDENTITY),
        (bound(ANN, allowing(resource="arn:aws:kms:*:*:key/other")), DEFAULT, NO_IDENTITY),
        (STRANGE_ADMIN, DEFAULT, NO_RESOURCE),
        (LOGS, DEFAULT, NO_RESOURCE),
        (NOBODY, DEFAULT, NO_RESOURCE),
        (ADMIN, None, NO_RESOURCE),
        (ADMIN, key_policy(ANN.arn), NO_RESOURCE),
        (ROOT, key_policy(ANN.arn), NO_RESOURCE),
        (ANN, key_policy(ANN.arn), ""),
        (ANN, key_policy("*"), ""),
        (ANN, key_policy(ACCOUNT), NO_IDENTITY),
        (SESSION, key_policy(ROLE), ""),
        (SESSION, key_policy(SESSION.arn), ""),
        (bound(SESSION, session=(allowing("s3:*"),)), key_policy(ROLE), NO_SESSION),
        (bound(SESSION, session=(allowing("s3:*"),)), key_policy(SESSION.arn), ""),
        (bound(SESSION, boundary=allowing("s3:*")), key_policy(ROLE), NO_BOUNDARY),
        (bound(SESSION, boundary=allowing("s3:*")), key_policy("*"), ""),
        (bound(ANN, allowing(), boundary=allowing("s3:*")), DEFAULT, NO_BOUNDARY),
        (bound(ANN, allowing(), boundary=allowing("s3:*")), key_policy(ANN.arn), ""),
        (STRANGE_ADMIN, key_policy(OTHER_ROOT), ""),
        (STRANGE_ADMIN, key_policy(OTHER), ""),
        (STRANGER, key_policy(OTHER), NO_IDENTITY),
        (STRANGER, key_policy(STRANGER.arn), NO_IDENTITY),
        (STRANGER, key_policy("*"), NO_IDENTITY),
        (bound(STRANGER, allowing(), boundary=allowing("s3:*")), key_policy("*"), NO_BOUNDARY),
        (LOGS, allowing(Principal={"Service": "logs.amazonaws.com"}), ""),
        (LOGS, allowing(Principal={"Service": "logs.eu-west-1.amazonaws.com"}), ""),
        (LOGS, allowing(Principal={"Service": "logs.us-east-1.amazonaws.com"}), NO_RESOURCE),
        (LOGS, allowing(Principal={"Service": "sns.amazonaws.com"}), NO_RESOURCE),
        (LOGS, allowing(Principal={"AWS": ACCOUNT}), NO_RESOURCE),
        (NOBODY, allowing(Principal="*"), ""),
        (NOBODY, key_policy(ACCOUNT_ROOT), NO_RESOURCE),
        (FEDERATED, key_policy(FEDERATED.arn), ""),
        (FEDERATED, key_policy(ANN.arn), NO_SESSION),
        (bound(FEDERATED, session=(allowing("kms:*"),)), key_policy(ANN.arn), ""),
    ],
)
def test_a_key_is_governed_by_its_policy(principal: Principal, text: str | None, reason: str) -> None:
    decision = decide(Question(principal, "kms:Encrypt", KEY, text, rooted=True), no_facts)
    assert (decision.allowed, decision.reason if reason else "") == (not reason, reason)


NO_IDENTITY_S = "because no identity-based policy allows the secretsmanager:GetSecretValue action"
NO_RESOURCE_S = "because no resource-based policy allows the secretsmanager:GetSecretValue action"


@pytest.mark.parametrize(
    ("principal", "text", "reason"),
    [
        (ADMIN, None, ""),
        (ANN, None, NO_IDENTITY_S),
        (ROOT, None, ""),
        (ANN, allowing(Principal={"AWS": ANN.arn}), ""),
        (ANN, allowing(Principal={"AWS": ACCOUNT}), NO_IDENTITY_S),
        (bound(ANN, allowing()), allowing(Principal={"AWS": ROLE}), ""),
        (STRANGE_ADMIN, None, NO_RESOURCE_S),
        (STRANGE_ADMIN, allowing(Principal={"AWS": OTHER}), ""),
        (STRANGER, allowing(Principal={"AWS": STRANGER.arn}), NO_IDENTITY_S),
        (LOGS, None, NO_RESOURCE_S),
        (NOBODY, allowing(Principal="*"), ""),
    ],
)
def test_any_other_resource_is_governed_by_either_side(
    principal: Principal, text: str | None, reason: str
) -> None:
    decision = decide(Question(principal, "secretsmanager:GetSecretValue", SECRET, text), no_facts)
    assert (decision.allowed, decision.reason if reason else "") == (not reason, reason)


@pytest.mark.parametrize(
    ("principal", "text", "kind"),
    [
        (ADMIN, policy(statement("Deny", Principal="*")), "a resource-based policy"),
        (bound(ANN, policy(statement("Deny"))), key_policy("*"), "an identity-based policy"),
        (bound(ANN, boundary=policy(statement("Deny"))), key_policy("*"), "a permissions boundary"),
        (bound(SESSION, session=(policy(statement("Deny")),)), key_policy("*"), "a session policy"),
        (ROOT, policy(statement("Deny", Principal={"AWS": ACCOUNT})), "a resource-based policy"),
        (ANN, policy(statement("Deny", Principal={"AWS": ACCOUNT_ROOT})), "a resource-based policy"),
        (SESSION, policy(statement("Deny", Principal={"AWS": ROLE})), "a resource-based policy"),
        (LOGS, policy(statement("Deny", Principal="*")), "a resource-based policy"),
    ],
)
def test_a_deny_wins_over_every_allow(principal: Principal, text: str, kind: str) -> None:
    both = policy(statement(Principal="*"), *json.loads(text)["Statement"])
    decision = decide(Question(principal, "kms:Encrypt", KEY, both, rooted=True), no_facts)
    assert (decision.allowed, decision.reason) == (False, f"with an explicit deny in {kind}")


@pytest.mark.parametrize(
    ("principal", "element", "allowed"),
    [
        (ANN, {"AWS": [ANN.arn, ACCOUNT_ROOT]}, True),
        (ANN, {"AWS": [ANN.arn]}, False),
        (ANN, {"AWS": [ACCOUNT_ROOT]}, False),
        (ROOT, {"AWS": [ACCOUNT_ROOT]}, True),
        (SESSION, {"AWS": [SESSION.arn, ROLE, ACCOUNT]}, True),
        (SESSION, {"AWS": [SESSION.arn, ACCOUNT]}, False),
        (SESSION, {"AWS": [ROLE, ACCOUNT]}, False),
        (bound(ANN, boundary=allowing()), {"AWS": [ANN.arn, ACCOUNT_ROOT]}, False),
        (LOGS, {"Service": "logs.amazonaws.com"}, True),
        (LOGS, {"AWS": ACCOUNT}, False),
        (NOBODY, {"AWS": ACCOUNT}, False),
        (NOBODY, "*", True),
    ],
)
def test_a_deny_to_all_but_some_spares_whoever_is_listed_in_full(
    principal: Principal, element: Any, allowed: bool
) -> None:
    """Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal"."""
    text = policy(statement(Principal="*"), statement("Deny", NotPrincipal=element))
    assert decide(Question(principal, "s3:GetObject", BUCKET, text), no_facts).allowed is allowed


@pytest.mark.parametrize(
    ("principal", "allowed"), [(ANN, False), (SESSION, True), (NOBODY, True), (LOGS, True)]
)
def test_an_allow_to_all_but_some_leaves_them_out(principal: Principal, allowed: bool) -> None:
    text = allowing(NotPrincipal={"AWS": ANN.arn})
    assert decide(Question(principal, "s3:GetObject", BUCKET, text), no_facts).allowed is allowed


@pytest.mark.parametrize(
    ("principal", "element", "allowed"),
    [
        (ANN, {"AWS": ANN.user_id}, True),
        (SESSION, {"AWS": "AROAAUDITORAUDITO"}, True),
        (ANN, {"AWS": "arn:aws:iam::111122223333:user/team/*"}, False),
        (SESSION, {"Federated": "accounts.google.com"}, False),
        (ANN, {"Federated": "accounts.google.com", "Service": "ec2.amazonaws.com"}, False),
        (bound(ANN, allowing()), {"CanonicalUser": "0" * 64}, False),
    ],
)
def test_other_ways_to_name_a_caller(principal: Principal, element: Any, allowed: bool) -> None:
    question = Question(principal, "kms:Encrypt", KEY, allowing(Principal=element), rooted=True)
    assert decide(question, no_facts).allowed is allowed


def test_a_federated_provider_and_a_canonical_user_can_be_named() -> None:
    web = replace(SESSION, issuer="accounts.google.com")
    federated = allowing(Principal={"Federated": "accounts.google.com"})
    assert decide(Question(web, "sts:AssumeRoleWithWebIdentity", ROLE, federated, rooted=True), dict).allowed
    canonical = allowing(Principal={"CanonicalUser": canonical_user(ACCOUNT)})
    assert decide(Question(ROOT, "s3:GetObject", BUCKET, canonical, rooted=True), dict).allowed
    assert not decide(Question(ANN, "s3:GetObject", BUCKET, canonical, rooted=True), dict).allowed


def test_the_owner_is_told_where_the_arn_does_not() -> None:
    stan = bound(STRANGER, allowing())
    assert decide(Question(stan, "s3:GetObject", BUCKET), no_facts).allowed
    assert not decide(Question(stan, "s3:GetObject", BUCKET, owner=ACCOUNT), no_facts).allowed


def test_what_is_amazon_s_is_in_no_other_account() -> None:
    user = bound(ANN, allowing())
    assert decide(Question(user, "iam:GetPolicy", "arn:aws:iam::aws:policy/Some"), no_facts).allowed


def test_what_needs_no_resource_needs_a_policy_for_all_of_them() -> None:
    for resource, allowed in (("*", True), ("arn:aws:kms:*:*:key/*", False)):
        user = bound(ANN, allowing("kms:CreateKey", resource))
        assert decide(Question(user, "kms:CreateKey", "*"), no_facts).allowed is allowed


def test_a_statement_that_lacks_an_element_has_no_effect_save_in_a_trust_policy() -> None:
    """Source: KMS API Reference, "PutKeyPolicy"."""
    for lacking in (statement(resource=None, Principal="*"), statement(action=None, Principal="*")):
        question = Question(ADMIN, "kms:Encrypt", KEY, policy(lacking), rooted=True)
        assert not decide(question, no_facts).allowed
    trust = policy(statement(action="sts:AssumeRole", resource=None, Principal={"AWS": ANN.arn}))
    assert decide(Question(ANN, "sts:AssumeRole", ROLE, trust, rooted=True), no_facts).allowed
    nobody = policy(statement(Principal=None))
    (outcome, _) = decide(Question(ADMIN, "kms:Encrypt", KEY, nobody, rooted=True), no_facts).statements
    assert (outcome.element, outcome.matched) == ("Principal", False)
