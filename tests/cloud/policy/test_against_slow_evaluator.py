"""Random policies, callers and requests: the engine and the slow evaluator must say the same, and why.

A normal run tries 200; set LABKIT_NIGHTLY=1 to try 4000.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Question
from tests.cloud.policy import slow_evaluator
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
    SESSION,
    STRANGER,
    bound,
    policy,
)

EXAMPLES = 4000 if os.environ.get("LABKIT_NIGHTLY") else 200

ACTIONS = ["kms:Encrypt", "kms:Decrypt", "s3:GetObject"]
PATTERNS = ["*", "kms:*", "KMS:encrypt", "kms:?ecrypt", "s3:Get*", "*:*crypt"]
RESOURCES = [KEY, f"{BUCKET}/ann/x", "*"]
RESOURCE_PATTERNS = ["*", KEY, "arn:aws:kms:*:*:key/*", f"{BUCKET}/*", f"{BUCKET}/${{aws:username}}/?"]
NAMES = ["*", ANN.arn, ROLE, SESSION.arn, FEDERATED.arn, ACCOUNT_ROOT, ACCOUNT, OTHER_ROOT, STRANGER.arn]
QUALIFIERS = ["", "ForAllValues:", "ForAnyValue:"]
TEXT_OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
VALUES = ["red", "blue", "r*", "?lue", "7"]


def some(values: list[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        operator = draw(st.sampled_from(QUALIFIERS)) + draw(st.sampled_from(TEXT_OPERATORS))
        operator += draw(st.sampled_from(["", "IfExists"]))
        block[operator] = {draw(st.sampled_from(["x:One", "x:many", "X:ONE"])): draw(some(VALUES))}
    if draw(st.integers(0, 5)) == 0:
        block["Null"] = {"x:one": [draw(st.sampled_from(["true", "false"]))]}
    if draw(st.integers(0, 5)) == 0:
        block["NumericLessThan"] = {"x:Number": [draw(st.sampled_from(["5", "9"]))]}
    if draw(st.integers(0, 5)) == 0:
        block["BoolIfExists"] = {"aws:MultiFactorAuthPresent": [draw(st.sampled_from(["true", "false"]))]}
    return block


@st.composite
def statements(draw: st.DrawFn, *, of_resource: bool) -> dict[str, Any]:
    one: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    one[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(PATTERNS, 2))
    one[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(some(RESOURCE_PATTERNS, 2))
    if block := draw(blocks()):
        one["Condition"] = block
    if of_resource:
        who: Any = {"AWS": draw(some(NAMES)), "Service": draw(some([LOGS.name, "sns.amazonaws.com"], 1))}
        who = draw(st.sampled_from([who, who, "*"]))
        one[draw(st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"]))] = who
    return one


def policies(*, of_resource: bool = False) -> st.SearchStrategy[str]:
    versions = st.sampled_from(["2012-10-17", "2012-10-17", None])
    bodies = st.lists(statements(of_resource=of_resource), min_size=1, max_size=3)
    return st.builds(lambda body, version: policy(*body, version=version), bodies, versions)


@st.composite
def callers(draw: st.DrawFn) -> Principal:
    who = draw(st.sampled_from([ANN, SESSION, FEDERATED, ROOT, LOGS, NOBODY, STRANGER]))
    if who in (ROOT, LOGS, NOBODY):
        return who
    boundary = draw(st.none() | policies())
    sessions = draw(st.lists(policies(), max_size=2)) if who in (SESSION, FEDERATED) else []
    return bound(who, *draw(st.lists(policies(), max_size=2)), boundary=boundary, session=tuple(sessions))


def questions() -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        callers(),
        st.sampled_from(ACTIONS),
        st.sampled_from(RESOURCES),
        st.none() | policies(of_resource=True),
        st.booleans(),
        st.sampled_from(["", "", ACCOUNT, OTHER]),
    )


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "x:one": st.sampled_from(VALUES),
        "x:many": st.lists(st.sampled_from([*VALUES, ""]), max_size=3),
        "x:Number": st.sampled_from([1, 7]),
        "aws:username": st.sampled_from(["ann", "bob"]),
        "aws:MultiFactorAuthPresent": st.booleans(),
    },
)


def engine_s_verdict(question: Question, facts: dict[str, Any]) -> str:
    """The engine's decision in the slow evaluator's words."""
    decision = decide(question, lambda: facts)
    if decision.allowed:
        return "allowed"
    kinds = {"resource-based": "resource", "identity-based": "identity", "boundary": "boundary"} | {
        "session": "session"
    }
    kind = next(kind for word, kind in kinds.items() if word in decision.reason)
    return f"explicit {kind}" if "explicit deny" in decision.reason else kind


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(), FACTS)
def test_both_evaluators_agree(question: Question, facts: dict[str, Any]) -> None:
    assert engine_s_verdict(question, facts) == slow_evaluator.verdict(question, facts)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(), FACTS)
def test_a_decision_tells_of_every_statement_and_repeats_itself(
    question: Question, facts: dict[str, Any]
) -> None:
    first, second = decide(question, lambda: facts), decide(question, lambda: facts)
    assert first == second
    for outcome in first.statements:
        assert outcome.reason
        assert outcome.matched is (outcome.element == "")
    denies = [outcome for outcome in first.statements if outcome.matched and outcome.effect == "Deny"]
    assert bool(denies) is ("explicit deny" in first.reason)


KINDS = st.sampled_from(["identity", "trust", "key", "resource"])


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=60), KINDS)
def test_any_other_text_is_malformed(text: str, kind: str) -> None:
    with pytest.raises(MalformedPolicyError, match=r"\w"):
        check_document(text, kind)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(policies(of_resource=True))
def test_a_policy_for_a_key_is_none_for_a_user(text: str) -> None:
    check_document(text, "key")
    with pytest.raises(MalformedPolicyError):
        check_document(text, "identity")
