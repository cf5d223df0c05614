"""Objects as they lie on the disk, and the four requests, through the lens."""

from typing import Any

import boto3
import pytest

from labkit import Lab, lens


@pytest.fixture
def stocked(lab: Lab) -> Any:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="k", Body=b"hello")
    s3.put_object(Bucket="a-bucket", Key="sealed", Body=b"hello", ServerSideEncryption="aws:kms")
    return s3


def test_an_object_lies_sealed(lab: Lab, stocked: Any) -> None:
    stored = lens.stored_object(lab, "a-bucket", "k")
    assert (len(stored), b"hello" in stored) == (5 + 16, False)
    with pytest.raises(LookupError, match="no object 'none'"):
        lens.stored_object(lab, "a-bucket", "none")
    with pytest.raises(LookupError):
        lens.stored_object(lab, "no-bucket", "k")


def test_the_table_of_objects(lab: Lab, stocked: Any) -> None:
    table = lab.objects()
    assert list(table["Key"]) == ["k", "sealed"]
    assert list(table["ServerSideEncryption"]) == ["AES256", "aws:kms"]
    assert list(table["Size"]) == [5, 5]
    assert list(table["StoredBytes"]) == [21, 21]
    assert ":key/" in table["SSEKMSKeyId"][1]


def test_four_requests_and_their_answers(lab: Lab, stocked: Any) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    access_key = iam.create_access_key(UserName="ann")["AccessKey"]
    found = lens.request_matrix(lab.serve(), "a-bucket", "k", access_key)
    assert {cell: repr(answer) for cell, answer in found.items()} == {
        ("http", "anonymous"): "403 AccessDenied",
        ("http", "user"): "200 OK",
        ("https", "anonymous"): "403 AccessDenied",
        ("https", "user"): "200 OK",
    }
