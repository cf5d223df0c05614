"""Making identities in a lab, and calling as them: what the tests of IAM and STS say again and again."""

import json
from typing import Any

import boto3

from tests.conftest import ACCOUNT, CONFIG, REGION


def document(*actions: str, effect: str = "Allow", resource: str = "*", **elements: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: Any, *actions: str, **elements: Any) -> str:
    """A trust policy: `principal` may AssumeRole, or do the given actions."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions) or "sts:AssumeRole",
        **elements,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def root_of(account: str) -> dict[str, str]:
    """The principal that means a whole account."""
    return {"AWS": f"arn:aws:iam::{account}:root"}


def acting_as(keys: dict[str, Any], service: str, region: str = REGION) -> Any:
    """A client that signs with an access key, or with temporary credentials."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        config=CONFIG,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def new_user(iam: Any, name: str, *actions: str) -> dict[str, Any]:
    """Make a user whose inline policy allows `actions`, and return an access key of theirs."""
    iam.create_user(UserName=name)
    if actions:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document(*actions))
    return dict(iam.create_access_key(UserName=name)["AccessKey"])


def new_role(iam: Any, name: str, *actions: str, trusts: str = "", account: str = ACCOUNT) -> str:
    """Make a role that its own account may take on and that may do `actions`; return its ARN."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts or trust(root_of(account)))
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(*actions))
    return str(made["Role"]["Arn"])
