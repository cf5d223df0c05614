"""S3's own ways: buckets in the host's name, chunked uploads, its answers' odd shapes."""

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from labkit.cloud.protocols import AwsError, HttpRequest, HttpResponse, aws_error, contract
from tests.cloud.protocols.client_side import http_request


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("s3.us-east-1.amazonaws.com", "/my.bucket/a/b"),
        ("my.bucket.s3.us-east-1.amazonaws.com", "/a/b"),
        ("my.bucket.s3.amazonaws.com", "/a/b"),
        ("my.bucket.s3-us-west-2.amazonaws.com", "/a/b"),
        ("my.bucket.s3.dualstack.eu-west-1.amazonaws.com:443", "/a/b"),
        ("my.bucket.localhost:4566", "/a/b"),
        ("127.0.0.1:4566", "/my.bucket/a/b"),
        ("localhost:4566", "/my.bucket/a/b"),
    ],
)
def test_a_bucket_stands_in_the_host_or_in_the_path(host: str, path: str) -> None:
    request = HttpRequest("GET", "https", host, path)
    operation = contract("s3").route(request)
    assert operation.name == "GetObject"
    assert operation.parse(request) == {"Bucket": "my.bucket", "Key": "a/b"}


def _upload(body: bytes, encoding: str = "aws-chunked") -> HttpRequest:
    headers = {"content-encoding": encoding, "content-length": "999", "x-amz-decoded-content-length": "11"}
    return HttpRequest("PUT", "https", "s3.amazonaws.com", "/b/k", headers=headers, body=body)


def test_chunks_are_joined_and_trailers_are_headers() -> None:
    body = b"6;chunk-signature=ab\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    parameters = contract("s3").operations["PutObject"].parse(_upload(body))
    assert parameters["Body"].read() == b"hello world"
    assert parameters["ContentLength"] == 11
    assert parameters["ChecksumCRC32"] == "NhCmhg=="
    assert "ContentEncoding" not in parameters


def test_other_codings_of_a_chunked_body_stay() -> None:
    request = _upload(b"1\r\nx\r\n0\r\n\r\n", encoding="gzip,aws-chunked")
    assert contract("s3").operations["PutObject"].parse(request)["ContentEncoding"] == "gzip"


@pytest.mark.parametrize(
    "body", [b"", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n", b"-1\r\n", b"xyz\r\nabc\r\n"]
)
def test_a_body_cut_short_is_incomplete(body: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        contract("s3").operations["PutObject"].parse(_upload(body))
    assert (caught.value.code, caught.value.status) == ("IncompleteBody", 400)


def test_a_number_in_the_query_string_must_be_one() -> None:
    request = HttpRequest("GET", "https", "s3.amazonaws.com", "/b", "max-keys=many")
    with pytest.raises(AwsError, match="Provided max-keys not an integer or within integer range") as caught:
        contract("s3").route(request).parse(request)
    assert caught.value.members == {"ArgumentName": "max-keys", "ArgumentValue": "many"}


def test_answers_have_s3s_root_elements_and_namespace() -> None:
    answer = contract("s3").operations["ListBuckets"].serialize({"Buckets": []}, "an-id")
    root = b'<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets></Buckets>'
    assert root in answer.body
    assert answer.headers["x-amz-request-id"] == "an-id"


def test_errors_stand_alone_with_both_request_ids() -> None:
    error = aws_error("NoSuchKey", 404, "The specified key does not exist.", Key="a&b")
    answer = contract("s3").serialize_error(error, "an-id")
    assert answer.status == 404
    assert answer.body.decode().splitlines()[1] == (
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&amp;b</Key>"
        "<RequestId>an-id</RequestId><HostId>labkit/an-id=</HostId></Error>"
    )


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Any:
        yield self._body

    def read(self, *_: Any) -> bytes:
        body, self._body = self._body, b""
        return body


def _client(answers: dict[str, dict[str, Any]], seen: list[dict[str, Any]]) -> Any:
    """A real boto3 client whose requests are answered by the contract alone."""

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        arrived = http_request(request.method, request.url, request.headers, request.body)
        operation = contract("s3").route(arrived)
        seen.append(operation.parse(arrived))
        response: HttpResponse = operation.serialize(answers[operation.name], "an-id")
        headers: Any = response.headers
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))

    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.meta.events.register("before-send.s3", answer)
    return client


@pytest.mark.parametrize(("region", "said"), [("eu-west-1", "eu-west-1"), (None, None)])
def test_boto3_reads_a_buckets_location(region: str | None, said: str | None) -> None:
    client = _client({"GetBucketLocation": {"LocationConstraint": region}}, [])
    assert client.get_bucket_location(Bucket="b")["LocationConstraint"] == said


def test_boto3s_chunked_upload_arrives_whole() -> None:
    seen: list[dict[str, Any]] = []
    client = _client(
        {"PutObject": {"ETag": '"x"'}, "GetObject": {"Body": b"\x00\xff", "ContentLength": 2}}, seen
    )
    assert client.put_object(Bucket="b", Key="ä b/c", Body=b"\x00\xff" * 70_000)["ETag"] == '"x"'
    assert seen[0]["Body"].read() == b"\x00\xff" * 70_000
    assert seen[0]["Key"] == "ä b/c"
    assert client.get_object(Bucket="b", Key="k")["Body"].read() == b"\x00\xff"
