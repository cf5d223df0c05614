"""AWS's own examples, as botocore ships them, run against the lab.

An example names a function that does not exist, written in JavaScript. Here one in Python is built first that
has what the example shows of it; then its input is sent, and all of its output that is not the function's own
is compared.
"""

import json
import re
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.cloud.services.lambda_.conftest import make_role, zipped
from tests.conftest import MakeClient

NAME = "my-function"
# What a function or a moment makes its own, and where an example's output does not fit its input.
OWN = {"CodeSha256", "CodeSize", "LastModified", "RevisionId", "Runtime", "KMSKeyArn", "FunctionArn"} | {
    "LastUpdateStatus",
    "Location",
    "Role",
    "AccountUsage",
    "Version",
    "FunctionName",
}
# Their code is in a bucket, and JavaScript.
ELSEWHERE = {"CreateFunction", "UpdateFunctionCode"}
# They show several functions, versions or aliases that have nothing to do with each other.
COLLECTIONS = {"ListFunctions", "ListVersionsByFunction", "ListAliases"}


class Example(NamedTuple):
    operation: str
    title: str
    input: dict[str, Any]
    output: dict[str, Any]

    def __repr__(self) -> str:
        return self.title

    @property
    def region(self) -> str:
        """Where it takes place, if it says so."""
        found = re.search(r"arn:aws:lambda:([a-z0-9-]+):", json.dumps([self.input, self.output]))
        return found[1] if found else "us-west-2"


SHIPPED = Loader().load_service_model("lambda", "examples-1")["examples"]
EXAMPLES = [
    Example(operation, one["title"], one.get("input", {}), one.get("output") or {})
    for operation in operations_built("lambda")
    for one in SHIPPED.get(operation, [])
    if operation not in ELSEWHERE | COLLECTIONS
]


def build(functions: Any, client: MakeClient, example: Example) -> None:
    """Make the function that an example is about, with versions, aliases, and what else it shows."""
    shown = example.output.get("Configuration", example.output)
    settings = {
        name: shown[name]
        for name in ("Description", "Environment", "MemorySize", "TracingConfig", "Timeout")
        if name in shown and example.operation not in ("GetAlias", "UpdateAlias", "CreateAlias")
    }
    name = example.input.get("FunctionName", NAME)
    functions.create_function(
        FunctionName=name,
        Role=make_role(client, "lambda-role"),
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": zipped("", index="def handler(event, context): return '200 SUCCESS'")},
        Publish=example.operation != "PublishVersion",
        Tags=example.output.get("Tags", {"DEPARTMENT": "Assets"}),
        **settings,
    )
    if example.operation in ("GetAlias", "UpdateAlias", "DeleteAlias", "RemovePermission"):
        for memory in (129, 130):
            functions.update_function_configuration(FunctionName=name, MemorySize=memory)
            functions.publish_version(FunctionName=name)
        for alias in ("BLUE", "PROD"):
            described = {"Description": example.output.get("Description", ""), "FunctionVersion": "3"}
            functions.create_alias(FunctionName=name, Name=alias, **described)
    if example.operation in ("GetPolicy", "RemovePermission"):
        functions.add_permission(
            FunctionName=name,
            Qualifier=example.input["Qualifier"],
            StatementId="xaccount",
            Action="lambda:InvokeFunction",
            Principal="123456789012",
        )
    if example.operation == "GetFunctionConcurrency":
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=250)


def comparable(value: Any) -> Any:
    """A value without what is a function's own, and with policies as what they say."""
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items() if name not in OWN}
    if isinstance(value, str) and value.startswith("{"):
        # The documentation's pattern for a bucket lost its end on the way from input to output.
        return json.loads(value.replace("zrlbh/*", "zrlbh").replace(":us-west-2:", ":us-east-2:"))
    return value


@pytest.mark.parametrize("example", EXAMPLES, ids=repr)
def test_an_example_of_aws_gives_its_output(lab: Lab, client: MakeClient, example: Example) -> None:
    functions = client("lambda", region=example.region)
    build(functions, client, example)
    answer = getattr(functions, xform_name(example.operation))(**example.input)
    if example.operation == "Invoke":
        answer["Payload"] = answer["Payload"].read().decode().strip('"')
    expected = comparable(example.output)
    assert {name: comparable(answer.get(name)) for name in expected} == {
        name: subset(expected[name], comparable(answer.get(name))) for name in expected
    }


def subset(expected: Any, actual: Any) -> Any:
    """What is expected, and of members that AWS has added since the example was written, what there is."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return actual | {name: subset(inner, actual.get(name)) for name, inner in expected.items()}
    return expected


def test_there_are_examples_enough() -> None:
    assert len(EXAMPLES) == 22
