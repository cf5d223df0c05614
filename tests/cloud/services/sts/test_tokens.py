"""GetSessionToken and GetFederationToken."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.identity.world import acting_as, document, new_role, new_user
from tests.cloud.services.kms.helpers import Refusal, new_key, refusal
from tests.conftest import ACCOUNT, MakeClient


@pytest.fixture
def iam(lab: Lab, client: MakeClient) -> Any:
    return client("iam")


def test_a_session_token_needs_no_permission_and_lasts_twelve_hours(lab: Lab, iam: Any) -> None:
    sts = acting_as(new_user(iam, "bob"), "sts")
    before = lab.clock.now().replace(microsecond=0)
    keys = sts.get_session_token()["Credentials"]
    assert before <= keys["Expiration"] - timedelta(hours=12) <= lab.clock.now()
    short = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert short["Expiration"] < keys["Expiration"]


def test_a_session_makes_no_sessions_of_its_own(iam: Any, client: MakeClient) -> None:
    bob = new_user(iam, "bob", "sts:*")
    role = new_role(iam, "auditor", "sts:*")
    sessions = [
        acting_as(bob, "sts").get_session_token(),
        acting_as(bob, "sts").get_federation_token(Name="guest", Policy=document("sts:*")),
        client("sts").assume_role(RoleArn=role, RoleSessionName="alice"),
    ]
    for made in sessions:
        sts = acting_as(made["Credentials"], "sts")
        text = "Cannot call GetSessionToken with session credentials"
        assert refusal(sts.get_session_token) == Refusal("AccessDenied", text, 403)
        text = "Cannot call GetFederationToken with session credentials"
        assert refusal(sts.get_federation_token, Name="guest") == Refusal("AccessDenied", text, 403)


def test_half_of_an_mfa_code_is_none(iam: Any) -> None:
    sts = acting_as(new_user(iam, "bob"), "sts")
    text = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    assert refusal(sts.get_session_token, TokenCode="123456") == Refusal("AccessDenied", text, 403)


def test_a_federated_user_may_do_what_user_and_passed_policy_both_allow(iam: Any, kms: Any) -> None:
    key = new_key(kms)
    sts = acting_as(new_user(iam, "broker", "kms:*", "sts:GetFederationToken"), "sts")
    told = sts.get_federation_token(Name="guest", Policy=document("kms:DescribeKey", "s3:*"))
    assert told["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:guest",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
    }
    assert 0 < told["PackedPolicySize"] < 100
    guests = acting_as(told["Credentials"], "kms")
    assert guests.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert "no session policy" in refusal(guests.encrypt, KeyId=key, Plaintext=b"x").message
    nothing = acting_as(sts.get_federation_token(Name="guest")["Credentials"], "kms")
    assert refusal(nothing.describe_key, KeyId=key).code == "AccessDeniedException"


def test_federating_needs_permission_and_tagging_another(iam: Any) -> None:
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    caller = f"arn:aws:iam::{ACCOUNT}:user/broker"
    sts = acting_as(new_user(iam, "broker"), "sts")

    def denied(action: str) -> Refusal:
        text = f"User: {caller} is not authorized to perform: {action} on resource: {federated}"
        return Refusal("AccessDenied", text, 403)

    assert refusal(sts.get_federation_token, Name="guest") == denied("sts:GetFederationToken")
    iam.put_user_policy(
        UserName="broker", PolicyName="may", PolicyDocument=document("sts:GetFederationToken")
    )
    assert sts.get_federation_token(Name="guest")["Credentials"]
    tags = [{"Key": "team", "Value": "blue"}]
    assert refusal(sts.get_federation_token, Name="guest", Tags=tags) == denied("sts:TagSession")


def test_a_federated_user_is_no_user_of_iams(iam: Any) -> None:
    sts = acting_as(new_user(iam, "broker", "*"), "sts")
    keys = sts.get_federation_token(Name="guest", Policy=document("*"))["Credentials"]
    refused = refusal(acting_as(keys, "iam").get_user)
    assert refused.message == "Must specify userName when calling with non-User credentials"
