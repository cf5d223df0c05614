"""The policy on a function: who else may invoke it, and for what."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.core.call import Call
from labkit.cloud.core.outside import Steps, carry_through
from labkit.cloud.core.service import Service
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from tests.cloud.services.lambda_.conftest import MakeFunction, arn_of
from tests.conftest import ACCOUNT, REGION, MakeClient

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
OTHER = "444455556666"


class Asking(Service):
    """Secrets Manager, as far as it invokes a function."""

    name = "secretsmanager"

    def invoke(self, source: str, Qualifier: str = "") -> Steps:
        more = {"Qualifier": Qualifier} if Qualifier else {}
        return self.ask_and_wait(
            "lambda", "Invoke", itself=True, source=source, FunctionName=arn_of("work"), Payload=b"1", **more
        )


@pytest.fixture
def as_service(lab: Lab) -> Any:
    """Return `as_service(source)`: invoke the function as Secrets Manager, for this secret."""

    def invoke(source: str = SECRET, **more: str) -> Any:
        with lab.cloud.lock, lab.cloud.store.transaction:
            principal = service_principal("secretsmanager", ACCOUNT)
            request = HttpRequest("AGENDA", "https", "secretsmanager.amazonaws.com", "/")
            call = Call(request, "", lab.clock.now(), "secretsmanager", REGION, principal=principal)
            steps = Asking(lab.cloud, call, principal).invoke(source, **more)
            return carry_through(steps, lab.cloud.outside)["Payload"]

    return invoke


def test_a_service_needs_a_statement(functions: Any, make: MakeFunction, as_service: Any) -> None:
    make()
    denied = (
        "User: secretsmanager.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{arn_of('work')} because no resource-based policy allows the lambda:InvokeFunction action"
    )
    with pytest.raises(AwsError) as caught:
        as_service()
    assert caught.value.message == denied
    functions.add_permission(
        FunctionName="work",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    assert as_service() == b"1"
    functions.remove_permission(FunctionName="work", StatementId="rotation")
    with pytest.raises(AwsError):
        as_service()


def test_a_statement_may_be_for_one_resource_or_one_account(
    functions: Any, make: MakeFunction, as_service: Any
) -> None:
    make()
    allow = {
        "FunctionName": "work",
        "Action": "lambda:InvokeFunction",
        "Principal": "secretsmanager.amazonaws.com",
    }
    functions.add_permission(StatementId="other", SourceAccount=OTHER, **allow)
    with pytest.raises(AwsError):
        as_service()
    functions.add_permission(StatementId="mine", SourceAccount=ACCOUNT, SourceArn=SECRET, **allow)
    assert as_service() == b"1"
    with pytest.raises(AwsError):
        as_service(SECRET.replace("db", "web"))


def test_a_version_and_an_alias_have_policies_of_their_own(
    functions: Any, make: MakeFunction, as_service: Any
) -> None:
    make(Publish=True)
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    functions.add_permission(
        FunctionName="work",
        Qualifier="live",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    assert as_service(Qualifier="live") == b"1"
    for more in ({}, {"Qualifier": "1"}):
        with pytest.raises(AwsError):
            as_service(**more)


def test_the_policy_is_told_statement_by_statement(functions: Any, make: MakeFunction) -> None:
    make()
    allow = {"FunctionName": "work", "Action": "lambda:InvokeFunction"}
    added = functions.add_permission(
        StatementId="bucket",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::pictures",
        SourceAccount=ACCOUNT,
        **allow,
    )
    functions.add_permission(StatementId="account", Principal=OTHER, **allow)
    told = functions.get_policy(FunctionName="work")
    policy = json.loads(told["Policy"])
    assert (policy["Version"], policy["Id"]) == ("2012-10-17", "default")
    bucket, account = policy["Statement"]
    assert bucket == json.loads(added["Statement"])
    assert bucket == {
        "Sid": "bucket",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn_of("work"),
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": ACCOUNT},
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::pictures"},
        },
    }
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        functions.remove_permission(FunctionName="work", StatementId="account", RevisionId="another")
    functions.remove_permission(FunctionName="work", StatementId="account", RevisionId=told["RevisionId"])


def test_another_account_may_invoke_what_it_was_let(
    functions: Any, make: MakeFunction, client: MakeClient
) -> None:
    make("import boto3\ndef handler(e, c): return boto3.client('sts').get_caller_identity()['Account']")
    functions.update_function_configuration(FunctionName="work", Timeout=20)
    elsewhere = client("lambda", account=OTHER)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        elsewhere.invoke(FunctionName=arn_of("work"))
    functions.add_permission(
        FunctionName="work", StatementId="other", Action="lambda:InvokeFunction", Principal=OTHER
    )
    assert elsewhere.invoke(FunctionName=arn_of("work"))["Payload"].read() == f'"{ACCOUNT}"'.encode()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        elsewhere.get_function(FunctionName=arn_of("work"))


REFUSED = [
    ({"StatementId": "one"}, "ResourceConflictException", "The statement id (one) provided already exists. "),
    ({"Principal": "nobody"}, "InvalidParameterValueException", "The provided principal was invalid. "),
    ({"FunctionName": "none"}, "ResourceNotFoundException", f"Function not found: {arn_of('none')}"),
    ({"Qualifier": "live"}, "ResourceNotFoundException", f"Function not found: {arn_of('work')}:live"),
]


@pytest.mark.parametrize(("change", "code", "message"), REFUSED)
def test_statements_that_are_refused(
    functions: Any, make: MakeFunction, change: dict[str, str], code: str, message: str
) -> None:
    make()
    given = {
        "FunctionName": "work",
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    functions.add_permission(**given)
    with pytest.raises(ClientError) as caught:
        functions.add_permission(**{**given, "StatementId": "two", **change})
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert error["Message"].startswith(message)


def test_what_is_not_there_is_told_so(functions: Any, make: MakeFunction) -> None:
    make()
    with pytest.raises(ClientError, match="The resource you requested does not exist"):
        functions.get_policy(FunctionName="work")
    with pytest.raises(ClientError, match="Statement one is not found in resource policy"):
        functions.remove_permission(FunctionName="work", StatementId="one")
