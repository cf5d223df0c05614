"""What every chapter of S3 begins with: which bucket, may I, which object.

A bucket's name leads to its account and region, whoever asks. Its policy is asked together with the caller's
own policies; nobody else's bucket opens without it. Anonymous callers depend on it alone.
Source: S3 User Guide, "How Amazon S3 authorizes a request", "Blocking public access to your Amazon S3
storage"; Service Authorization Reference, "Amazon S3".
"""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import not_built
from labkit.cloud.core.service import Service
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import ANONYMOUS, SERVICE, Principal
from labkit.cloud.policy.question import Facts, Value
from labkit.cloud.services.s3.model import Bucket, Current, Named, S3Names, S3Tables, Version, object_id
from labkit.cloud.services.s3.names import fault, faults, no_such_bucket
from labkit.cloud.services.s3.public import is_public
from labkit.cloud.state.arns import arn, partition_of

# What a request says of itself, as condition keys, by the headers and query items that say it.
HEADERS_TOLD = frozenset(
    {
        "x-amz-acl",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
        "x-amz-object-ownership",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-storage-class",
        "if-match",
        "if-none-match",
    }
)
QUERY_TOLD = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "versionId": "s3:VersionId"}

# Calls on objects are data events: a trail may record them, CloudTrail's event history does not.
# Source: CloudTrail User Guide, "Logging data events".
DATA_EVENTS = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjects",
        "DeleteObjectTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "HeadBucket",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
        "ListParts",
        "PutObject",
        "PutObjectAcl",
        "PutObjectTagging",
        "UploadPart",
        "UploadPartCopy",
    }
)


# What CloudTrail calls these otherwise than the API.
EVENT_NAMES = {
    f"{verb}PublicAccessBlock": f"{verb}BucketPublicAccessBlock" for verb in ("Put", "Get", "Delete")
}


