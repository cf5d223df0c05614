"""Presigned URLs: they carry their maker's permissions, for a time, and for one thing."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from tests.cloud.services.s3.conftest import BUCKET, code_of


@pytest.fixture(params=["easy", "strict"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab(identities=request.param) as lab:
        s3 = boto3.client("s3", **lab.credentials())
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="a b.txt", Body=b"hello")
        yield lab


def signer(lab: Lab, version: str) -> Any:
    session: Any = boto3.Session(region_name="us-east-1")
    return session.client("s3", config=Config(signature_version=version), **lab.credentials())


def send(lab: Lab, method: str, url: str, body: bytes = b"", **headers: str) -> HttpResponse:
    parts = urlsplit(url)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lab.gateway.handle(
        HttpRequest(method, parts.scheme, parts.netloc, parts.path, parts.query, told, body)
    )


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_url_reads_one_object_for_a_time(lab: Lab, version: str, monkeypatch: Any) -> None:
    asked = {"Bucket": BUCKET, "Key": "a b.txt", "ResponseContentType": "text/plain"}
    url = signer(lab, version).generate_presigned_url("get_object", Params=asked, ExpiresIn=60)
    assert ("X-Amz-Signature" in url) == (version == "s3v4")
    answer = send(lab, "GET", url)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"hello", "text/plain")
    now = time.time()
    ended = signer(lab, version)
    monkeypatch.setattr(time, "time", lambda: now - 7200)
    if version == "s3":
        url = ended.generate_presigned_url("get_object", Params=asked, ExpiresIn=60)
        answer = send(lab, "GET", url)
        assert (answer.status, code_of(answer)) == (403, "AccessDenied")
        assert b"Request has expired" in answer.body


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_url_writes(lab: Lab, version: str) -> None:
    asked = {"Bucket": BUCKET, "Key": "new"}
    url = signer(lab, version).generate_presigned_url("put_object", Params=asked)
    assert send(lab, "PUT", url, b"whatever").status == 200
    got = signer(lab, "s3v4").get_object(Bucket=BUCKET, Key="new")
    assert got["Body"].read() == b"whatever"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_url_is_good_for_what_was_signed(version: str) -> None:
    with Lab(identities="strict") as lab:
        s3 = signer(lab, "s3v4")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="other", Body=b"x")
        url = signer(lab, version).generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
        answer = send(lab, "GET", url.replace("/k?", "/other?"))
        assert (answer.status, code_of(answer)) == (403, "SignatureDoesNotMatch")
        assert send(lab, "DELETE", url).status == 403
