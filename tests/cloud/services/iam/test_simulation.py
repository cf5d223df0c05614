"""The policy simulator: what its answers say, and that they are the decisions of real calls."""

import json
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user
from tests.cloud.services.kms.helpers import Refusal, new_key, refusal
from tests.conftest import ACCOUNT, MakeClient

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
BUCKET = "arn:aws:s3:::payroll/june"

# From the AWS CLI Command Reference, "simulate-custom-policy".
DYNAMODB = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
)


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def entry(name: str, *values: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": kind}


def simulated(iam: Any, *actions: str, **parameters: Any) -> list[dict[str, Any]]:
    """The results of a simulation with bob's policies."""
    told = iam.simulate_principal_policy(PolicySourceArn=BOB, ActionNames=list(actions), **parameters)
    return list(told["EvaluationResults"])


def custom(iam: Any, *policies: str, **parameters: Any) -> dict[str, Any]:
    """The result of a simulation of one action with policies that nobody has."""
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=list(policies), **{"ActionNames": ["kms:Decrypt"], **parameters}
    )["EvaluationResults"]
    return dict(result)


def sources(result: dict[str, Any]) -> list[str]:
    return [statement["SourcePolicyId"] for statement in result["MatchedStatements"]]


def test_the_example_of_the_cli_reference(iam: Any) -> None:
    late = entry("aws:CurrentTime", "2019-04-25T11:00:00Z", kind="date")
    found = custom(iam, DYNAMODB, ActionNames=["dynamodb:CreateBackup"], ContextEntries=[late])
    (statement,) = found.pop("MatchedStatements")
    assert found == {
        "EvalActionName": "dynamodb:CreateBackup",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MissingContextValues": [],
    }
    assert statement["SourcePolicyId"] == "PolicyInputList.1"
    assert statement["StartPosition"] == {"Line": 1, "Column": 38}
    assert statement["EndPosition"] == {"Line": 1, "Column": 167}
    early = entry("aws:CurrentTime", "2010-04-25T11:00:00Z", kind="date")
    found = custom(iam, DYNAMODB, ActionNames=["dynamodb:CreateBackup"], ContextEntries=[early])
    assert (found["EvalDecision"], found["MatchedStatements"]) == ("implicitDeny", [])


def test_a_statement_is_found_by_line_and_column(iam: Any) -> None:
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
    ]
    text = json.dumps({"Statement": statements, "Version": "2012-10-17"}, indent=2)
    (found,) = custom(iam, text)["MatchedStatements"]
    lines = text.split("\n")
    assert lines[found["StartPosition"]["Line"] - 1] == "    {"
    assert lines[found["EndPosition"]["Line"] - 1] == "    }"
    assert (found["StartPosition"]["Line"], found["EndPosition"]["Line"]) == (8, 12)
    assert (found["StartPosition"]["Column"], found["EndPosition"]["Column"]) == (6, 6)


def test_an_explicit_deny_names_only_who_denies(iam: Any) -> None:
    found = custom(iam, document("kms:*"), document("kms:Decrypt", effect="Deny"))
    assert (found["EvalDecision"], sources(found)) == ("explicitDeny", ["PolicyInputList.2"])


def test_a_users_policies_are_those_of_groups_too_and_are_called_by_name(iam: Any) -> None:
    new_user(iam, "bob", "kms:ListKeys")
    iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="sign", PolicyDocument=document("kms:Sign"))
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    found = simulated(iam, "kms:ListKeys", "kms:Sign", "iam:GetUser", "kms:Encrypt", "s3:GetObject")
    assert [one["EvalDecision"] for one in found] == ["allowed"] * 3 + ["implicitDeny"] * 2
    assert [sources(one) for one in found] == [
        ["user_bob_may"],
        ["group_staff_sign"],
        ["IAMReadOnlyAccess"],
        [],
        [],
    ]
    more = simulated(iam, "s3:GetObject", PolicyInputList=[document("s3:*")])
    assert [sources(one) for one in more] == [["PolicyInputList.1"]]


def test_roles_and_groups_can_be_simulated(iam: Any) -> None:
    new_role(iam, "auditor", "kms:*")
    iam.create_group(GroupName="staff")
    decisions = {
        arn: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["kms:Sign"])[
            "EvaluationResults"
        ][0]
        for arn in (f"arn:aws:iam::{ACCOUNT}:role/auditor", f"arn:aws:iam::{ACCOUNT}:group/staff")
    }
    assert [one["EvalDecision"] for one in decisions.values()] == ["allowed", "implicitDeny"]


