"""Code out of a bucket, and code that works with one."""

import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.crypto.randomness import random_bytes
from tests.cloud.services.lambda_.conftest import MakeFunction, make_role, zipped
from tests.conftest import MakeClient


@pytest.fixture
def bucket(lab: Any, client: MakeClient) -> Any:
    """Return an S3 client, once there is a bucket called code."""
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    return s3


def test_code_may_be_in_a_bucket_however_long_it_is(functions: Any, make: MakeFunction, bucket: Any) -> None:
    archive = io.BytesIO(zipped("def handler(event, context): return 'from a bucket'"))
    bucket.put_object(Bucket="code", Key="small.zip", Body=archive.getvalue())
    make(Code={"S3Bucket": "code", "S3Key": "small.zip"})
    assert functions.invoke(FunctionName="work")["Payload"].read() == b'"from a bucket"'
    with zipfile.ZipFile(archive, "a") as package:
        package.writestr("data.bin", random_bytes(3_000_000))
    bucket.put_object(Bucket="code", Key="large.zip", Body=archive.getvalue())
    answer = functions.update_function_code(FunctionName="work", S3Bucket="code", S3Key="large.zip")
    assert answer["CodeSize"] == len(archive.getvalue())
    assert functions.invoke(FunctionName="work")["Payload"].read() == b'"from a bucket"'


def test_what_the_bucket_says_is_handed_on(make: MakeFunction, bucket: Any) -> None:
    with pytest.raises(ClientError) as caught:
        make(Code={"S3Bucket": "code", "S3Key": "none.zip"})
    assert caught.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The "
        "specified key does not exist.",
    }


def test_objects_go_in_and_out_of_a_function(
    functions: Any, make: MakeFunction, bucket: Any, client: MakeClient
) -> None:
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    make(
        """
        import boto3
        import hashlib

        def handler(event, context):
            s3 = boto3.client("s3")
            body = s3.get_object(Bucket="code", Key="in")["Body"].read()
            s3.put_object(Bucket="code", Key="out", Body=body[::-1])
            return hashlib.sha256(body).hexdigest()
        """,
        Role=make_role(client, "copier", everything),
        Timeout=30,
    )
    content = random_bytes(3_000_000)
    bucket.put_object(Bucket="code", Key="in", Body=content)
    answer = functions.invoke(FunctionName="work")
    assert "FunctionError" not in answer
    assert bucket.get_object(Bucket="code", Key="out")["Body"].read() == content[::-1]
