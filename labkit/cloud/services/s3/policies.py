"""Bucket policies, and the block in front of them: who may use a bucket, said on the bucket itself.

A new bucket takes no policy that is public; its owner has to take the block away first, in a call of its own.
Source: S3 User Guide, "Bucket policies for Amazon S3", "Blocking public access to your Amazon S3 storage";
API Reference, "PutBucketPolicy", "PutPublicAccessBlock".
"""

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.documents import listed
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.policy.principal import ROOT
from labkit.cloud.services.s3.model import Bucket, PublicAccessBlock
from labkit.cloud.services.s3.names import fault, faults
from labkit.cloud.services.s3.public import is_public
from labkit.cloud.services.s3.service import S3Service
from labkit.records import replace

LONGEST = 20 * 1024


class Policies(S3Service):
    """Policies of buckets, and public access blocks."""

    def put_bucket_policy(
        self,
        Bucket: str,
        Policy: str,
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ConfirmRemoveSelfBucketAccess: bool = False,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """Attach a policy in place of the one there is.

        Raises:
            NoSuchBucket, AccessDenied; the latter also for a public policy where those are blocked.
            MalformedPolicy: it is none, or speaks of something else than this bucket.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self._allow_owner(bucket, "s3:PutBucketPolicy")
        self._check_policy(bucket, Policy)
        block = bucket.PublicAccess
        if block and block.BlockPublicPolicy and is_public(Policy):
            raise faults.AccessDenied(
                f"User: {self.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"{self.bucket_arn(Bucket)}" because public policies are prevented by the BlockPublicPolicy '
                "setting in S3 Block Public Access."
            )
        self.tables.buckets.put(replace(bucket, Policy=Policy))

    def get_bucket_policy(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """A bucket's policy. NoSuchBucket, NoSuchBucketPolicy."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self._allow_owner(bucket, "s3:GetBucketPolicy")
        return {"Policy": _policy_of(bucket)}

    def delete_bucket_policy(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> None:
        """Take a bucket's policy off. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self._allow_owner(bucket, "s3:DeleteBucketPolicy")
        self.tables.buckets.put(replace(bucket, Policy=None))

    def get_bucket_policy_status(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """Whether a bucket's policy is public. NoSuchBucket, NoSuchBucketPolicy."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketPolicyStatus")
        return {"PolicyStatus": {"IsPublic": is_public(_policy_of(bucket))}}

    def put_public_access_block(
        self,
        Bucket: str,
        PublicAccessBlockConfiguration: Mapping[str, Any],
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """Say what a bucket blocks; what is not named is off. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketPublicAccessBlock")
        names = PublicAccessBlock.__struct_fields__
        block = PublicAccessBlock(**{name: bool(PublicAccessBlockConfiguration.get(name)) for name in names})
        self.tables.buckets.put(replace(bucket, PublicAccess=block))

    def get_public_access_block(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """What a bucket blocks. NoSuchBucket, NoSuchPublicAccessBlockConfiguration."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketPublicAccessBlock")
        if bucket.PublicAccess is None:
            raise fault(
                "NoSuchPublicAccessBlockConfiguration",
                404,
                "The public access block configuration was not found",
                BucketName=Bucket,
            )
        return {"PublicAccessBlockConfiguration": asdict(bucket.PublicAccess)}

    def delete_public_access_block(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> None:
        """Block nothing any more. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketPublicAccessBlock")
        self.tables.buckets.put(replace(bucket, PublicAccess=None))

    def _allow_owner(self, bucket: Bucket, action: str) -> None:
        """As `allow_bucket`, save that a policy can't lock the account's root user out from changing it, nor
        can it let another account in to do so."""
        root = self.principal.kind == ROOT and self.principal.account == bucket.Account
        self.allow_bucket(bucket, action, owner_only=root)
        if self.principal.account != bucket.Account:
            raise fault(
                "MethodNotAllowed",
                405,
                "The specified method is not allowed against this resource.",
                Method=self.call.request.method,
                ResourceType="BUCKETPOLICY",
            )

    def _check_policy(self, bucket: Bucket, policy: str) -> None:
        if len(policy.encode()) > LONGEST:
            raise fault("PolicyTooLarge", 400, f"Policies must not be larger than {LONGEST} bytes")
        try:
            check_document(policy, "resource")
        except MalformedPolicyError as error:
            raise _malformed(str(error)) from None
        own = self.bucket_arn(bucket.Name)
        for statement in listed(json.loads(policy)["Statement"]):
            for action in _named(statement, "Action"):
                if action != "*" and not action.lower().startswith("s3:"):
                    raise _malformed("Policy has invalid action")
            for resource in _named(statement, "Resource"):
                if resource != "*" and resource != own and not resource.startswith(f"{own}/"):
                    raise _malformed("Policy has invalid resource")


def _named(statement: Mapping[str, Any], element: str) -> list[str]:
    return listed(statement.get(element, statement.get(f"Not{element}", [])))


def _policy_of(bucket: Bucket) -> str:
    if bucket.Policy is None:
        raise fault("NoSuchBucketPolicy", 404, "The bucket policy does not exist", BucketName=bucket.Name)
    return bucket.Policy


def _malformed(message: str) -> Exception:
    return fault("MalformedPolicy", 400, message)
