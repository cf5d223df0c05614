"""What a service may answer, how errors look on the wire, and what a contract is made of."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError

from labkit.cloud.protocols import ContractBroken, aws_error, contract
from tests.cloud.protocols.client_side import parsed_error


def test_a_contract_is_made_once() -> None:
    assert contract("kms") is contract("kms")
    assert contract("kms").operations["Encrypt"] is contract("kms").operations["Encrypt"]


def test_operations_have_both_of_their_names() -> None:
    operation = contract("kms").operations["GenerateDataKeyPairWithoutPlaintext"]
    assert operation.method_name == "generate_data_key_pair_without_plaintext"
    operations = contract("kms").operations
    assert len(operations) == len(set(operations)) == len(contract("kms").model.operation_names)


def test_there_is_no_contract_for_an_unknown_service() -> None:
    with pytest.raises(UnknownServiceError):
        contract("guess")
    with pytest.raises(KeyError):
        contract("kms").operations["Guess"]


MOMENT = datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("service", "operation", "result", "message"),
    [
        ("kms", "Encrypt", {"KeyID": "x"}, "Encrypt's result at KeyID is no member of the output shape"),
        (
            "kms",
            "Encrypt",
            {"CiphertextBlob": "x"},
            "Encrypt's result at CiphertextBlob is str, should be bytes",
        ),
        (
            "kms",
            "DescribeKey",
            {"KeyMetadata": {"KeyId": "x", "CreationDate": MOMENT.replace(tzinfo=None)}},
            "DescribeKey's result at KeyMetadata.CreationDate is datetime, should be an aware datetime",
        ),
        (
            "kms",
            "ListGrants",
            {"Grants": [{}, {"Constraints": {"EncryptionContextEquals": {"team": 1}}}]},
            "ListGrants's result at Grants[1].Constraints.EncryptionContextEquals['team'] "
            "is int, should be str",
        ),
        ("kms", "ListKeys", {"Truncated": 1}, "ListKeys's result at Truncated is int, should be bool"),
        ("kms", "ListKeys", {"Keys": "ab"}, "ListKeys's result at Keys is str, should be a list"),
        (
            "kms",
            "GetParametersForImport",
            {"ParametersValidTo": 1},
            "GetParametersForImport's result at ParametersValidTo is int, should be an aware datetime",
        ),
        (
            "logs",
            "DescribeMetricFilters",
            {"metricFilters": [{"metricTransformations": [{"defaultValue": True}]}]},
            "DescribeMetricFilters's result at metricFilters[0].metricTransformations[0].defaultValue "
            "is bool, should be a number",
        ),
        (
            "iam",
            "GetUser",
            {"User": {"Name": "ana"}},
            "GetUser's result at User.Name is no member of the output shape",
        ),
        (
            "iam",
            "SimulateCustomPolicy",
            {"EvaluationResults": [{"EvalDecisionDetails": {"x": 1}}]},
            "SimulateCustomPolicy's result at EvaluationResults[0].EvalDecisionDetails['x'] "
            "is int, should be str",
        ),
        (
            "s3",
            "GetBucketCors",
            {"Rules": []},
            "GetBucketCors's result at Rules is no member of the output shape",
        ),
        ("kms", "ListKeys", [], "ListKeys's result is list, should be a mapping"),
        (
            "iam",
            "GetUser",
            {"User": {"Tags": [{"Key": 1}]}},
            "GetUser's result at User.Tags[0].Key is int, should be str",
        ),
        ("ec2", "CreateVolume", {"Size": "1"}, "CreateVolume's result at Size is str, should be int"),
        ("lambda", "Invoke", {"Payload": "x"}, "Invoke's result at Payload is str, should be bytes"),
        ("s3", "PutObject", {"ETag": b"x"}, "PutObject's result at ETag is bytes, should be str"),
        ("s3", "GetObject", {"Metadata": {"a": 1}}, "GetObject's result at Metadata is int, should be str"),
    ],
)
def test_a_result_that_does_not_fit_breaks_the_contract(
    service: str, operation: str, result: Any, message: str
) -> None:
    with pytest.raises(ContractBroken) as caught:
        contract(service).operations[operation].serialize(result, "an-id")
    assert str(caught.value) == message


def test_a_member_that_is_none_is_left_out() -> None:
    answer = contract("kms").operations["ListKeys"].serialize({"Keys": [], "NextMarker": None}, "an-id")
    assert json.loads(answer.body) == {"Keys": []}


def test_a_result_without_an_output_shape_is_an_empty_body() -> None:
    assert contract("kms").operations["DisableKey"].serialize({}, "an-id").body == b""


def test_an_error_of_the_json_protocol() -> None:
    error = aws_error(
        "NotFoundException", 400, "Alias arn:aws:kms:us-east-1:123456789012:alias/x is not found."
    )
    answer = contract("kms").serialize_error(error, "an-id")
    assert answer.headers["x-amzn-RequestId"] == "an-id"
    assert json.loads(answer.body) == {"__type": "NotFoundException", "message": error.message}


def test_an_error_without_a_message_has_none_on_the_wire() -> None:
    answer = contract("kms").serialize_error(aws_error("InvalidCiphertextException", 400, ""), "an-id")
    assert json.loads(answer.body) == {"__type": "InvalidCiphertextException"}


def test_an_error_that_the_model_does_not_list() -> None:
    answer = contract("kms").serialize_error(aws_error("ValidationException", 400, "what"), "an-id")
    assert json.loads(answer.body) == {"__type": "ValidationException", "message": "what"}


@pytest.mark.parametrize("service", ["kms", "sts", "ec2", "lambda", "s3"])
def test_botocore_reads_every_protocols_errors(service: str) -> None:
    error = aws_error("AccessDeniedException", 403, 'Not <authorized> & "denied"')
    operation = next(iter(contract(service).operations.values()))
    seen = parsed_error(operation.model, contract(service).serialize_error(error, "an-id"))
    assert (seen["Error"]["Code"], seen["Error"]["Message"]) == (error.code, error.message)
    assert seen["ResponseMetadata"]["RequestId"] == "an-id"
    assert seen["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_errors_members_go_where_its_shape_says() -> None:
    error = aws_error(
        "TooManyRequestsException",
        429,
        "Rate exceeded",
        retryAfterSeconds="7",
        Reason="CallerRateLimitExceeded",
    )
    answer = contract("lambda").serialize_error(error, "an-id")
    assert answer.headers["Retry-After"] == "7"
    assert json.loads(answer.body) == {"message": "Rate exceeded", "Reason": "CallerRateLimitExceeded"}


def test_an_error_whose_members_do_not_fit_breaks_the_contract() -> None:
    error = aws_error("TooManyRequestsException", 429, "Rate exceeded", retryAfterSeconds=7)
    with pytest.raises(ContractBroken, match="TooManyRequestsException's result at retryAfterSeconds is int"):
        contract("lambda").serialize_error(error, "an-id")


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", " a ", "\t", "<&>\"'"])
def test_xml_keeps_text_as_it_is(text: str) -> None:
    error = aws_error("ValidationError", 400, text)
    operation = contract("iam").operations["GetUser"]
    assert (
        parsed_error(operation.model, contract("iam").serialize_error(error, "id"))["Error"]["Message"]
        == text
    )
