"""AssumeRole: whom a role trusts, for how long, and what a session carries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.principals import principal_of
from tests.cloud.identity.world import acting_as, document, new_role, new_user, root_of, trust
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

OTHER = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/auditor"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
ALL_THREE = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")

Assume = Callable[..., Any]


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


@pytest.fixture
def assume(lab: Lab, client: MakeClient) -> Assume:
    """AssumeRole of the auditor as alice, by the administrator."""
    return lambda **more: client("sts").assume_role(**{"RoleArn": ROLE, "RoleSessionName": "alice", **more})


def denied(caller: str, action: str = "sts:AssumeRole", role: str = ROLE) -> Refusal:
    text = f"User: {caller} is not authorized to perform: {action} on resource: {role}"
    return Refusal("AccessDenied", text, 403)


def refused(keys: dict[str, Any], **more: Any) -> Refusal:
    sts = acting_as(keys, "sts")
    return refusal(sts.assume_role, **{"RoleArn": ROLE, "RoleSessionName": "alice", **more})


def test_the_answer_says_who_one_is_now_and_until_when(lab: Lab, iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    role_id = iam.get_role(RoleName="auditor")["Role"]["RoleId"]
    before = lab.clock.now().replace(microsecond=0)
    told = assume()
    assert told["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role_id}:alice",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/alice",
    }
    assert set(told) == {"Credentials", "AssumedRoleUser", "ResponseMetadata"}
    keys = told["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    assert before <= keys["Expiration"] - timedelta(hours=1) <= lab.clock.now()


def test_a_role_in_a_path_has_none_in_its_sessions(iam: Any, assume: Assume) -> None:
    made = iam.create_role(RoleName="deep", Path="/eu/", AssumeRolePolicyDocument=trust(root_of(ACCOUNT)))
    told = assume(RoleArn=made["Role"]["Arn"])
    assert told["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deep/alice"


def test_where_the_role_trusts_the_account_its_users_need_a_policy(iam: Any) -> None:
    new_role(iam, "auditor")
    bob = new_user(iam, "bob")
    assert refused(bob) == denied(BOB)
    iam.put_user_policy(
        UserName="bob", PolicyName="may", PolicyDocument=document("sts:AssumeRole", resource=ROLE)
    )
    assert acting_as(bob, "sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")["Credentials"]


def test_whom_the_role_names_needs_no_policy_of_its_own(iam: Any) -> None:
    bob = new_user(iam, "bob")
    new_role(iam, "auditor", trusts=trust({"AWS": BOB}))
    assert acting_as(bob, "sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")["Credentials"]
    carol = new_user(iam, "carol", "sts:*")
    assert refused(carol) == denied(f"arn:aws:iam::{ACCOUNT}:user/carol")


def test_a_role_that_trusts_a_service_trusts_no_administrator(iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor", trusts=trust({"Service": "ec2.amazonaws.com"}))
    assert refusal(assume) == denied(f"arn:aws:iam::{ACCOUNT}:user/Administrator")


def test_an_explicit_deny_wins(iam: Any) -> None:
    bob = new_user(iam, "bob", "sts:*")
    new_role(iam, "auditor", trusts=trust({"AWS": BOB}))
    iam.put_user_policy(UserName="bob", PolicyName="no", PolicyDocument=document("sts:*", effect="Deny"))
    deny = denied(BOB)
    reason = " with an explicit deny in an identity-based policy"
    assert refused(bob) == deny._replace(message=deny.message + reason)


def test_another_account_needs_both_sides(iam: Any, client: MakeClient) -> None:
    new_role(iam, "auditor", trusts=trust(root_of(OTHER)))
    theirs = client("iam", account=OTHER)
    without, having = new_user(theirs, "without"), new_user(theirs, "having", "sts:AssumeRole")
    assert refused(without) == denied(f"arn:aws:iam::{OTHER}:user/without")
    told = acting_as(having, "sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")
    assert told["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/")
    iam.update_assume_role_policy(RoleName="auditor", PolicyDocument=trust(root_of(ACCOUNT)))
    assert refused(having) == denied(f"arn:aws:iam::{OTHER}:user/having")


def test_a_role_that_is_not_there_trusts_nobody(assume: Assume) -> None:
    assert refusal(assume) == denied(f"arn:aws:iam::{ACCOUNT}:user/Administrator")
    nonsense = "twenty characters long"
    assert refusal(assume, RoleArn=nonsense) == Refusal("ValidationError", f"{nonsense} is invalid")


def test_an_external_id_must_be_the_agreed_one(iam: Any, assume: Assume) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    new_role(iam, "auditor", trusts=trust(root_of(ACCOUNT), Condition=condition))
    administrator = f"arn:aws:iam::{ACCOUNT}:user/Administrator"
    assert refusal(assume) == denied(administrator)
    assert refusal(assume, ExternalId="guessed") == denied(administrator)
    assert assume(ExternalId="agreed")["Credentials"]


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, "Administrator", "alice"),
        ({"StringEquals": {"sts:RoleSessionName": "alice"}}, "alice", "mallory"),
    ],
)
def test_the_sessions_name_can_be_asked_for(
    iam: Any, assume: Assume, condition: dict[str, Any], right: str, wrong: str
) -> None:
    new_role(iam, "auditor", trusts=trust(root_of(ACCOUNT), Condition=condition))
    assert assume(RoleSessionName=right)["Credentials"]
    assert refusal(assume, RoleSessionName=wrong).code == "AccessDenied"


def test_mfa_can_be_asked_for(iam: Any, assume: Assume) -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    new_role(iam, "auditor", trusts=trust(root_of(ACCOUNT), Condition=condition))
    device = f"arn:aws:iam::{ACCOUNT}:mfa/bob"
    assert refusal(assume).code == "AccessDenied"
    assert assume(SerialNumber=device, TokenCode="123456")["Credentials"]
    text = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    assert refusal(assume, SerialNumber=device) == Refusal("AccessDenied", text, 403)


def test_a_session_lasts_no_longer_than_its_role_lets_it(iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert refusal(assume, DurationSeconds=3601) == Refusal("ValidationError", text)
    iam.update_role(RoleName="auditor", MaxSessionDuration=43200)
    assert assume(DurationSeconds=43200)["Credentials"]


def test_role_chaining_ends_after_an_hour(iam: Any, assume: Assume) -> None:
    first = new_role(iam, "first", "sts:AssumeRole")
    new_role(iam, "auditor", trusts=trust({"AWS": first}))
    iam.update_role(RoleName="auditor", MaxSessionDuration=43200)
    chained = assume(RoleArn=first)["Credentials"]
    text = (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )
    assert refused(chained, DurationSeconds=3601) == Refusal("ValidationError", text)
    assert acting_as(chained, "sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")["Credentials"]


def test_tags_need_a_permission_of_their_own(iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    tags = [{"Key": "team", "Value": "blue"}]
    administrator = f"arn:aws:iam::{ACCOUNT}:user/Administrator"
    assert refusal(assume, Tags=tags) == denied(administrator, "sts:TagSession")
    assert refusal(assume, SourceIdentity="alice") == denied(administrator, "sts:SetSourceIdentity")
    only_blue = trust(
        root_of(ACCOUNT),
        "sts:AssumeRole",
        "sts:TagSession",
        Condition={"StringEquals": {"aws:RequestTag/team": "blue"}},
    )
    iam.update_assume_role_policy(RoleName="auditor", PolicyDocument=only_blue)
    assert assume(Tags=tags)["PackedPolicySize"] > 0
    assert refusal(assume, Tags=[{"Key": "team", "Value": "red"}]).code == "AccessDenied"


def test_transitive_tags_and_the_source_identity_go_on_into_the_next_role(
    lab: Lab, iam: Any, assume: Assume
) -> None:
    first = new_role(iam, "first", "sts:*", trusts=trust(root_of(ACCOUNT), *ALL_THREE))
    new_role(iam, "auditor", trusts=trust({"AWS": first}, *ALL_THREE))
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}]
    made = assume(RoleArn=first, Tags=tags, TransitiveTagKeys=["team"], SourceIdentity="alice")
    assert made["SourceIdentity"] == "alice"
    sts = acting_as(made["Credentials"], "sts")
    told = sts.assume_role(RoleArn=ROLE, RoleSessionName="chained", Tags=[{"Key": "shoe", "Value": "9"}])
    assert told["SourceIdentity"] == "alice"
    credential = find_credential(lab.cloud, told["Credentials"]["AccessKeyId"])
    assert credential is not None
    principal = principal_of(lab.cloud, credential)
    assert dict(principal.tags) == {"team": "blue", "shoe": "9"}
    assert dict(principal.facts)["aws:SourceIdentity"] == "alice"
    conflict = refused(made["Credentials"], Tags=[{"Key": "Team", "Value": "red"}])
    assert conflict.code == "ValidationError"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"TransitiveTagKeys": ["a"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::{OTHER}:policy/theirs"}]},
            f"arn:aws:iam::{OTHER}:policy/theirs is invalid",
        ),
    ],
)
def test_what_cannot_be_passed(iam: Any, assume: Assume, parameters: dict[str, Any], message: str) -> None:
    new_role(iam, "auditor", trusts=trust(root_of(ACCOUNT), *ALL_THREE))
    assert refusal(assume, **parameters) == Refusal("ValidationError", message)


def test_a_session_takes_ten_managed_policies(iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    arns = [{"arn": one["Arn"]} for one in iam.list_policies(Scope="AWS")["Policies"]]
    assert assume(PolicyArns=arns[:10])["PackedPolicySize"] < 100
    assert refusal(assume, PolicyArns=arns[:11]).code == "ValidationError"


def test_a_session_policy_must_be_one_and_short(lab: Lab, iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    assert refusal(assume, Policy="{").code == "MalformedPolicyDocument"
    noise = [f"kms:{number:x}" for number in range(0, 10**9, 10**6 + 7)]
    long = refusal(assume, Policy=document(*noise))
    assert (long.code, long.status) == ("PackedPolicyTooLarge", 400)
    assert "please use smaller policy" in long.message


def test_a_refused_call_leaves_no_credentials(lab: Lab, iam: Any, assume: Assume) -> None:
    new_role(iam, "auditor")
    refusal(assume, DurationSeconds=3601)
    assert lab.gateway.calls[-1].changes == ()
