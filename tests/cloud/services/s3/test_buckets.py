"""Buckets: their names, their regions, and what a new one is like."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.s3.conftest import plain
from tests.conftest import MakeClient


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_new_bucket_lets_nobody_in_and_encrypts(s3: Any, bucket: str) -> None:
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", ACL="public-read")
    assert code(error) == "AccessControlListNotSupported"


@pytest.mark.parametrize(
    "name", ["ab", "Upper", "under_score", "-start", "end-", "192.168.5.4", "a..b", "a-s3alias", "xn--a"]
)
def test_what_is_no_name_for_a_bucket_is_refused(s3: Any, name: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket=name)
    assert code(error) == "InvalidBucketName"


def test_a_name_is_taken_for_all_accounts(s3: Any, bucket: str, client: MakeClient) -> None:
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"  # in us-east-1, and one's own
    with pytest.raises(ClientError) as error:
        client("s3", account="444455556666").create_bucket(Bucket=bucket)
    assert code(error) == "BucketAlreadyExists"


def test_a_bucket_of_one_s_own_cannot_be_made_again_elsewhere(lab: Lab, client: MakeClient) -> None:
    paris = client("s3", region="eu-west-3")
    where = {"LocationConstraint": "eu-west-3"}
    paris.create_bucket(Bucket="again", CreateBucketConfiguration=where)
    with pytest.raises(ClientError) as error:
        paris.create_bucket(Bucket="again", CreateBucketConfiguration=where)
    assert code(error) == "BucketAlreadyOwnedByYou"
    with pytest.raises(ClientError) as error:
        paris.create_bucket(Bucket="nowhere")
    assert code(error) == "IllegalLocationConstraintException"


def test_a_client_finds_a_bucket_of_another_region(s3: Any, client: MakeClient) -> None:
    paris = client("s3", region="eu-west-3")
    paris.create_bucket(Bucket="in-paris", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="in-paris", Key="k", Body=b"told where to go, and went there")
    assert s3.head_bucket(Bucket="in-paris")["BucketRegion"] == "eu-west-3"
    assert s3.get_bucket_location(Bucket="in-paris")["LocationConstraint"] == "eu-west-3"


def test_buckets_are_listed_from_all_regions_by_name(s3: Any, client: MakeClient) -> None:
    s3.create_bucket(Bucket="zebra")
    s3.create_bucket(Bucket="ant-hill", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client("s3", account="444455556666").create_bucket(Bucket="not-mine")
    found = s3.list_buckets()["Buckets"]
    assert [(one["Name"], one["BucketRegion"]) for one in found] == [
        ("ant-hill", "eu-west-1"),
        ("zebra", "us-east-1"),
    ]
    first = s3.list_buckets(MaxBuckets=1)
    rest = s3.list_buckets(MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
    assert [one["Name"] for page in (first, rest) for one in page["Buckets"]] == ["ant-hill", "zebra"]


def test_only_an_empty_bucket_goes(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k")
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=bucket)
    assert code(error) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    with pytest.raises(ClientError) as error:
        s3.head_bucket(Bucket=bucket)
    assert code(error) == "404"


def test_tags_of_a_bucket(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.get_bucket_tagging(Bucket=bucket)
    assert code(error) == "NoSuchTagSet"
    tags = [{"Key": "team", "Value": "blue"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert plain(s3.get_bucket_tagging(Bucket=bucket)) == {"TagSet": tags}
    s3.delete_bucket_tagging(Bucket=bucket)
    with pytest.raises(ClientError):
        s3.get_bucket_tagging(Bucket=bucket)


def test_the_history_tells_of_buckets_and_not_of_objects(lab: Lab, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.get_object(Bucket=bucket, Key="k")
    s3.delete_public_access_block(Bucket=bucket)
    assert list(lab.audit()["EventName"]) == ["CreateBucket", "DeleteBucketPublicAccessBlock"]
    assert [call.operation for call in lab.trace] == [
        "CreateBucket",
        "PutObject",
        "GetObject",
        "DeletePublicAccessBlock",
    ]
