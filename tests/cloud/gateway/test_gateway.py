"""One path for every request, and an AWS error for everything that is not right."""

import json
import logging
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.gateway import directory
from labkit.cloud.gateway.gateway import CALLS_REMEMBERED
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.services.kms import Kms

SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260401/{region}/{service}/aws4_request, SignedHeaders=host"


def request(target: str = "", body: bytes = b"{}", **scope: str) -> HttpRequest:
    """A KMS request that no client would make."""
    named = {"key": "AKIAEXAMPLE", "region": "eu-west-1", "service": "kms"} | scope
    headers = {"authorization": SCOPE.format(**named), "content-type": "application/x-amz-json-1.1"}
    if target:
        headers["x-amz-target"] = target
    return HttpRequest("POST", "https", "kms.eu-west-1.amazonaws.com", "/", "", headers, body)


def error_of(response: HttpResponse) -> tuple[int, str]:
    """The status, and the error's code."""
    return response.status, json.loads(response.body)["__type"].split("#")[-1]


@pytest.fixture
def handle() -> Any:
    return Lab().gateway.handle


def test_an_unknown_operation_is_answered_as_aws_does(handle: Any) -> None:
    assert error_of(handle(request("TrentService.Frobnicate")))[1] == "UnknownOperationException"


def test_a_request_without_a_signature_is_told_so(handle: Any) -> None:
    unsigned = HttpRequest(
        "POST", "https", "kms.amazonaws.com", "/", "", {"x-amz-target": "TrentService.ListKeys"}, b"{}"
    )
    assert error_of(handle(unsigned)) == (400, "MissingAuthenticationTokenException")
    nothing = handle(HttpRequest("GET", "https", "sts.amazonaws.com", "/"))
    assert nothing.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in nothing.body


def test_a_signature_that_is_none_is_told_so(handle: Any) -> None:
    headers = {"authorization": "Basic dXNlcjpwYXNz", "x-amz-target": "TrentService.ListKeys"}
    answer = handle(HttpRequest("POST", "https", "kms.amazonaws.com", "/", "", headers, b"{}"))
    assert error_of(answer) == (400, "IncompleteSignatureException")


def test_a_service_that_does_not_exist_is_refused(handle: Any) -> None:
    assert (
        error_of(handle(request("Nothing.AtAll", service="frobnication")))[1] == "InvalidSignatureException"
    )


def test_what_aws_has_and_the_lab_has_not_is_named_and_not_retried(handle: Any) -> None:
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails"
    status, code = error_of(handle(request(target, service="cloudtrail")))
    assert (status, code) == (501, "NotImplemented")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b'{"Limit": "many"}', b'{"Limit": {"a": []}}']
)
def test_a_malformed_body_never_becomes_a_traceback(handle: Any, body: bytes) -> None:
    answer = handle(request("TrentService.ListKeys", body))
    assert answer.status in (200, 400)
    assert answer.status == 200 or error_of(answer)[1] in ("SerializationException", "ValidationException")


def test_the_signature_s_scope_gives_region_and_account(handle: Any) -> None:
    answer = handle(request("TrentService.CreateKey", key="444455556666", region="ap-south-1"))
    assert json.loads(answer.body)["KeyMetadata"]["Arn"].startswith(
        "arn:aws:kms:ap-south-1:444455556666:key/"
    )


def test_a_presigned_request_is_known_by_its_query(handle: Any) -> None:
    credential = "111122223333%2F20260401%2Fus-east-1%2Fsts%2Faws4_request"
    query = f"Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential={credential}"
    answer = handle(HttpRequest("GET", "https", "sts.amazonaws.com", "/", query))
    assert b"<Account>111122223333</Account>" in answer.body


def test_a_method_that_never_asked_for_permission_is_not_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def list_keys(self: Kms, Limit: int = 100, Marker: str | None = None) -> dict[str, Any]:
        return {"Keys": []}

    monkeypatch.setattr(Kms, "list_keys", list_keys)
    with caplog.at_level(logging.CRITICAL, "labkit"):
        answer = Lab().gateway.handle(request("TrentService.ListKeys"))
    assert error_of(answer) == (500, "InternalFailure")


def test_a_parameter_that_a_newer_botocore_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def list_keys(self: Kms, Marker: str | None = None) -> dict[str, Any]:
        self.allow("*")
        return {"Keys": []}

    monkeypatch.setattr(Kms, "list_keys", list_keys)
    directory.find_built.cache_clear()
    answer = Lab().gateway.handle(request("TrentService.ListKeys", b'{"Limit": 5}'))
    directory.find_built.cache_clear()
    assert error_of(answer) == (501, "NotImplemented")
    assert "kms:ListKeys with Limit" in json.loads(answer.body)["message"]


def test_the_lab_s_own_defect_is_logged_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lab = Lab()

    def enable_key(self: Kms, KeyId: str) -> None:
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.tables.keys.delete(key.KeyId)
        raise ZeroDivisionError

    created = json.loads(lab.gateway.handle(request("TrentService.CreateKey")).body)["KeyMetadata"]["KeyId"]
    monkeypatch.setattr(Kms, "enable_key", enable_key)
    body = json.dumps({"KeyId": created}).encode()
    assert error_of(lab.gateway.handle(request("TrentService.EnableKey", body))) == (500, "InternalFailure")
    assert "ZeroDivisionError" in caplog.text
    assert lab.gateway.handle(request("TrentService.DescribeKey", body)).status == 200


def test_a_failed_call_changes_nothing_but_the_audit_log() -> None:
    with Lab() as lab:
        kms = boto3.client("kms")
        with pytest.raises(ClientError):
            kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}])
        call = lab.gateway.calls[-1]
        assert call.changes == ()
        assert kms.list_keys()["Keys"] == []
        event = boto3.client("cloudtrail").lookup_events()["Events"][1]
        assert json.loads(event["CloudTrailEvent"])["errorCode"] == "TagException"


def test_a_call_tells_nothing_in_a_repr() -> None:
    with Lab() as lab:
        kms = boto3.client("kms")
        kms.generate_random(NumberOfBytes=8)
        call = lab.gateway.calls[-1]
        assert repr(call) == f"<Call kms:GenerateRandom {call.request_id}>"


def test_the_last_calls_are_remembered_and_not_many_more(lab: Lab, client: Any) -> None:
    kms = client("kms")
    ids = []
    for made in range(1, 3 * CALLS_REMEMBERED):
        ids.append(kms.generate_random(NumberOfBytes=8)["ResponseMetadata"]["RequestId"])
        kept = [call.request_id for call in lab.gateway.calls]
        assert kept == ids[-len(kept) :]
        assert min(made, CALLS_REMEMBERED) <= len(kept) < 2 * CALLS_REMEMBERED


def test_the_table_of_contents_names_what_is_built() -> None:
    assert "Encrypt" in directory.operations_built("kms")
    assert directory.operations_built("cloudtrail") == ["LookupEvents"]


def test_few_large_calls_are_remembered_and_many_small_ones(lab: Lab, client: Any) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="large")
    logs.create_log_stream(logGroupName="large", logStreamName="one")
    now = int(lab.clock.now().timestamp() * 1000)
    for number in range(8):
        events = [{"timestamp": now, "message": f"{number} {'x' * 200_000}"}] * 2
        logs.put_log_events(logGroupName="large", logStreamName="one", logEvents=events)
    names = [call.operation.name for call in lab.gateway.calls if call.operation]
    assert names == ["CreateLogGroup", "CreateLogStream", *["PutLogEvents"] * 5]