def test_every_action_is_asked_of_every_resource(iam: Any) -> None:
    new_user(iam, "bob")
    one_bucket = document("s3:*", resource="arn:aws:s3:::payroll/*")
    iam.put_user_policy(UserName="bob", PolicyName="s3", PolicyDocument=one_bucket)
    other = "arn:aws:s3:::other/june"
    found = simulated(iam, "s3:GetObject", "kms:Sign", ResourceArns=[BUCKET, other], ResourceOwner=ACCOUNT)
    assert [(one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in found] == [
        ("s3:GetObject", BUCKET, "allowed"),
        ("s3:GetObject", other, "implicitDeny"),
        ("kms:Sign", BUCKET, "implicitDeny"),
        ("kms:Sign", other, "implicitDeny"),
    ]
    (specific,) = found[0]["ResourceSpecificResults"]
    assert (specific["EvalResourceName"], specific["EvalResourceDecision"]) == (BUCKET, "allowed")
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=BOB,
        ActionNames=["s3:GetObject", "kms:Sign"],
        ResourceArns=[BUCKET, other],
        ResourceOwner=ACCOUNT,
        PaginationConfig={"PageSize": 3},
    )
    assert [result for page in pages for result in page["EvaluationResults"]] == found


def test_what_the_answer_hangs_on_and_was_not_told_is_listed(iam: Any) -> None:
    own = document("kms:*", Condition={"StringEquals": {"kms:ViaService": "${aws:PrincipalTag/via}"}})
    other = document("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert custom(iam, own, other)["MissingContextValues"] == ["kms:ViaService", "aws:PrincipalTag/via"]
    given = [entry("kms:viaservice", "ssm"), entry("aws:PrincipalTag/via", "ssm")]
    found = custom(iam, own, other, ContextEntries=given)
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", [])


def test_a_list_of_values_is_a_multivalued_key(iam: Any) -> None:
    every = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}}
    policy = document("kms:*", Condition=every)
    for values, verdict in ((("a", "b"), "allowed"), (("a", "c"), "implicitDeny")):
        told = [entry("kms:EncryptionContextKeys", *values, kind="stringList")]
        assert custom(iam, policy, ContextEntries=told)["EvalDecision"] == verdict


def test_who_asks_is_known_without_being_told(iam: Any) -> None:
    new_user(iam, "bob")
    iam.tag_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    condition = {"StringEquals": {"aws:username": "bob", "aws:PrincipalTag/team": "blue"}}
    found = simulated(iam, "kms:Sign", PolicyInputList=[document("kms:*", Condition=condition)])
    assert [(one["EvalDecision"], one["MissingContextValues"]) for one in found] == [("allowed", [])]


def test_a_boundary_is_told_apart(iam: Any) -> None:
    new_user(iam, "bob", "kms:*")
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=READ_ONLY)
    found = simulated(iam, "kms:Sign", "iam:GetUser")
    assert [one["EvalDecision"] for one in found] == ["implicitDeny"] * 2
    allowed = [one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in found]
    assert allowed == [False, True]
    (other,) = simulated(iam, "kms:Sign", PermissionsBoundaryPolicyInputList=[document("kms:Sign")])
    assert (other["EvalDecision"], sources(other)) == ("allowed", ["user_bob_may"])


def test_a_resource_policy_counts_for_whom_it_names(iam: Any) -> None:
    carol = f"arn:aws:iam::{ACCOUNT}:user/carol"
    policy = document("s3:GetObject", resource=BUCKET, Principal={"AWS": BOB})
    common = {"ActionNames": ["s3:GetObject"], "ResourceArns": [BUCKET], "ResourcePolicy": policy}
    named = custom(iam, document("kms:*"), CallerArn=BOB, **common)
    assert (named["EvalDecision"], sources(named)) == ("allowed", ["ResourcePolicy"])
    assert custom(iam, document("kms:*"), CallerArn=carol, **common)["EvalDecision"] == "implicitDeny"
    theirs = {**common, "ResourceOwner": "444455556666", "CallerArn": BOB}
    assert custom(iam, document("kms:*"), **theirs)["EvalDecision"] == "implicitDeny"
    assert custom(iam, document("s3:*"), **theirs)["EvalDecision"] == "allowed"


