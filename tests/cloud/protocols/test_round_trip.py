"""Every operation of the lab's services goes both ways: botocore to us, and us to botocore."""

from typing import Any

import pytest
from botocore.model import Shape

from labkit.cloud.protocols import Operation, contract
from labkit.cloud.protocols.bodies import Body
from tests.cloud.protocols.client_side import parsed, request_for, without_metadata
from tests.cloud.protocols.generated import DEPTH, value_for

SERVICES = (
    "kms",
    "ssm",
    "secretsmanager",
    "sts",
    "iam",
    "s3",
    "logs",
    "events",
    "cloudtrail",
    "cloudformation",
    "lambda",
    "rds",
    "ec2",
)

SAME_ROUTE = "deprecated: S3 gives its route to the operation that replaced it"
SAME_ELEMENT = "deprecated: two of its members, Event and Events, are one element"
INPUTS_LEFT_OUT = {
    ("s3", "GetBucketLifecycle"): SAME_ROUTE,
    ("s3", "GetBucketNotification"): SAME_ROUTE,
    ("s3", "PutBucketLifecycle"): SAME_ROUTE,
    ("s3", "PutBucketNotification"): SAME_ROUTE,
    ("s3", "ListDirectoryBuckets"): "shares GET / with ListBuckets, on a host of S3 Express's own",
}
EVENT_STREAM = "answers with an event stream, which labkit does not write yet"
OUTPUTS_LEFT_OUT = {
    ("s3", "GetBucketNotification"): SAME_ELEMENT,
    ("s3", "GetBucketLocation"): "its scalar root is read by a handler of the client, not by the parser",
    ("s3", "SelectObjectContent"): EVENT_STREAM,
    ("lambda", "InvokeWithResponseStream"): EVENT_STREAM,
    ("logs", "GetLogObject"): EVENT_STREAM,
    ("logs", "StartLiveTail"): EVENT_STREAM,
}


def _made(shape: Shape | None, depth: int) -> dict[str, Any]:
    return (value_for(shape, depth) if shape else None) or {}


def _in_memory(value: Any) -> Any:
    return value.read() if isinstance(value, Body) else value


def _all_but(service: str, left_out: dict[tuple[str, str], str]) -> list[Operation]:
    operations = contract(service).operations
    return [operations[name] for name in operations if (service, name) not in left_out]


@pytest.mark.parametrize("service", SERVICES)
def test_every_request_that_botocore_makes_is_routed_and_read_back(service: str) -> None:
    operations = _all_but(service, INPUTS_LEFT_OUT)
    read, meant = {}, {}
    for operation in operations:
        parameters = _made(operation.model.input_shape, DEPTH)
        request = request_for(operation.model, parameters)
        meant[operation.name] = (operation.name, parameters)
        found = {name: _in_memory(value) for name, value in operation.parse(request).items()}
        read[operation.name] = (contract(service).route(request).name, found)
    assert len(read) == len(operations) > 10
    assert read == meant


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_read_back_by_botocore(service: str) -> None:
    operations = _all_but(service, OUTPUTS_LEFT_OUT)
    read, meant = {}, {}
    for operation in operations:
        result = _made(operation.model.output_shape, DEPTH)
        meant[operation.name] = result
        read[operation.name] = without_metadata(parsed(operation.model, operation.serialize(result, "an-id")))
    assert len(read) == len(operations) > 10
    assert read == meant


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_result_is_an_answer_too(service: str) -> None:
    for operation in _all_but(service, OUTPUTS_LEFT_OUT):
        answer = operation.serialize({}, "an-id")
        metadata = parsed(operation.model, answer)["ResponseMetadata"]
        assert metadata["RequestId"] == "an-id", operation.name
        assert metadata["HTTPStatusCode"] == operation.model.http.get("responseCode", 200), operation.name


STREAMING = [key for key, reason in OUTPUTS_LEFT_OUT.items() if reason == EVENT_STREAM]


@pytest.mark.parametrize(("service", "name"), STREAMING)
def test_event_streams_say_that_they_are_not_written_yet(service: str, name: str) -> None:
    with pytest.raises(NotImplementedError, match=f"{name} answers with an event stream"):
        contract(service).operations[name].serialize({}, "an-id")
