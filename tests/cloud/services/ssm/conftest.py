"""A Systems Manager client, and a user whose policies a test may choose."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from labkit import Lab
from tests.cloud.services.kms.people import document
from tests.conftest import CONFIG, REGION, MakeClient


@pytest.fixture
def ssm(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("ssm")


@pytest.fixture
def as_user(lab: Lab, client: MakeClient) -> Callable[..., Any]:
    """Return `as_user(*statements, account=...)`: a client of a new user with just these statements."""

    def make(*statements: dict[str, Any], account: str = "123456789012", name: str = "ada") -> Any:
        iam = client("iam", REGION, account)
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        session: Any = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], region_name=REGION)
        return session.client("ssm", config=CONFIG)

    return make
