"""AWS's own examples of S3, as botocore ships them, run against the lab.

The world that each needs is built first: its buckets, an object, an upload under way. Ids are exchanged for
those of this world. An answer must have every member that the example's output has.
"""

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.conftest import MakeClient

EXAMPLES = Loader().load_data("s3/2006-03-01/examples-1")["examples"]
BUILT = [
    (operation, place)
    for operation in operations_built("s3")
    for place in range(len(EXAMPLES.get(operation, ())))
]
# They bring access control lists, which new buckets refuse; or name a bucket as none may be called any more.
REFUSED = {
    ("PutBucketAcl", 0): "AccessControlListNotSupported",
    ("PutObjectAcl", 0): "AccessControlListNotSupported",
    ("PutObject", 2): "AccessControlListNotSupported",
    ("DeleteObject", 1): "NoSuchBucket",
}
# What the lab leaves out of an answer, and why: there is no MFA; such a page is the last one here; and a list
# without a delimiter has no NextMarker, as the API Reference says.
LEFT_OUT = {"MFADelete", "NextMarker", "NextKeyMarker", "NextUploadIdMarker", "NextContinuationToken"}
REGIONS = {"GetBucketLocation": "us-west-2"}
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "111122223333"},
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::examplebucket/*",
        },
    }
)


class World:
    """What an example finds when it runs."""

    def __init__(self, s3: Any, operation: str, example: dict[str, Any], region: str) -> None:
        self.s3, self.operation = s3, operation
        self.given = dict(example["input"])
        if "Policy" in self.given:  # it speaks of another bucket than the one that it is put on
            self.given["Policy"] = self.given["Policy"].replace(":::acl3", f":::{self.given['Bucket']}")
        self.output = example.get("output") or {}
        self.region = region
        if operation != "CreateBucket":
            self._build()

    def _build(self) -> None:
        source = self.given.get("CopySource", "").strip("/").partition("/")
        for bucket in {self.given["Bucket"].lower(), source[0]} - {""}:
            where = {"LocationConstraint": self.region}
            more = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": where}
            self.s3.create_bucket(Bucket=bucket, **more)
            if "VersionId" in json.dumps(self.output) or self.operation == "GetBucketVersioning":
                self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        bucket = self.given["Bucket"].lower()
        if source[2]:
            self.s3.put_object(Bucket=source[0], Key=source[2], Body=b"x" * 200_000)
        if "Tagging" in self.operation and "Bucket" in self.operation:
            tags = [{"Key": "key1", "Value": "value1"}]
            self.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        if self.operation == "GetBucketPolicy":
            self.s3.put_bucket_policy(Bucket=bucket, Policy=POLICY)
        if self.operation != "DeleteBucket":
            self._stock(bucket)

    def _stock(self, bucket: str) -> None:
        key = self.given.get("Key", "HappyFace.jpg")
        put = self.s3.put_object(
            Bucket=bucket, Key=key, Body=b"x" * 43, Tagging="Key1=Value1", Metadata={"a": "b"}
        )
        for name in ("example1.jpg", "example2.jpg"):
            self.s3.put_object(Bucket=bucket, Key=name)
        if "VersionId" in self.given:
            self.given["VersionId"] = put["VersionId"]
        if "UploadId" not in self.given and self.operation != "ListMultipartUploads":
            return
        upload = self.s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        self.s3.create_multipart_upload(Bucket=bucket, Key=f"{key}-2")
        parts = []
        for number, body in ((1, b"x" * 5 * 1024 * 1024), (2, b"y")):
            part = self.s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": part["ETag"]})
        if "UploadId" in self.given:
            self.given["UploadId"] = upload
        if "MultipartUpload" in self.given:
            self.given["MultipartUpload"] = {"Parts": parts}
        # Behind this mark the list goes on.
        self.given |= {"KeyMarker": "A"} if "KeyMarker" in self.given else {}


@pytest.mark.parametrize(("operation", "place"), BUILT)
def test_an_example_of_aws_runs(lab: Lab, client: MakeClient, operation: str, place: int) -> None:
    example, region = EXAMPLES[operation][place], REGIONS.get(operation, "us-east-1")
    s3 = client("s3", region=region)
    world = World(s3, operation, example, region)
    call = getattr(s3, xform_name(operation))
    if (operation, place) in REFUSED:
        with pytest.raises(Exception, match=REFUSED[operation, place]):
            call(**world.given)
        return
    answer = call(**world.given)
    missing = world.output.keys() - answer.keys() - LEFT_OUT
    assert not missing
    if operation in ("CreateBucket", "GetBucketLocation"):
        assert {name: answer[name] for name in world.output} == world.output


def test_most_of_the_examples_can_run() -> None:
    assert (len(BUILT), sum(map(len, EXAMPLES.values()))) == (48, 69)
