"""Versions and lists: what is kept, what is seen, and in which order."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import mock_aws
from tests.cloud.services.s3.conftest import BUCKET
from tests.cloud.services.s3.test_buckets import code
from tests.conftest import MakeClient


@pytest.fixture
def versioned(s3: Any, bucket: str) -> Any:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    return s3


def put(s3: Any, body: bytes, key: str = "k") -> str | None:
    version: str | None = s3.put_object(Bucket=BUCKET, Key=key, Body=body).get("VersionId")
    return version


def read(s3: Any, **which: Any) -> bytes:
    body: bytes = s3.get_object(Bucket=BUCKET, Key="k", **which)["Body"].read()
    return body


def test_versions_are_kept_and_can_be_named(versioned: Any) -> None:
    first, second = put(versioned, b"1"), put(versioned, b"2")
    assert (read(versioned), read(versioned, VersionId=first), read(versioned, VersionId=second)) == (
        b"2",
        b"1",
        b"2",
    )
    found = versioned.list_object_versions(Bucket=BUCKET)["Versions"]
    assert [(one["VersionId"], one["IsLatest"]) for one in found] == [(second, True), (first, False)]


def test_a_deletion_only_hides(versioned: Any) -> None:
    first = put(versioned, b"1")
    gone = versioned.delete_object(Bucket=BUCKET, Key="k")
    assert gone["DeleteMarker"] is True
    with pytest.raises(ClientError) as error:
        read(versioned)
    assert code(error) == "NoSuchKey"
    headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true"
    with pytest.raises(ClientError) as error:
        read(versioned, VersionId=gone["VersionId"])
    assert code(error) == "MethodNotAllowed"
    assert read(versioned, VersionId=first) == b"1"
    assert versioned.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert len(versioned.list_object_versions(Bucket=BUCKET)["DeleteMarkers"]) == 1
    versioned.delete_object(Bucket=BUCKET, Key="k", VersionId=gone["VersionId"])
    assert read(versioned) == b"1"


def test_the_version_below_comes_to_light(versioned: Any) -> None:
    first, second = put(versioned, b"1"), put(versioned, b"2")
    versioned.delete_object(Bucket=BUCKET, Key="k", VersionId=second)
    assert read(versioned) == b"1"
    versioned.delete_object(Bucket=BUCKET, Key="k", VersionId=first)
    with pytest.raises(ClientError):
        read(versioned)
    versioned.delete_bucket(Bucket=BUCKET)


def test_suspended_replaces_null_alone(s3: Any, bucket: str) -> None:
    assert put(s3, b"before") is None
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = put(s3, b"kept")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert put(s3, b"after") == "null"
    assert put(s3, b"again") == "null"
    assert (read(s3), read(s3, VersionId="null"), read(s3, VersionId=kept)) == (b"again", b"again", b"kept")
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2


def test_a_version_that_is_not_there(versioned: Any) -> None:
    put(versioned, b"1")
    with pytest.raises(ClientError) as error:
        read(versioned, VersionId="none")
    assert code(error) == "NoSuchVersion"


def test_folders_are_what_keys_share(s3: Any, bucket: str) -> None:
    for key in ("a", "b/1", "b/2", "b/c/3", "d/4"):
        s3.put_object(Bucket=bucket, Key=key)
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [one["Key"] for one in top["Contents"]] == ["a"]
    assert [one["Prefix"] for one in top["CommonPrefixes"]] == ["b/", "d/"]
    assert top["KeyCount"] == 3
    inside = s3.list_objects_v2(Bucket=bucket, Delimiter="/", Prefix="b/")
    assert [one["Key"] for one in inside["Contents"]] == ["b/1", "b/2"]
    assert [one["Prefix"] for one in inside["CommonPrefixes"]] == ["b/c/"]
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="b/2")
    assert [one["Key"] for one in after["Contents"]] == ["b/c/3", "d/4"]


keys = st.lists(st.text("ab/", min_size=1, max_size=4), unique=True, max_size=8)


@settings(max_examples=25, deadline=None)
@given(keys, st.sampled_from(["", "a", "a/", "b"]), st.sampled_from([None, "/"]), st.integers(1, 4))
def test_pages_together_are_the_whole_list(
    client: MakeClient, names: list[str], prefix: str, delimiter: str | None, size: int
) -> None:
    with mock_aws():
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for name in names:
            s3.put_object(Bucket=BUCKET, Key=name)
        expected = set()
        for name in names:
            if name.startswith(prefix):
                head, found, _ = name[len(prefix) :].partition(delimiter or "\0")
                expected.add(prefix + head + (delimiter or "") if found else name)
        for operation in ("list_objects_v2", "list_objects", "list_object_versions"):
            told: list[str] = []
            asked = {"Bucket": BUCKET, "Prefix": prefix} | ({"Delimiter": delimiter} if delimiter else {})
            pages = s3.get_paginator(operation).paginate(**asked, PaginationConfig={"PageSize": size})
            for page in pages:
                listed = page.get("Contents", []) + page.get("Versions", [])
                told += sorted(
                    [one["Key"] for one in listed] + [one["Prefix"] for one in page.get("CommonPrefixes", [])]
                )
            assert told == sorted(expected), operation


def test_tags_of_objects(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Tagging="a=1&b=x%20y")
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "x y"},
    ]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Tagging="&".join(f"t{n}=1" for n in range(11)))
    assert code(error) == "BadRequest"
