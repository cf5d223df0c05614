"""Settings of a bucket: its default encryption, its versioning, its tags.

Source: S3 API Reference, "PutBucketEncryption", "PutBucketVersioning", "PutBucketTagging"; User Guide,
"Setting default server-side encryption behavior for Amazon S3 buckets", "Blocking or unblocking SSE-C for a
general purpose bucket".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.services.s3.encryption import BY_KMS
from labkit.cloud.services.s3.model import SSE_C, SSE_S3, DefaultEncryption
from labkit.cloud.services.s3.names import fault, invalid
from labkit.cloud.services.s3.service import S3Service
from labkit.cloud.services.s3.tags import read_tags, tag_set
from labkit.records import replace

SCHEMA = "The XML you provided was not well-formed or did not validate against our published schema"


class Settings(S3Service):
    """What a bucket does by itself."""

    def put_bucket_encryption(
        self,
        Bucket: str,
        ServerSideEncryptionConfiguration: Mapping[str, Any],
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """How new objects are encrypted from now on; those that are there stay as they are.

        Raises:
            NoSuchBucket, MalformedXML. InvalidArgument: a KMS key without KMS.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutEncryptionConfiguration")
        rules = ServerSideEncryptionConfiguration["Rules"]
        if len(rules) != 1:
            raise fault("MalformedXML", 400, SCHEMA)
        wanted = _default_of(rules[0], bucket.Encryption)
        self.tables.buckets.put(replace(bucket, Encryption=wanted))

    def get_bucket_encryption(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """How new objects are encrypted: always somehow. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetEncryptionConfiguration")
        default = bucket.Encryption
        by_default = {"SSEAlgorithm": default.Algorithm, "KMSMasterKeyID": default.KeyId}
        rule = {
            "ApplyServerSideEncryptionByDefault": by_default,
            "BucketKeyEnabled": default.BucketKey,
            "BlockedEncryptionTypes": {"EncryptionType": list(default.Blocked)} if default.Blocked else None,
        }
        return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}

    def delete_bucket_encryption(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> None:
        """Back to SSE-S3. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutEncryptionConfiguration")
        blocked = bucket.Encryption.Blocked
        self.tables.buckets.put(replace(bucket, Encryption=DefaultEncryption(Blocked=blocked)))

    def put_bucket_versioning(
        self,
        Bucket: str,
        VersioningConfiguration: Mapping[str, Any],
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        MFA: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """Keep old versions from now on, or (Suspended) no more.

        NoSuchBucket, IllegalVersioningConfigurationException.
        """
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketVersioning")
        if VersioningConfiguration.get("MFADelete") == "Enabled":
            raise not_built("s3", "PutBucketVersioning with MFADelete")
        status = VersioningConfiguration.get("Status")
        if status is None:
            raise fault(
                "IllegalVersioningConfigurationException",
                400,
                "The Versioning element must be specified",
            )
        self.tables.buckets.put(replace(bucket, Versioning=status))

    def get_bucket_versioning(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """Whether old versions are kept; nothing if that was never said. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketVersioning")
        return {"Status": bucket.Versioning or None}

    def put_bucket_tagging(
        self,
        Bucket: str,
        Tagging: Mapping[str, Any],
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """Replace a bucket's tags. NoSuchBucket, InvalidTag."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketTagging")
        self.tables.buckets.put(replace(bucket, Tags=read_tags(Tagging["TagSet"])))

    def get_bucket_tagging(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """A bucket's tags. NoSuchBucket, NoSuchTagSet."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketTagging")
        if not bucket.Tags:
            raise fault("NoSuchTagSet", 404, "The TagSet does not exist", BucketName=Bucket)
        return {"TagSet": tag_set(bucket.Tags)}

    def delete_bucket_tagging(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> None:
        """Take all tags off. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketTagging")
        self.tables.buckets.put(replace(bucket, Tags=()))


def _default_of(rule: Mapping[str, Any], before: DefaultEncryption) -> DefaultEncryption:
    default = rule.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": SSE_S3}
    algorithm, key_id = default["SSEAlgorithm"], default.get("KMSMasterKeyID")
    if algorithm not in (SSE_S3, *BY_KMS):
        raise not_built("s3", f"default encryption {algorithm}")
    if key_id and algorithm not in BY_KMS:
        raise invalid(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        )
    blocked = before.Blocked
    if "BlockedEncryptionTypes" in rule:
        types = rule["BlockedEncryptionTypes"].get("EncryptionType", ())
        blocked = (SSE_C,) if SSE_C in types else ()
    return DefaultEncryption(algorithm, key_id, bool(rule.get("BucketKeyEnabled")), blocked)