def test_carol_can_ask_with_bobs_policies(iam: Any) -> None:
    new_user(iam, "bob", "s3:*")
    new_user(iam, "carol")
    to_carol = document("kms:*", Condition={"StringEquals": {"aws:username": "carol"}})
    iam.put_user_policy(UserName="bob", PolicyName="to-carol", PolicyDocument=to_carol)
    carol = f"arn:aws:iam::{ACCOUNT}:user/carol"
    verdicts = [simulated(iam, "kms:Sign", **more)[0]["EvalDecision"] for more in ({}, {"CallerArn": carol})]
    assert verdicts == ["implicitDeny", "allowed"]


@pytest.mark.parametrize("action", ["Encrypt", "Decrypt", "DescribeKey", "ListKeys"])
def test_the_simulator_and_real_calls_agree(iam: Any, kms: Any, action: str) -> None:
    key = new_key(kms)
    bobs = acting_as(new_user(iam, "bob", "kms:Encrypt", "kms:List*"), "kms")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    calls = {
        "Encrypt": lambda: bobs.encrypt(KeyId=key, Plaintext=b"x"),
        "Decrypt": lambda: bobs.decrypt(CiphertextBlob=blob),
        "DescribeKey": lambda: bobs.describe_key(KeyId=key),
        "ListKeys": bobs.list_keys,
    }
    (found,) = simulated(iam, f"kms:{action}", ResourceArns=[key])
    if found["EvalDecision"] == "allowed":
        assert calls[action]()["ResponseMetadata"]["HTTPStatusCode"] == 200
    else:
        assert refusal(calls[action]).code == "AccessDeniedException"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"PolicyInputList": ["{"]}, "Syntax errors in policy."),
        (
            {"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b"},
            f"Invalid Entity Arn: arn:aws:sts::{ACCOUNT}:assumed-role/a/b does not clearly define entity "
            "type and name.",
        ),
        (
            {"PermissionsBoundaryPolicyInputList": [document("kms:*"), document("s3:*")]},
            "Only one permissions boundary policy can be simulated.",
        ),
        (
            {"PolicyExclusionList": [{"PolicyType": "inline"}]},
            "labkit does not simulate with policies left out.",
        ),
    ],
)
def test_what_cannot_be_simulated(iam: Any, parameters: dict[str, Any], message: str) -> None:
    new_user(iam, "bob")
    refused = refusal(
        iam.simulate_principal_policy, PolicySourceArn=BOB, ActionNames=["kms:Sign"], **parameters
    )
    assert refused == Refusal("InvalidInput", message)


def test_a_custom_simulation_knows_no_organization_and_needs_a_caller_for_a_resource(iam: Any) -> None:
    common = {"PolicyInputList": [document("kms:*")], "ActionNames": ["kms:Sign"]}
    levels = [{"ServiceControlPolicyInputList": [document("kms:*")]}]
    organization = refusal(iam.simulate_custom_policy, OrderedOrganizationPolicyInputList=levels, **common)
    assert organization == Refusal("InvalidInput", "labkit does not simulate service control policies.")
    policy = document("kms:*", Principal="*")
    nobody = refusal(iam.simulate_custom_policy, ResourcePolicy=policy, **common)
    assert nobody.code == "InvalidInput"


def test_who_is_not_there_cannot_be_simulated(iam: Any) -> None:
    missing = Refusal("NoSuchEntity", "The user with name bob cannot be found.", 404)
    asked = {"PolicySourceArn": BOB, "ActionNames": ["kms:Sign"]}
    assert refusal(iam.simulate_principal_policy, **asked) == missing
    assert refusal(iam.get_context_keys_for_principal_policy, PolicySourceArn=BOB) == missing


def test_the_context_keys_of_policies_are_listed_once(iam: Any) -> None:
    new_user(iam, "bob")
    condition = {"StringEquals": {"kms:ViaService": "x"}, "Bool": {"aws:SecureTransport": "true"}}
    own = document("s3:*", resource="arn:aws:s3:::home/${aws:username}/*", Condition=condition)
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=own)
    wanted = ["aws:username", "kms:ViaService", "aws:SecureTransport"]
    told = iam.get_context_keys_for_principal_policy(PolicySourceArn=BOB, PolicyInputList=[DYNAMODB])
    assert told["ContextKeyNames"] == [*wanted, "aws:CurrentTime"]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[own, own])["ContextKeyNames"] == wanted
