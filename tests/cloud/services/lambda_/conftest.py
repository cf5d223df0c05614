"""A Lambda client, roles that functions run as, and functions made of a few lines of Python."""

import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labkit import Lab
from tests.conftest import ACCOUNT, MakeClient, started_lab

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}

MakeFunction = Callable[..., str]


def zipped(source: str, **more: str) -> bytes:
    """A zip archive with app.py, and other modules by name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        for name, text in {"app": source, **more}.items():
            package.writestr(f"{name}.py", textwrap.dedent(text))
    return archive.getvalue()


def make_role(client: MakeClient, name: str, *statements: dict[str, Any]) -> str:
    """A role for functions, with just these statements; return its ARN."""
    iam = client("iam")
    role: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return role


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    """Return a lab that the tests of a module share, as processes take a while to start."""
    with started_lab() as lab:
        yield lab


@pytest.fixture
def functions(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's Lambda client."""
    return client("lambda")


@pytest.fixture
def role(lab: Lab, client: MakeClient) -> str:
    """Return the ARN of a role that may do nothing."""
    return make_role(client, "worker")


@pytest.fixture
def make(functions: Any, role: str) -> MakeFunction:
    """Return `make(source, name=..., ...)`: it creates a function of app.handler, and returns its name."""

    def create(source: str = "def handler(event, context): return event", **settings: Any) -> str:
        given = {"FunctionName": "work", "Role": role, "Runtime": "python3.13", "Handler": "app.handler"}
        code = {"ZipFile": zipped(source)}
        answer = functions.create_function(**{**given, "Code": code, **settings})
        name: str = answer["FunctionName"]
        return name

    return create


@pytest.fixture
def call(functions: Any) -> Callable[..., Any]:
    """Return `call(name, event, ...)`: what an invocation returns, read as JSON."""

    def invoke(name: str = "work", event: Any = None, **more: Any) -> Any:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
        return json.loads(answer["Payload"].read())

    return invoke


def arn_of(name: str) -> str:
    """The ARN of a function in the tests' account and region."""
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
