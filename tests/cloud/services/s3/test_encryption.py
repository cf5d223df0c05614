"""Encryption at rest: four kinds, whose key is whose, and how many times KMS is asked."""

import base64
import json
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from msgspec.structs import asdict

from labkit import Lab
from labkit.cloud.services.s3.keys import KeysAtHand
from tests.cloud.services.s3.conftest import BUCKET, plain, user_client
from tests.cloud.services.s3.test_buckets import code
from tests.conftest import MakeClient

KEY = os.urandom(32)
CUSTOMER: dict[str, Any] = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}


def rule(algorithm: str, **more: Any) -> dict[str, Any]:
    key = {"KMSMasterKeyID": more.pop("key")} if "key" in more else {}
    by_default = {"SSEAlgorithm": algorithm, **key}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default, **more}]}


@pytest.fixture
def key(kms: Any, bucket: str) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def kms_calls(lab: Lab) -> list[tuple[str, str]]:
    """The calls of KMS that are on record, each with the ARN in its encryption context."""
    history = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}]
    )["Events"]
    found = [json.loads(event["CloudTrailEvent"]) for event in reversed(history)]
    return [
        (event["eventName"], event["requestParameters"]["encryptionContext"]["aws:s3:arn"])
        for event in found
        if event["eventName"] != "CreateKey"
    ]


@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
def test_each_object_asks_kms_for_itself(lab: Lab, s3: Any, key: str, algorithm: str) -> None:
    put = s3.put_object(
        Bucket=BUCKET, Key="k", Body=b"hello", ServerSideEncryption=algorithm, SSEKMSKeyId=key
    )
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == (algorithm, key)
    assert put["ETag"] != '"5d41402abc4b2a76b9719d911017c592"'  # not the MD5 of the bytes
    got = s3.get_object(Bucket=BUCKET, Key="k")
    assert got["Body"].read() == b"hello"
    assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == (algorithm, key)
    arn = f"arn:aws:s3:::{BUCKET}/k"
    assert kms_calls(lab) == [("GenerateDataKey", arn), ("Decrypt", arn)]


def test_a_bucket_key_asks_once_for_many(lab: Lab, s3: Any, key: str) -> None:
    s3.put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration=rule("aws:kms", key=key, BucketKeyEnabled=True)
    )
    for name in "abc":
        assert s3.put_object(Bucket=BUCKET, Key=name, Body=name.encode())["BucketKeyEnabled"] is True
    for name in "abc":
        assert s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() == name.encode()
    arn = f"arn:aws:s3:::{BUCKET}"
    assert kms_calls(lab) == [("GenerateDataKey", arn)]
    lab.clock.advance(hours=1)
    assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"a"
    assert kms_calls(lab) == [("GenerateDataKey", arn), ("Decrypt", arn)]


def test_a_bucket_key_serves_nobody_else(lab: Lab, s3: Any, key: str, client: MakeClient) -> None:
    s3.put_object(
        Bucket=BUCKET,
        Key="k",
        Body=b"x",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
        BucketKeyEnabled=True,
    )
    ann = user_client(client, "s3", "ann", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    with pytest.raises(ClientError) as error:
        ann.get_object(Bucket=BUCKET, Key="k")
    assert code(error) == "AccessDenied"
    assert "is not authorized to perform: kms:Decrypt on resource" in str(error.value)


def test_a_disabled_key_opens_nothing(s3: Any, kms: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=BUCKET, Key="k")
    assert code(error) == "KMS.DisabledException"
    assert s3.head_object(Bucket=BUCKET, Key="k")["ContentLength"] == 1
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=BUCKET, Key="n", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert code(error) == "KMS.DisabledException"


def test_without_a_key_the_aws_managed_one_is_used(s3: Any, kms: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (put["SSEKMSKeyId"], managed["KeyManager"]) == (managed["Arn"], "AWS")


def test_default_encryption_is_for_new_objects(s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="old", Body=b"x")
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rule("aws:kms", key=key))
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"x")
    s3.put_object(Bucket=BUCKET, Key="said", Body=b"x", ServerSideEncryption="AES256")
    kinds = {
        name: s3.head_object(Bucket=BUCKET, Key=name)["ServerSideEncryption"]
        for name in ("old", "new", "said")
    }
    assert kinds == {"old": "AES256", "new": "aws:kms", "said": "AES256"}
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert s3.put_object(Bucket=BUCKET, Key="k")["ServerSideEncryption"] == "AES256"


@pytest.fixture
def unblocked(s3: Any, bucket: str) -> None:
    none = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule("AES256", **none))


def test_sse_c_is_blocked_in_new_buckets(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **CUSTOMER)
    assert code(error) == "AccessDenied"


@pytest.mark.usefixtures("unblocked")
def test_a_customer_s_key_is_needed_to_read(s3: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **CUSTOMER)
    assert put["SSECustomerAlgorithm"] == "AES256"
    assert "ServerSideEncryption" not in put
    assert s3.get_object(Bucket=bucket, Key="k", **CUSTOMER)["Body"].read() == b"hello"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert code(error) == "InvalidRequest"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", **CUSTOMER | {"SSECustomerKey": bytes(32)})
    assert code(error) == "AccessDenied"
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", **CUSTOMER | {"SSECustomerKey": b"short"})
    assert code(error) == "InvalidArgument"


@pytest.mark.usefixtures("unblocked")
def test_keys_are_in_no_record_and_no_repr(lab: Lab, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **CUSTOMER)
    tables = lab.cloud.store._open.values()
    stored = repr([asdict(record) for table in tables for record in table])
    assert bucket in stored
    told = stored + lab.audit().to_string() + repr(lab.trace)
    for secret in (base64.b64encode(KEY).decode(), KEY.hex(), repr(KEY)[2:-1]):
        assert secret not in told


def test_kinds_that_contradict_each_other_are_refused(s3: Any, key: str) -> None:
    for wrong in (
        {"SSEKMSKeyId": key},
        {"ServerSideEncryption": "AES256", "SSEKMSKeyId": key},
        {"ServerSideEncryption": "AES256", **CUSTOMER},
        {"ServerSideEncryption": "aws:kms:dsse", "BucketKeyEnabled": True},
        {"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "bm8ganNvbg=="},
    ):
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", **wrong)
        assert code(error) == "InvalidArgument", wrong


def test_the_same_bytes_are_stored_differently_each_time(lab: Lab, s3: Any, bucket: str) -> None:
    for name in "ab":
        s3.put_object(Bucket=bucket, Key=name, Body=b"hello")
    folder = lab.cloud.blobs._folder
    assert folder is not None
    first, second = (blob.read_bytes() for blob in folder.iterdir())
    assert (len(first), len(second)) == (21, 21)
    assert first != second


def test_what_answers_tell_of_encryption(s3: Any, key: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert plain(s3.head_object(Bucket=BUCKET, Key="k")).keys() >= {"ServerSideEncryption", "ETag"}
    assert "SSEKMSKeyId" not in s3.head_object(Bucket=BUCKET, Key="k")


def test_bucket_keys_that_no_longer_serve_are_forgotten(lab: Lab, s3: Any, key: str) -> None:
    asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    at_hand = lab.cloud.part(KeysAtHand)._bucket_keys
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=str(number), Body=b"x", **asked)
        s3.get_object(Bucket=BUCKET, Key="0")
        lab.clock.advance(minutes=6)
    s3.get_object(Bucket=BUCKET, Key="0")
    assert len(at_hand) == 1
