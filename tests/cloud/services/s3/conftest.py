"""What tests of S3 share: a client, a bucket, and requests that nobody has signed."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import boto3
import pytest

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from tests.conftest import MakeClient

BUCKET = "a-bucket"


@pytest.fixture
def s3(lab: Lab, client: MakeClient) -> Any:
    """Return a client of account 123456789012 in us-east-1, with a lab of this test's own behind it."""
    return client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """Return the name of a new bucket."""
    s3.create_bucket(Bucket=BUCKET)
    return BUCKET


def anonymously(lab: Lab, path: str, scheme: str = "https", method: str = "GET") -> HttpResponse:
    """Ask without a signature, as curl does."""
    return lab.gateway.handle(HttpRequest(method, scheme, "127.0.0.1:5600", path))


def code_of(response: HttpResponse) -> str:
    """The error's code in an answer of S3."""
    found = ET.fromstring(response.body).findtext("Code")
    assert found is not None
    return found


def statement(effect: str, action: str = "s3:GetObject", **more: Any) -> dict[str, Any]:
    """One statement on all objects of the bucket; `more` adds or replaces elements."""
    made = {"Effect": effect, "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    return made | more


def policy(*statements: dict[str, Any]) -> str:
    """A bucket policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def user_client(client: MakeClient, service: str, name: str, *statements: dict[str, Any]) -> Any:
    """A client of a new IAM user of account 123456789012, whose only policy has these statements."""
    iam = client("iam")
    iam.create_user(UserName=name)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return session.client(service)


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is of the call alone."""
    return {name: value for name, value in answer.items() if not re.fullmatch("ResponseMetadata|Body", name)}
