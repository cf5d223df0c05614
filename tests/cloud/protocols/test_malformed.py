"""Whatever bytes arrive, a client gets an AWS error or its parameters are read: never a traceback."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.cloud.protocols import AwsError, HttpRequest, contract
from tests.cloud.protocols.client_side import request_for
from tests.cloud.protocols.generated import value_for

OPERATIONS = [
    ("kms", "CreateGrant"),
    ("ssm", "SendCommand"),
    ("sts", "AssumeRole"),
    ("iam", "SimulatePrincipalPolicy"),
    ("ec2", "RunInstances"),
    ("lambda", "CreateFunction"),
    ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutObject"),
]
by_operation = pytest.mark.parametrize(("service", "operation"), OPERATIONS)


def _valid(service: str, operation: str) -> HttpRequest:
    model = contract(service).operations[operation].model
    assert model.input_shape is not None
    return request_for(model, value_for(model.input_shape))


def _survives(service: str, operation: str, request: HttpRequest) -> None:
    with suppress(AwsError):
        contract(service).route(request)
    with suppress(AwsError):
        contract(service).operations[operation].parse(request)


@by_operation
@settings(deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_as_a_body(service: str, operation: str, body: bytes) -> None:
    valid = _valid(service, operation)
    chunked = {**valid.headers, "content-encoding": "aws-chunked"}
    for headers in (valid.headers, chunked):
        request = HttpRequest(valid.method, "https", valid.host, valid.path, valid.query, headers, body)
        _survives(service, operation, request)


@by_operation
@settings(deadline=None)
@given(data=st.data())
def test_a_valid_body_with_some_bytes_changed(service: str, operation: str, data: st.DataObject) -> None:
    valid = _valid(service, operation)
    body = bytearray(valid.body or b"x")
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    body = body[: data.draw(st.integers(0, len(body)))]
    request = HttpRequest(
        valid.method, "https", valid.host, valid.path, valid.query, valid.headers, bytes(body)
    )
    _survives(service, operation, request)


ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@by_operation
@settings(deadline=None)
@given(method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]), path=ASCII, query=ASCII, header=ASCII)
def test_any_path_query_string_and_headers(
    service: str, operation: str, method: str, path: str, query: str, header: str
) -> None:
    valid = _valid(service, operation)
    headers = dict.fromkeys(valid.headers, header)
    _survives(service, operation, HttpRequest(method, "https", valid.host, "/" + path, query, headers))


def _kms(body: bytes) -> HttpRequest:
    return HttpRequest(
        "POST", "https", "kms", "/", headers={"x-amz-target": "TrentService.Encrypt"}, body=body
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", None),
        (b"{", ""),
        (b"\xff", ""),
        (b"[" * 100_000, ""),
        (b'{"KeyId": NaN}', ""),
        (b'{"KeyId": "\\ud800"}', ""),
        (b'{"KeyId": ' + b"1" * 5000 + b"}", ""),
        (b"[]", "Start of list found where not expected."),
        (b'"text"', "Unexpected field type"),
        (b'{"KeyId": 1}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"KeyId": true}', "TRUE_VALUE cannot be converted to String"),
        (b'{"KeyId": {}}', "Start of structure or map found where not expected."),
        (b'{"Plaintext": "no base64"}', "STRING_VALUE cannot be converted to Blob"),
        (b'{"GrantTokens": "x"}', "Unexpected field type"),
        (b'{"DryRun": "yes"}', "STRING_VALUE cannot be converted to Boolean"),
        (b'{"Unknown": 1, "KeyId": null}', None),
    ],
)
def test_json_that_does_not_fit_is_a_serialization_exception(body: bytes, message: str | None) -> None:
    encrypt = contract("kms").route(_kms(body))
    if message is None:
        assert encrypt.parse(_kms(body)) == {}
        return
    with pytest.raises(AwsError) as caught:
        encrypt.parse(_kms(body))
    assert (caught.value.code, caught.value.status, str(caught.value)) == (
        "SerializationException",
        400,
        message,
    )


def _form(body: str) -> HttpRequest:
    return HttpRequest("POST", "https", "iam.amazonaws.com", "/", body=body.encode())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("%FF=1", "MalformedQueryString"),
        ("Tags=x", "MalformedInput"),
        ("Tags.member.one.Key=x", "MalformedInput"),
        ("Tags.member.1.Key.Deep=x", "MalformedInput"),
        ("MaxSessionDuration=long", "MalformedInput"),
        ("MaxSessionDuration=99999999999", "MalformedInput"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(body: str, code: str) -> None:
    with pytest.raises(AwsError) as caught:
        contract("iam").operations["CreateRole"].parse(_form(body))
    assert caught.value.code == code


def test_numbers_of_list_elements_need_not_be_consecutive() -> None:
    request = _form("Tags.member.10.Key=b&Tags.member.2.Key=a&Unknown.1=x")
    assert contract("iam").operations["CreateRole"].parse(request) == {"Tags": [{"Key": "a"}, {"Key": "b"}]}


@pytest.mark.parametrize(
    "body",
    [
        b"<Versioning",
        b"no xml",
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><CORSConfiguration>&b;</CORSConfiguration>',
        b"<CORSConfiguration><CORSRule><MaxAgeSeconds>soon</MaxAgeSeconds></CORSRule></CORSConfiguration>",
    ],
)
def test_xml_that_does_not_fit_is_malformed_xml(body: bytes) -> None:
    request = HttpRequest("PUT", "https", "s3.amazonaws.com", "/bucket", "cors", body=body)
    with pytest.raises(AwsError) as caught:
        contract("s3").route(request).parse(request)
    assert (caught.value.code, caught.value.status) == ("MalformedXML", 400)


@pytest.mark.parametrize("depth", [200, 300, 400, 100_000])
def test_a_structure_nested_beyond_reason_is_refused_without_a_recursion_error(depth: int) -> None:
    body = '{"Aggregators":[' * depth + "]}" * depth
    inventory = contract("ssm").operations["GetInventory"]
    with pytest.raises(AwsError) as caught:
        inventory.check(inventory.parse(HttpRequest("POST", "https", "ssm", "/", body=body.encode())))
    assert caught.value.code in ("SerializationException", "ValidationException")
