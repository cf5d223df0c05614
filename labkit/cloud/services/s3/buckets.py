"""Buckets: made, found, listed, deleted. A name belongs to whoever took it first, in whichever account.

Source: S3 API Reference, "CreateBucket", "DeleteBucket", "HeadBucket", "ListBuckets", "GetBucketLocation".
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.services.s3 import model
from labkit.cloud.services.s3.acls import owner_of, refuse_lists
from labkit.cloud.services.s3.model import OWNER_ENFORCED, Named, S3Tables
from labkit.cloud.services.s3.names import check_name, fault, faults, invalid
from labkit.cloud.services.s3.pending import Pending
from labkit.cloud.services.s3.tags import read_tags

FIRST_REGION = "us-east-1"
OLD_NAMES = {"EU": "eu-west-1"}
MOST_AT_ONCE = 10_000


class Buckets(Pending):
    """The life of a bucket."""

    def create_bucket(
        self,
        Bucket: str,
        ACL: str | None = None,
        CreateBucketConfiguration: Mapping[str, Any] = {},
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWrite: str | None = None,
        GrantWriteACP: str | None = None,
        ObjectLockEnabledForBucket: bool = False,
        ObjectOwnership: str = OWNER_ENFORCED,
        BucketNamespace: str = "global",
    ) -> dict[str, Any]:
        """A new bucket: nobody else gets in, access control lists are off, objects are encrypted (SSE-S3).

        Raises:
            InvalidBucketName, IllegalLocationConstraintException, InvalidLocationConstraint.
            BucketAlreadyExists, BucketAlreadyOwnedByYou: the name is taken.
        """
        self.allow(self.bucket_arn(Bucket), "s3:CreateBucket")
        self.refuse_unbuilt("ObjectLockEnabledForBucket")
        refuse_lists(ObjectOwnership)
        if ACL not in (None, "private"):
            raise fault(
                "InvalidBucketAclWithObjectOwnership",
                400,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
        if BucketNamespace != "global":
            self.refuse_unbuilt("BucketNamespace")
        check_name(Bucket)
        region = self._region_for(CreateBucketConfiguration.get("LocationConstraint"))
        tags = read_tags(CreateBucketConfiguration.get("Tags", ()))
        elsewhere = "LocationConstraint" in CreateBucketConfiguration
        location = f"http://{Bucket}.s3.amazonaws.com/" if elsewhere else f"/{Bucket}"
        answer = {"Location": location, "BucketArn": self.bucket_arn(Bucket)}
        if taken := self.names.get(Bucket):
            if taken.Account != self.account:
                raise faults.BucketAlreadyExists(
                    "The requested bucket name is not available. The bucket namespace is shared by all users "
                    "of the system. Please select a different name and try again.",
                    BucketName=Bucket,
                )
            if not taken.Region == region == FIRST_REGION:
                raise faults.BucketAlreadyOwnedByYou(
                    "Your previous request to create the named bucket succeeded and you already own it.",
                    BucketName=Bucket,
                )
            return answer  # as in us-east-1 on AWS, where this has always been no error
        named = Named(Bucket, self.account, region)
        self.names.put(named)
        self.tables_of(named).buckets.put(model.Bucket(Bucket, self.account, region, self.now, Tags=tags))
        return answer

    def _region_for(self, constraint: str | None) -> str:
        asked = OLD_NAMES.get(constraint or "", constraint)
        if asked == FIRST_REGION:
            raise fault(
                "InvalidLocationConstraint",
                400,
                "The specified location-constraint is not valid",
                LocationConstraint=asked,
            )
        if self.region != FIRST_REGION and asked != self.region:
            which = f"The {asked}" if asked else "The unspecified"
            raise fault(
                "IllegalLocationConstraintException",
                400,
                f"{which} location constraint is incompatible for the region specific endpoint this request "
                "was sent to.",
            )
        return asked or self.region

    def delete_bucket(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> None:
        """Delete a bucket that holds nothing. NoSuchBucket, BucketNotEmpty."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:DeleteBucket")
        if next(self.tables.versions.beginning(f"{Bucket}/"), None) is not None:
            hint = " You must delete all versions in the bucket." if bucket.Versioning else ""
            raise fault(
                "BucketNotEmpty",
                409,
                f"The bucket you tried to delete is not empty{'.' + hint if hint else ''}",
                BucketName=Bucket,
            )
        for upload in list(self.tables.uploads.beginning(f"{Bucket}/")):
            self.forget_upload(upload)
        self.tables.buckets.delete(Bucket)
        self.names.delete(Bucket)

    def head_bucket(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """Whether there is such a bucket, and the caller may look into it. NoSuchBucket, AccessDenied."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:ListBucket")
        return {
            "BucketRegion": bucket.Region,
            "BucketArn": self.bucket_arn(Bucket),
            "AccessPointAlias": False,
        }

    def get_bucket_location(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """The region of a bucket; empty for us-east-1. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketLocation")
        return {"LocationConstraint": None if bucket.Region == FIRST_REGION else bucket.Region}

    def list_buckets(
        self,
        MaxBuckets: int = MOST_AT_ONCE,
        ContinuationToken: str | None = None,
        Prefix: str | None = None,
        BucketRegion: str | None = None,
    ) -> dict[str, Any]:
        """The caller's own buckets, in the order of their names, from all regions. InvalidArgument."""
        self.allow("*", "s3:ListAllMyBuckets")
        try:
            after = read_marker(ContinuationToken) if ContinuationToken else ""
        except BadMarkerError:
            raise invalid("The continuation token provided is incorrect") from None
        mine = sorted(self._own_buckets(BucketRegion), key=lambda bucket: bucket.Name)
        fitting = (one for one in mine if one.Name > after and one.Name.startswith(Prefix or ""))
        page = list(islice(fitting, MaxBuckets + 1))
        shown = page[:MaxBuckets]
        return {
            "Owner": owner_of(self.account),
            "Buckets": [
                {
                    "Name": bucket.Name,
                    "CreationDate": bucket.CreationDate,
                    "BucketRegion": bucket.Region,
                    "BucketArn": self.bucket_arn(bucket.Name),
                }
                for bucket in shown
            ],
            "Prefix": Prefix,
            "ContinuationToken": make_marker(shown[-1].Name) if len(page) > len(shown) else None,
        }

    def _own_buckets(self, region: str | None) -> Iterator[model.Bucket]:
        for scope in self.cloud.store.scopes(S3Tables):
            if scope.account == self.account and region in (None, scope.region):
                yield from self.cloud.store.tables(S3Tables, *scope).buckets
