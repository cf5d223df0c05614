"""A decision tells of every statement, asks for facts only if it must, and lets grants have their say."""

from typing import Any

import pytest

from labkit.cloud.policy.decision import StatementOutcome
from labkit.cloud.policy.evaluation import decide, with_grants
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.services.kms.policies import default_policy
from tests.cloud.policy.callers import (
    ACCOUNT,
    ANN,
    BUCKET,
    KEY,
    ROLE,
    SESSION,
    allowing,
    bound,
    policy,
    statement,
)

DEFAULT = default_policy(ACCOUNT, "eu-west-1")


def no_facts() -> Facts:
    raise AssertionError("the facts were asked for")


ELEMENTS = [
    ({"Principal": {"AWS": ROLE}}, "Principal", f"Principal does not name {ANN.arn}: it names {ROLE}"),
    (
        {"Principal": None, "NotPrincipal": {"AWS": ANN.arn}},
        "NotPrincipal",
        f"NotPrincipal leaves out {ANN.arn}",
    ),
    ({"action": "kms:Sign"}, "Action", "Action does not cover kms:Encrypt: it lists kms:Sign"),
    (
        {"action": None, "NotAction": ["kms:En*", "s3:*"]},
        "NotAction",
        "NotAction leaves out kms:Encrypt: it lists kms:En*, s3:*",
    ),
    ({"resource": BUCKET}, "Resource", f"Resource does not cover {KEY}: it lists {BUCKET}"),
    ({"resource": None, "NotResource": "*"}, "NotResource", f"NotResource leaves out {KEY}: it lists *"),
    (
        {"Condition": {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}},
        "Condition StringEquals kms:ViaService",
        'kms:ViaService is "rds", and StringEquals asks for "ssm.eu-west-1.amazonaws.com"',
    ),
    ({}, "", "Principal names everybody; Action and Resource cover the request"),
    (
        {"Principal": {"AWS": ANN.arn}},
        "",
        "Principal names the caller; Action and Resource cover the request",
    ),
    (
        {"Principal": None, "NotPrincipal": {"AWS": ROLE}},
        "",
        "NotPrincipal does not leave out the caller; Action and Resource cover the request",
    ),
    (
        {"Condition": {"StringEquals": {"kms:ViaService": "rds"}}},
        "",
        "Principal names everybody; Action and Resource cover the request; its condition holds",
    ),
]


@pytest.mark.parametrize(("change", "element", "reason"), ELEMENTS)
def test_each_statement_says_which_element_decided_and_why(
    change: dict[str, Any], element: str, reason: str
) -> None:
    text = policy(statement(**{"Sid": "Only", "Principal": "*"} | change))
    decision = decide(Question(ANN, "kms:Encrypt", KEY, text, True), lambda: {"kms:ViaService": "rds"})
    assert decision.statements == (
        StatementOutcome("key policy", "resource", "Only", "Allow", not element, element, reason),
    )


def test_statements_are_told_by_policy() -> None:
    admin = bound(SESSION, allowing(), boundary=allowing(), session=(allowing(), allowing()))
    decision = decide(Question(admin, "kms:Encrypt", KEY, DEFAULT, rooted=True), no_facts)
    assert [(one.policy, one.kind, one.statement) for one in decision.statements] == [
        ("key policy", "resource", "Enable IAM User Permissions"),
        ("policy0", "identity", "statement 1"),
        ("boundary", "boundary", "statement 1"),
        ("policy0", "session", "statement 1"),
        ("policy1", "session", "statement 1"),
    ]


CONDITIONAL = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("one", "asked"),
    [
        (statement(Principal="*", Condition=CONDITIONAL), True),
        (statement(Principal="*", resource="arn:aws:kms:*:*:key/${aws:username}"), True),
        (statement(Principal="*", action="kms:Sign", Condition=CONDITIONAL), False),
        (statement(Principal={"AWS": ROLE}, Condition=CONDITIONAL), False),
        (statement(Principal="*", resource=BUCKET, Condition=CONDITIONAL), False),
    ],
)
def test_facts_are_asked_for_once_and_only_if_a_statement_that_fits_needs_them(
    one: dict[str, Any], asked: bool
) -> None:
    calls: list[int] = []

    def facts() -> Facts:
        calls.append(1)
        return {"aws:SecureTransport": True}

    decide(Question(ANN, "kms:Encrypt", KEY, policy(one, one), rooted=True), facts)
    assert calls == [1] * asked


def test_the_answer_to_the_same_question_changes_with_the_facts() -> None:
    question = Question(ANN, "kms:Encrypt", KEY, allowing(Principal="*", Condition=CONDITIONAL), True)
    assert decide(question, lambda: {"aws:SecureTransport": True}).allowed
    assert not decide(question, lambda: {"aws:SecureTransport": False}).allowed
    assert decide(question, lambda: {"aws:SecureTransport": True}).allowed


def test_callers_of_one_name_and_different_policies_are_told_apart() -> None:
    answers = [
        decide(Question(user, "kms:CreateKey", "*"), no_facts).allowed
        for user in (ANN, bound(ANN, allowing()), bound(ANN, policy(statement("Deny"))), bound(ANN))
    ]
    assert answers == [False, True, False, False]


# --- grants


def granting(matched: bool) -> StatementOutcome:
    return StatementOutcome("grants", "grant", "abcd", "Allow", matched, "", "as told")


def test_a_grant_turns_a_no_into_a_yes() -> None:
    denied = decide(Question(ANN, "kms:Encrypt", KEY, DEFAULT, rooted=True), no_facts)
    assert not with_grants(denied, lambda: [granting(False)]).allowed
    allowed = with_grants(denied, lambda: [granting(False), granting(True)])
    assert (allowed.allowed, allowed.reason) == (True, "grant abcd allows it")
    assert [one.kind for one in allowed.statements] == ["resource", "grant", "grant"]


def test_no_grant_is_asked_where_a_policy_denies() -> None:
    def grants() -> list[StatementOutcome]:
        raise AssertionError("the grants were asked for")

    text = policy(statement("Deny", Principal="*"))
    denied = decide(Question(ANN, "kms:Encrypt", KEY, text, rooted=True), no_facts)
    assert with_grants(denied, grants) is denied
