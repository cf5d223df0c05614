"""Objects: put, get, head, delete, in memory and beyond it."""

import hashlib
import logging
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.protocols.bodies import IN_MEMORY
from labkit.cloud.protocols.messages import HttpRequest
from tests.cloud.services.s3.conftest import anonymously, code_of, plain
from tests.cloud.services.s3.test_buckets import code

LONG = random.Random(1).randbytes(3 * IN_MEMORY + 77)


def test_what_was_put_is_got(s3: Any, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="a folder/ü &+?.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-store",
        Expires=datetime(2030, 1, 1, tzinfo=UTC),
        Metadata={"who": "me"},
    )
    assert plain(put) == {
        "ETag": '"5d41402abc4b2a76b9719d911017c592"',
        "ChecksumCRC32": "NhCmhg==",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256",
    }
    got = s3.get_object(Bucket=bucket, Key="a folder/ü &+?.txt")
    assert got["Body"].read() == b"hello"
    head = s3.head_object(Bucket=bucket, Key="a folder/ü &+?.txt", ChecksumMode="ENABLED")
    for answer in (got, head):
        assert answer["ContentLength"] == 5
        assert answer["ContentType"] == "text/plain"
        assert answer["CacheControl"] == "no-store"
        assert answer["Metadata"] == {"who": "me"}
        assert answer["ChecksumCRC32"] == "NhCmhg=="
        assert answer["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, len(LONG)])
def test_an_object_of_any_size_comes_back(s3: Any, bucket: str, size: int) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=LONG[:size])
    got = s3.get_object(Bucket=bucket, Key="k")
    assert hashlib.sha256(got["Body"].read()).digest() == hashlib.sha256(LONG[:size]).digest()
    assert got["ETag"] == f'"{hashlib.md5(LONG[:size]).hexdigest()}"'
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, len(LONG)),
        ("bytes=-77", len(LONG) - 77, len(LONG)),
        ("bytes=65530-65545", 65530, 65546),
        (f"bytes=5-{len(LONG) * 2}", 5, len(LONG)),
        (f"bytes=1000-{IN_MEMORY * 2}", 1000, IN_MEMORY * 2 + 1),
    ],
)
def test_a_stretch_of_an_object(s3: Any, bucket: str, asked: str, first: int, end: int) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=LONG)
    got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes {first}-{end - 1}/{len(LONG)}"
    assert got["ContentLength"] == end - first
    body = got["Body"].read()
    assert (len(body), body == LONG[first:end]) == (end - first, True)


def test_a_stretch_behind_the_end_is_refused_and_what_is_none_is_ignored(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=5-")
    assert (code(error), error.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("InvalidRange", 416)
    for none in ("bytes=3-1", "lines=1-2", "bytes=0-1,3-4"):
        assert s3.get_object(Bucket=bucket, Key="k", Range=none)["Body"].read() == b"12345"


def test_what_is_not_there_is_told_to_who_may_list(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="none")
    assert code(error) == "NoSuchKey"
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket=bucket, Key="none")
    assert code(error) == "404"
    s3.delete_object(Bucket=bucket, Key="none")  # no error
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket="no-such-bucket-here", Key="k")
    assert code(error) == "NoSuchBucket"


def test_conditions_of_reading(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"x"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"other"')
    assert code(error) == "PreconditionFailed"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    assert code(error) == "304"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=datetime(2100, 1, 1, tzinfo=UTC))
    assert code(error) == "304"


def test_conditions_of_writing(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert code(error) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert code(error) == "PreconditionFailed"


@pytest.mark.parametrize(
    ("algorithm", "known"),
    [
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
        ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ],
)
def test_a_checksum_is_checked(s3: Any, bucket: str, algorithm: str, known: str) -> None:
    name = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"123456789", **{name: known})
    assert put[name] == known
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"12345678!", **{name: known})
    assert code(error) == "BadDigest"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"123456789"


def test_no_byte_of_plaintext_is_at_rest(lab: Lab, s3: Any, bucket: str, tmp_path: Path) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret words " * 10_000)
    folder = lab.cloud.blobs._folder
    assert folder is not None
    [blob] = folder.iterdir()
    assert b"secret words" not in blob.read_bytes()
    s3.put_object(Bucket=bucket, Key="k", Body=b"other words")
    [left] = folder.iterdir()
    assert left != blob
    s3.delete_object(Bucket=bucket, Key="k")
    assert not list(folder.iterdir())


def test_a_blob_that_was_changed_does_not_open(lab: Lab, client: Any, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"hello")
    folder = lab.cloud.blobs._folder
    assert folder is not None
    [blob] = folder.iterdir()
    content = bytearray(blob.read_bytes())
    content[0] ^= 1
    blob.write_bytes(content)
    logging.getLogger("labkit").disabled = True
    try:
        with pytest.raises(ClientError) as error:
            client("s3").get_object(Bucket=bucket, Key="k")
    finally:
        logging.getLogger("labkit").disabled = False
    assert code(error) == "InternalFailure"


def test_objects_outlive_a_lab_that_has_a_file(tmp_path: Path, client: Any) -> None:
    path = tmp_path / "class.lab"
    with Lab(path):
        client("s3").create_bucket(Bucket="kept-bucket")
        client("s3").put_object(Bucket="kept-bucket", Key="k", Body=LONG)
    with Lab(path) as lab:
        assert client("s3").get_object(Bucket="kept-bucket", Key="k")["Body"].read() == LONG
        lab.reset()
        assert not (tmp_path / "class.lab.blobs").exists()


def test_bodies_do_not_stay_in_the_trace(lab: Lab, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=LONG)
    request = lab.trace[-1].call.request
    assert request.spooled is not None
    assert request.spooled.file.closed
    assert "3145805 bytes" in str(lab.trace[-1])


def test_a_virtual_host_names_the_bucket(lab: Lab, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    by_host = lab.gateway.handle(HttpRequest("GET", "https", f"{bucket}.localhost:5600", "/k"))
    by_path = anonymously(lab, f"/{bucket}/k")
    assert code_of(by_host) == code_of(by_path) == "AccessDenied"


def test_many_at_once_are_deleted_one_by_one(s3: Any, bucket: str) -> None:
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "none"}]})
    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "none"}]
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b", "c"]
