"""Policy variables: what they become, and what becomes of what has no value."""

from typing import Any

import pytest

from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.patterns import Piece
from labkit.cloud.policy.question import Context, Facts, Question
from labkit.cloud.policy.variables import Variable, resolve, template
from tests.cloud.policy.callers import ANN, BUCKET, bound, policy, statement

HOME = f"{BUCKET}/${{aws:username}}/*"


def may(asked: str, facts: Facts, *, version: str | None = "2012-10-17", **one: Any) -> bool:
    """Whether a user with this one statement may read what is asked for."""
    user = bound(ANN, policy(statement(action="s3:GetObject", **one), version=version))
    return decide(Question(user, "s3:GetObject", asked), lambda: facts).allowed


def test_a_text_is_cut_at_its_variables() -> None:
    assert template("a/${aws:username}/${aws:PrincipalTag/team, 'none'}${*}", "2012-10-17") == (
        Piece("a/"),
        Variable("aws:username", None),
        Piece("/"),
        Variable("aws:PrincipalTag/team", "none"),
        Piece("*", live=False),
    )


@pytest.mark.parametrize("text", ["${", "$aws:username", "${a,b}", "{aws:username}", "${aws:username"])
def test_what_only_looks_like_a_variable_is_left_alone(text: str) -> None:
    assert resolve(template(text, "2012-10-17"), Context({"aws:username": "ann"})) == (Piece(text),)


def test_a_variable_is_a_fact_of_the_request() -> None:
    assert may(f"{BUCKET}/ann/x", {"aws:username": "ann"}, resource=HOME)
    assert may(f"{BUCKET}/ann/x", {"AWS:UserName": "ann"}, resource=HOME)
    assert not may(f"{BUCKET}/bob/x", {"aws:username": "ann"}, resource=HOME)


def test_a_variable_s_value_is_no_wildcard() -> None:
    assert not may(f"{BUCKET}/bob/x", {"aws:username": "*"}, resource=HOME)
    assert may(f"{BUCKET}/*/x", {"aws:username": "*"}, resource=HOME)


def test_a_default_stands_in_for_what_is_absent() -> None:
    resource = f"{BUCKET}/${{aws:PrincipalTag/team, 'company-wide'}}/*"
    assert may(f"{BUCKET}/company-wide/x", {}, resource=resource)
    assert may(f"{BUCKET}/red/x", {"aws:PrincipalTag/team": "red"}, resource=resource)
    assert not may(f"{BUCKET}/company-wide/x", {"aws:PrincipalTag/team": "red"}, resource=resource)


def test_a_key_of_several_values_is_no_variable() -> None:
    assert not may(f"{BUCKET}/ann/x", {"aws:username": ["ann", "bob"]}, resource=HOME)


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_older_policy_has_no_variables(version: str | None) -> None:
    assert not may(f"{BUCKET}/ann/x", {"aws:username": "ann"}, resource=HOME, version=version)
    assert may(f"{BUCKET}/${{aws:username}}/x", {}, resource=HOME, version=version)


@pytest.mark.parametrize(("character", "other"), [("*", "x"), ("?", "x"), ("$", "x")])
def test_a_character_that_means_something_can_be_written(character: str, other: str) -> None:
    resource = f"{BUCKET}/${{{character}}}"
    assert may(f"{BUCKET}/{character}", {}, resource=resource)
    assert not may(f"{BUCKET}/{other}", {}, resource=resource)


def test_nothing_equals_a_variable_without_a_value() -> None:
    """Source: IAM User Guide, "Policy variables with no value"."""
    team = {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}
    told: Facts = {"s3:ExistingObjectTag/Team": "red"}
    assert not may(f"{BUCKET}/ann/x", {}, resource=HOME)
    assert may(f"{BUCKET}/x", {}, resource=[HOME, f"{BUCKET}/x"])
    assert may(f"{BUCKET}/x", {}, resource=None, NotResource=HOME)
    assert not may(BUCKET, told, Condition={"StringEquals": team})
    assert not may(BUCKET, told, Condition={"StringLike": team})
    assert may(BUCKET, told, Condition={"StringNotEquals": team})
    assert may(BUCKET, told, Condition={"StringNotLike": team})


def test_variables_count_in_texts_and_arns_only() -> None:
    facts: Facts = {"aws:userid": "7", "x:Number": 7, "x:Arn": "arn:aws:iam::1:user/7"}
    assert may(BUCKET, facts, Condition={"StringEquals": {"x:Number": "${aws:userid}"}})
    assert may(BUCKET, facts, Condition={"ArnLike": {"x:Arn": "arn:aws:iam::*:user/${aws:userid}"}})
    assert not may(BUCKET, facts, Condition={"NumericEquals": {"x:Number": "${aws:userid}"}})


@pytest.mark.parametrize(("name", "allowed"), [("ann", True), ("bob", False)])
def test_a_boundary_has_variables_too(name: str, allowed: bool) -> None:
    user = bound(ANN, policy(statement()), boundary=policy(statement(action="s3:*", resource=HOME)))
    question = Question(user, "s3:GetObject", f"{BUCKET}/ann/x")
    assert decide(question, lambda: {"aws:username": name}).allowed is allowed
