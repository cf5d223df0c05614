"""Access control lists, which are off: a bucket's owner owns all that is in it, and policies alone decide.

That is how every new bucket has been since April 2023 (Object Ownership: bucket owner enforced). Lists can
still be read, and say that the owner may do everything. The lab has no buckets where they are on.
Source: S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.policy.naming import canonical_user
from labkit.cloud.services.s3.model import OWNER_ENFORCED
from labkit.cloud.services.s3.names import fault
from labkit.cloud.services.s3.versions import Versions

GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
ALLOWED = (None, "bucket-owner-full-control")


def check_no_lists(parameters: Mapping[str, Any]) -> None:
    """Go on only if a request brings no access control list. AccessControlListNotSupported (400)."""
    if parameters.get("ACL") not in ALLOWED or any(parameters.get(name) for name in GRANTS):
        raise fault("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")


class Acls(Versions):
    """Read lists; refuse to change them."""

    def get_bucket_acl(self, Bucket: str, ExpectedBucketOwner: str | None = None) -> dict[str, Any]:
        """Who may what with a bucket, so far as its list says. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketAcl")
        return owner_may_all(bucket.Account)

    def put_bucket_acl(
        self,
        Bucket: str,
        ACL: str | None = None,
        AccessControlPolicy: Mapping[str, Any] = {},
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWrite: str | None = None,
        GrantWriteACP: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> None:
        """Refused: lists are off. AccessControlListNotSupported, NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketAcl")
        self._refuse(bucket.Account, ACL, AccessControlPolicy)

    def put_object_acl(
        self,
        Bucket: str,
        Key: str,
        ACL: str | None = None,
        AccessControlPolicy: Mapping[str, Any] = {},
        ContentMD5: str | None = None,
        ChecksumAlgorithm: str | None = None,
        GrantFullControl: str | None = None,
        GrantRead: str | None = None,
        GrantReadACP: str | None = None,
        GrantWrite: str | None = None,
        GrantWriteACP: str | None = None,
        RequestPayer: str | None = None,
        VersionId: str | None = None,
        ExpectedBucketOwner: str | None = None,
    ) -> dict[str, Any]:
        """Refused: lists are off. AccessControlListNotSupported, NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_object(bucket, Key, "s3:PutObjectVersionAcl" if VersionId else "s3:PutObjectAcl")
        self._refuse(bucket.Account, ACL, AccessControlPolicy)
        return {}

    def _refuse(self, account: str, acl: str | None, policy: Mapping[str, Any]) -> None:
        # The one list that changes nothing is taken.
        if policy and policy.get("Grants") != owner_may_all(account)["Grants"]:
            raise fault("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
        check_no_lists(self.call.parameters)

    def get_bucket_ownership_controls(
        self, Bucket: str, ExpectedBucketOwner: str | None = None
    ) -> dict[str, Any]:
        """Who owns what is put into a bucket: always its owner. NoSuchBucket."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:GetBucketOwnershipControls")
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.Ownership}]}}

    def put_bucket_ownership_controls(
        self,
        Bucket: str,
        OwnershipControls: Mapping[str, Any],
        ContentMD5: str | None = None,
        ExpectedBucketOwner: str | None = None,
        ChecksumAlgorithm: str | None = None,
    ) -> None:
        """Keep ownership as it is; the lab has no other. NoSuchBucket, MalformedXML, NotImplemented."""
        bucket = self.find_bucket(Bucket, ExpectedBucketOwner)
        self.allow_bucket(bucket, "s3:PutBucketOwnershipControls")
        wanted = [rule["ObjectOwnership"] for rule in OwnershipControls["Rules"]]
        if len(wanted) != 1:
            raise fault("MalformedXML", 400, "The XML you provided was not well-formed")
        refuse_lists(wanted[0])


def refuse_lists(ownership: str) -> None:
    """Refuse buckets in which access control lists count. NotImplemented (501)."""
    if ownership != OWNER_ENFORCED:
        raise not_built("s3", f"object ownership {ownership}")


def owner_of(account: str) -> dict[str, str]:
    """An account as S3 names it: by a canonical user id."""
    return {"ID": canonical_user(account)}


def owner_may_all(account: str) -> dict[str, Any]:
    """The one access control list there is."""
    grantee = {"Type": "CanonicalUser", "ID": canonical_user(account)}
    return {"Owner": owner_of(account), "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]}
