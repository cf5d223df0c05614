"""Objects that come in parts, and objects that are copied."""

import hashlib
import io
import random
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.s3.conftest import BUCKET, plain
from tests.cloud.services.s3.test_buckets import code
from tests.conftest import MakeClient

MIB = 1024 * 1024
DATA = random.Random(2).randbytes(5 * MIB + 100)
KMS = {"ServerSideEncryption": "aws:kms"}


def begin(s3: Any, **more: Any) -> str:
    return str(s3.create_multipart_upload(Bucket=BUCKET, Key="k", **more)["UploadId"])


def put(s3: Any, upload: str, number: int, body: bytes, **more: Any) -> dict[str, Any]:
    part = s3.upload_part(Bucket=BUCKET, Key="k", UploadId=upload, PartNumber=number, Body=body, **more)
    return {"PartNumber": number, "ETag": part["ETag"]}


def complete(s3: Any, upload: str, *parts: dict[str, Any]) -> dict[str, Any]:
    chosen = {"Parts": list(parts)}
    answer: dict[str, Any] = s3.complete_multipart_upload(
        Bucket=BUCKET, Key="k", UploadId=upload, MultipartUpload=chosen
    )
    return answer


def files(lab: Lab) -> int:
    folder = lab.cloud.blobs._folder
    return len(list(folder.iterdir())) if folder else 0


@pytest.mark.parametrize(
    "how", [{}, KMS, KMS | {"BucketKeyEnabled": True}, {"ServerSideEncryption": "aws:kms:dsse"}]
)
def test_parts_become_one_object(lab: Lab, s3: Any, bucket: str, how: dict[str, Any]) -> None:
    upload = begin(s3, ContentType="text/plain", **how)
    first, second = DATA[: 5 * MIB], DATA[5 * MIB :]
    late = put(s3, upload, 7, second)
    put(s3, upload, 2, b"overwritten")
    early = put(s3, upload, 2, first)
    put(s3, upload, 9, b"not chosen")
    answer = complete(s3, upload, early, late)
    assert answer["ETag"].endswith('-2"')
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == DATA
    assert got["ContentType"] == "text/plain"
    span = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 3}-{5 * MIB + 2}")
    assert span["Body"].read() == DATA[5 * MIB - 3 : 5 * MIB + 3]
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"]) == (second, 2)
    assert files(lab) == 2  # what was overwritten or not chosen is gone


def test_the_etag_is_the_md5_of_the_parts_md5s(s3: Any, bucket: str) -> None:
    upload = begin(s3)
    only = put(s3, upload, 1, b"hello")
    assert only["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    expected = hashlib.md5(hashlib.md5(b"hello").digest()).hexdigest()
    assert complete(s3, upload, only)["ETag"] == f'"{expected}-1"'


def test_what_cannot_be_completed(s3: Any, bucket: str) -> None:
    upload = begin(s3)
    first, second = put(s3, upload, 1, b"short"), put(s3, upload, 2, b"last")
    for parts, error_code in (
        ((second, first), "InvalidPartOrder"),
        ((first, second), "EntityTooSmall"),
        (({"PartNumber": 3, "ETag": "x"},), "InvalidPart"),
        (({"PartNumber": 1, "ETag": second["ETag"]},), "InvalidPart"),
    ):
        with pytest.raises(ClientError) as error:
            complete(s3, upload, *parts)
        assert code(error) == error_code
    with pytest.raises(ClientError) as error:
        complete(s3, "none", first)
    assert code(error) == "NoSuchUpload"
    with pytest.raises(ClientError) as error:
        put(s3, upload, 10_001, b"x")
    assert code(error) == "InvalidArgument"


def test_an_upload_that_is_aborted_leaves_nothing(lab: Lab, s3: Any, bucket: str) -> None:
    upload = begin(s3)
    put(s3, upload, 1, b"x")
    assert [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
    assert [(one["PartNumber"], one["Size"]) for one in listed] == [(1, 1)]
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert files(lab) == 0
    s3.delete_bucket(Bucket=bucket)


def test_a_bucket_takes_its_unfinished_uploads_along(lab: Lab, s3: Any, bucket: str) -> None:
    put(s3, begin(s3), 1, b"x")
    s3.delete_bucket(Bucket=bucket)
    assert files(lab) == 0
    s3.create_bucket(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_boto3_uploads_and_downloads_files_in_parts(s3: Any, bucket: str) -> None:
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, use_threads=False)
    s3.upload_fileobj(io.BytesIO(DATA), bucket, "k", Config=config)
    found = io.BytesIO()
    s3.download_fileobj(bucket, "k", found, Config=config)
    assert found.getvalue() == DATA
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (told["ObjectParts"]["TotalPartsCount"], told["ObjectSize"]) == (2, len(DATA))


def test_a_copy_keeps_what_was_said_and_is_encrypted_anew(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket="other-bucket")
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"hello", Metadata={"a": "1"}, Tagging="t=1")
    copied = s3.copy_object(
        Bucket="other-bucket", Key="k", CopySource={"Bucket": bucket, "Key": "a b/ü"}, **KMS
    )
    assert copied["ServerSideEncryption"] == "aws:kms"
    got = s3.get_object(Bucket="other-bucket", Key="k")
    assert (got["Body"].read(), got["Metadata"], got["TagCount"]) == (b"hello", {"a": "1"}, 1)
    s3.copy_object(
        Bucket=bucket,
        Key="new",
        CopySource=f"{bucket}/a b/ü",
        Metadata={"b": "2"},
        MetadataDirective="REPLACE",
    )
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"b": "2"}


def test_a_copy_onto_itself_has_to_change_something(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    with pytest.raises(ClientError) as error:
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k")
    assert code(error) == "InvalidRequest"
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", **KMS)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_a_copy_needs_the_right_to_read(s3: Any, bucket: str, client: MakeClient) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    other = client("s3", account="444455556666")
    other.create_bucket(Bucket="their-bucket")
    with pytest.raises(ClientError) as error:
        other.copy_object(Bucket="their-bucket", Key="k", CopySource=f"{bucket}/k")
    assert code(error) == "AccessDenied"


def test_a_copy_goes_from_region_to_region(s3: Any, bucket: str, client: MakeClient) -> None:
    paris = client("s3", region="eu-west-3")
    paris.create_bucket(Bucket="in-paris", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    paris.copy_object(Bucket="in-paris", Key="k", CopySource=f"{bucket}/k", **KMS)
    got = paris.get_object(Bucket="in-paris", Key="k")
    assert (got["Body"].read(), ":eu-west-3:" in got["SSEKMSKeyId"]) == (b"hello", True)


def test_a_part_is_copied(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = begin(s3)
    part = s3.upload_part_copy(
        Bucket=bucket,
        Key="k",
        UploadId=upload,
        PartNumber=1,
        CopySource=f"{bucket}/source",
        CopySourceRange="bytes=2-5",
    )
    complete(s3, upload, {"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2345"
    assert plain(s3.list_multipart_uploads(Bucket=bucket))["IsTruncated"] is False
