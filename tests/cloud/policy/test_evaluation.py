"""A decision follows AWS's rule, and can say why."""

import json
from typing import Any

import pytest

from labkit.cloud.policy.evaluation import evaluate
from labkit.cloud.policy.principal import Principal, administrator, service_principal
from labkit.cloud.services.kms.policies import default_policy

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ADMIN = administrator(ACCOUNT, "AKIAEXAMPLE", "aws")
STRANGER = administrator(OTHER, "AKIAEXAMPLE", "aws")
ANN = Principal("IAMUser", f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT, "AIDAANN", "ann")


def policy(**statement: Any) -> str:
    """A policy of one statement, which allows everybody everything unless told otherwise."""
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"} | statement
    return json.dumps({"Statement": whole})


@pytest.mark.parametrize(
    ("principal", "resource_policy", "allowed"),
    [
        (ADMIN, None, True),
        (ANN, None, False),
        (ADMIN, default_policy(ACCOUNT, "eu-west-1"), True),
        (ANN, default_policy(ACCOUNT, "eu-west-1"), False),
        (STRANGER, default_policy(ACCOUNT, "eu-west-1"), False),
        (STRANGER, policy(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}), True),
        (STRANGER, policy(Principal={"AWS": OTHER}), True),
        (ANN, policy(Principal={"AWS": ANN.arn}), True),
        (ANN, policy(), True),
        (ANN, policy(Action="kms:Enc*"), True),
        (ANN, policy(Action="KMS:encrypt"), True),
        (ANN, policy(Action=["kms:Decrypt", "kms:Describe?ey"]), False),
        (ANN, policy(Action="kms:Encrypt", Effect="Deny"), False),
        (ANN, policy(Resource="arn:aws:kms:*:*:key/other"), False),
        (ADMIN, policy(Principal={"AWS": ANN.arn}), False),
        (service_principal("logs", ACCOUNT), policy(Principal={"Service": "logs.amazonaws.com"}), True),
        (service_principal("logs", ACCOUNT), policy(Principal={"Service": "sns.amazonaws.com"}), False),
        (service_principal("logs", ACCOUNT), default_policy(ACCOUNT, "eu-west-1"), False),
    ],
)
def test_who_may_encrypt(principal: Principal, resource_policy: str | None, allowed: bool) -> None:
    assert evaluate(principal, "kms:Encrypt", KEY, resource_policy).allowed is allowed


def test_a_deny_wins_over_every_allow() -> None:
    both = json.dumps(
        {
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"},
            ]
        }
    )
    decision = evaluate(ADMIN, "kms:Encrypt", KEY, both)
    assert not decision.allowed
    assert decision.reason == "with an explicit deny in a resource-based policy"
    assert evaluate(ADMIN, "kms:Decrypt", KEY, both).allowed


def test_not_action_is_everything_else() -> None:
    rest = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "NotAction": "kms:Encrypt", "Resource": "*"}]}
    )
    assert not evaluate(ANN, "kms:Encrypt", KEY, rest).allowed
    assert evaluate(ANN, "kms:Decrypt", KEY, rest).allowed


def test_each_statement_says_why_it_did_or_did_not_match() -> None:
    decision = evaluate(ANN, "kms:Encrypt", KEY, policy(Sid="OnlyReading", Action="kms:Describe*"))
    (outcome,) = decision.statements
    assert (outcome.statement, outcome.matched) == ("OnlyReading", False)
    assert outcome.reason == "Action does not cover kms:Encrypt"
    assert decision.reason == "because no resource-based policy allows the kms:Encrypt action"


def test_a_condition_is_not_guessed_at() -> None:
    conditional = policy(Condition={"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}})
    decision = evaluate(ANN, "kms:Encrypt", KEY, conditional)
    assert not decision.allowed
    assert "does not evaluate yet" in decision.statements[0].reason