class S3Service(Service):
    """Base of S3's chapters. `tables` are those of the bucket that was found last."""

    name = "s3"
    data_events = DATA_EVENTS
    event_names = EVENT_NAMES
    reads = frozenset({"HeadBucket", "HeadObject"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.partition = partition_of(self.region)
        self.tables = cloud.store.tables(S3Tables, self.account, self.region)
        self.names = cloud.store.tables(S3Names, "s3", self.partition).names

    def bucket_arn(self, name: str) -> str:
        """The ARN of a bucket, which tells neither region nor account."""
        return arn("s3", "", "", name, partition=self.partition)

    def object_arn(self, bucket: str, key: str) -> str:
        """The ARN of an object."""
        return self.bucket_arn(f"{bucket}/{key}")

    def tables_of(self, bucket: Bucket | Named) -> S3Tables:
        """S3 where a bucket is."""
        return self.cloud.store.tables(S3Tables, bucket.Account, bucket.Region)

    def find_bucket(
        self, name: str, ExpectedBucketOwner: str | None = None, *, anywhere: bool = False
    ) -> Bucket:
        """A bucket, in whichever account; `tables` are its own from now on. It must be in the region that was
        asked, unless it may be `anywhere`.

        Raises:
            NoSuchBucket: there is none of this name.
            AuthorizationHeaderMalformed: it is in another region than the one the request was signed for.
            AccessDenied: it belongs to another account than the caller expects.
        """
        named = self.names.get(name)
        if named is None:
            raise no_such_bucket(name)
        if not anywhere and self.principal.kind != ANONYMOUS and named.Region != self.region:
            raise wrong_region(self.region, named.Region)
        if ExpectedBucketOwner not in (None, named.Account):
            raise faults.AccessDenied("Access Denied")
        self.tables = self.tables_of(named)
        found = self.tables.buckets.get(name)
        assert found is not None
        return found

    def allow_bucket(
        self,
        bucket: Bucket,
        action: str,
        told: Callable[[], Facts] | None = None,
        *,
        owner_only: bool = False,
    ) -> None:
        """Go on only if the caller may do `action`, such as "s3:ListBucket", with a bucket. AccessDenied."""
        self._allow(bucket, self.bucket_arn(bucket.Name), action, told, owner_only=owner_only)

    def allow_object(
        self, bucket: Bucket, key: str, action: str, told: Callable[[], Facts] | None = None
    ) -> None:
        """Go on only if the caller may do `action` with an object, there or not. AccessDenied."""
        self._allow(bucket, self.object_arn(bucket.Name, key), action, told)

    def _allow(
        self,
        bucket: Bucket,
        resource: str,
        action: str,
        told: Callable[[], Facts] | None,
        *,
        owner_only: bool = False,
    ) -> None:
        def known() -> Facts:
            return {**dict(self._facts(bucket)), **(told() if told else {})}

        policy = None if owner_only else self._policy_for_caller(bucket)
        self.allow(resource, action, policy, owner=bucket.Account, facts=known)

    def _policy_for_caller(self, bucket: Bucket) -> str | None:
        """A bucket's policy as far as it counts: one that is public may be kept from all other accounts."""
        block = bucket.PublicAccess
        outside = self.principal.kind != SERVICE and self.principal.account != bucket.Account
        if outside and block and block.RestrictPublicBuckets and bucket.Policy and is_public(bucket.Policy):
            return None
        return bucket.Policy

    def _facts(self, bucket: Bucket) -> Iterator[tuple[str, Value]]:
        request = self.call.request
        yield "s3:ResourceAccount", bucket.Account
        if self.principal.kind != ANONYMOUS:
            query = "X-Amz-Signature=" in request.query or "Signature=" in request.query
            yield "s3:authType", "REST-QUERY-STRING" if query else "REST-HEADER"
            yield "s3:signatureversion", "AWS4-HMAC-SHA256"
        if request.scheme == "https":
            yield "s3:TlsVersion", "1.3"
        for name in HEADERS_TOLD & request.headers.keys():
            yield f"s3:{name}", request.headers[name]
        for name, value in parse_qsl(request.query, keep_blank_values=True):
            if name in QUERY_TOLD:
                yield QUERY_TOLD[name], value
            elif name == "max-keys" and value.isdecimal():
                yield "s3:max-keys", int(value)

    def current(self, bucket: Bucket, key: str) -> Version | None:
        """The version that is seen without naming one; None if there is none, or it was deleted."""
        found: Current | None = self.tables.current.get(object_id(bucket.Name, key))
        return None if found is None else self.tables.versions.get(found.Version)

    def refuse_unbuilt(self, *names: str) -> None:
        """Refuse what the lab doesn't have, if it is asked for. NotImplemented (501)."""
        for name in names:
            if self.call.parameters.get(name):
                raise not_built("s3", f"{self.operation} with {name}")

    def _denied(self, decision: Decision) -> Exception:
        """S3 tells why to callers in the bucket's own account, and to nobody else."""
        outside = self.principal.kind == ANONYMOUS or not self._own(decision.resource)
        if outside:
            return faults.AccessDenied("Access Denied")
        return faults.AccessDenied(
            f"User: {decision.principal} is not authorized to perform: {decision.action} "
            f'on resource: "{decision.resource}" {decision.reason}'
        )

    def _own(self, resource: str) -> bool:
        named = self.names.get(resource.rpartition(":")[2].partition("/")[0])
        return named is None or named.Account == self.principal.account


def wrong_region(asked: str, right: str) -> Exception:
    """S3's answer in the wrong region, which botocore reads and follows."""
    error = fault(
        "AuthorizationHeaderMalformed",
        400,
        f"The authorization header is malformed; the region '{asked}' is wrong; expecting '{right}'",
        Region=right,
    )
    # An answer to HEAD has no body to say it in.
    error.headers = {"x-amz-bucket-region": right}
    return error
