"""The key that an object's bytes are encrypted under, made and had again.

S3 asks KMS in its caller's name, so the key's policy binds whoever asks. The encryption context ties a data
key to its place: aws:s3:arn is the object's ARN, or the bucket's where a bucket key stands between.
What S3's own key is AWS does not say; the lab's is derived from the secret of its HSMs.
Source: S3 User Guide, "Using server-side encryption with AWS KMS keys", "Reducing the cost of SSE-KMS with
Amazon S3 Bucket Keys", "Using dual-layer server-side encryption".
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3.encryption import BY_KMS, Wanted, md5_of
from labkit.cloud.services.s3.model import DSSE_KMS, SSE_C, Bucket, ObjectEncryption
from labkit.cloud.services.s3.names import fault, faults
from labkit.cloud.services.s3.service import S3Service
from labkit.crypto import kdf, wrap
from labkit.crypto.aead import KEY_BYTES
from labkit.crypto.randomness import random_bytes

DEFAULT_KEY = "alias/aws/s3"
ARN = "aws:s3:arn"
OWN_KEY = b"labkit S3 managed key"
CUSTOMER_KEY = b"labkit S3 customer key"

# AWS only says that a bucket key serves for a limited time, and that each requester makes S3 ask anew.
BUCKET_KEY_LIFETIME = timedelta(minutes=5)


class DataKeys(NamedTuple):
    """An object's data key, and the one of the second layer (empty: there is none)."""

    inner: bytes
    outer: bytes = b""


class BucketKey(NamedTuple):
    """A bucket key in the clear, the same wrapped by KMS, under which KMS key, and until when."""

    plaintext: bytes
    wrapped: bytes
    key_arn: str
    until: datetime


class KeysAtHand:
    """What S3 holds in memory and nowhere else: its own key, and bucket keys for a while."""

    def __init__(self, cloud: Cloud) -> None:
        self._root = cloud.hsm_memory.root
        self._bucket_keys: dict[tuple[str, ...], BucketKey] = {}

    def own(self, bucket: Bucket) -> bytes:
        """S3's own key for the objects of an account in a region."""
        return kdf.derive(self._root, OWN_KEY, f"{bucket.Account} {bucket.Region}".encode(), KEY_BYTES)

    def find(self, address: tuple[str, ...], now: datetime) -> BucketKey | None:
        """A bucket key that still serves; those that no longer do are forgotten."""
        while self._bucket_keys and (oldest := next(iter(self._bucket_keys.items())))[1].until <= now:
            del self._bucket_keys[oldest[0]]
        return self._bucket_keys.get(address)

    def keep(self, found: BucketKey, *addresses: tuple[str, ...]) -> None:
        """Have a bucket key at hand. All of them serve equally long, so the oldest goes first."""
        self._bucket_keys |= dict.fromkeys(addresses, found)


class Keys(S3Service):
    """Data keys."""

    def new_keys(self, bucket: Bucket, key: str, asked: Wanted) -> tuple[ObjectEncryption, DataKeys]:
        """Fresh data keys for a new object, and what has to be kept to have them again.

        Raises:
            AccessDenied: the caller may not use the KMS key.
            KMS.DisabledException, KMS.NotFoundException and their like: it does not work.
        """
        own = self.cloud.part(KeysAtHand).own(bucket)
        if asked.Algorithm not in BY_KMS:
            fresh = random_bytes(KEY_BYTES)
            if asked.Algorithm != SSE_C:
                return ObjectEncryption(asked.Algorithm, wrap.wrap(own, fresh)), DataKeys(fresh)
            wrapped = wrap.wrap(_of_customer(asked.CustomerKey), fresh)
            return ObjectEncryption(SSE_C, wrapped, CustomerKeyMD5=md5_of(asked.CustomerKey)), DataKeys(fresh)
        key_id = asked.KeyId or DEFAULT_KEY
        if asked.BucketKey:
            bucket_key = self._bucket_key(bucket, key_id)
            fresh = random_bytes(KEY_BYTES)
            return ObjectEncryption(
                asked.Algorithm,
                wrap.wrap(bucket_key.plaintext, fresh),
                bucket_key.key_arn,
                asked.Context,
                bucket_key.wrapped,
            ), DataKeys(fresh)
        made = self._ask_kms(
            "GenerateDataKey",
            bucket,
            KeyId=key_id,
            KeySpec="AES_256",
            EncryptionContext={ARN: self.object_arn(bucket.Name, key), **dict(asked.Context)},
        )
        outer = random_bytes(KEY_BYTES) if asked.Algorithm == DSSE_KMS else b""
        kept = ObjectEncryption(
            asked.Algorithm,
            made["CiphertextBlob"],
            made["KeyId"],
            asked.Context,
            Outer=wrap.wrap(own, outer) if outer else b"",
        )
        return kept, DataKeys(made["Plaintext"], outer)

    def open_keys(
        self, bucket: Bucket, key: str, kept: ObjectEncryption, customer_key: bytes = b""
    ) -> DataKeys:
        """An object's data keys again; the errors are those of `new_keys`."""
        at_hand = self.cloud.part(KeysAtHand)
        if kept.Algorithm == SSE_C:
            return DataKeys(wrap.unwrap(_of_customer(customer_key), kept.Wrapped))
        own = at_hand.own(bucket)
        if kept.Algorithm not in BY_KMS:
            return DataKeys(wrap.unwrap(own, kept.Wrapped))
        if kept.BucketKey:
            return DataKeys(wrap.unwrap(self._open_bucket_key(bucket, kept), kept.Wrapped))
        opened = self._ask_kms(
            "Decrypt",
            bucket,
            CiphertextBlob=kept.Wrapped,
            KeyId=kept.KeyArn,
            EncryptionContext={ARN: self.object_arn(bucket.Name, key), **dict(kept.Context)},
        )
        return DataKeys(opened["Plaintext"], wrap.unwrap(own, kept.Outer) if kept.Outer else b"")

    def _bucket_key(self, bucket: Bucket, key_id: str) -> BucketKey:
        """The bucket key that serves this caller now; KMS is asked for one if none does."""
        at_hand = self.cloud.part(KeysAtHand)
        address = ("new", bucket.Name, key_id, self.principal.arn)
        found = at_hand.find(address, self.now)
        if found is None:
            made = self._ask_kms(
                "GenerateDataKey",
                bucket,
                KeyId=key_id,
                KeySpec="AES_256",
                EncryptionContext={ARN: self.bucket_arn(bucket.Name)},
            )
            until = self.now + BUCKET_KEY_LIFETIME
            found = BucketKey(made["Plaintext"], made["CiphertextBlob"], made["KeyId"], until)
            at_hand.keep(found, address, self._address(found.wrapped))
        return found

    def _open_bucket_key(self, bucket: Bucket, kept: ObjectEncryption) -> bytes:
        at_hand = self.cloud.part(KeysAtHand)
        address = self._address(kept.BucketKey)
        found = at_hand.find(address, self.now)
        if found is None:
            opened = self._ask_kms(
                "Decrypt",
                bucket,
                CiphertextBlob=kept.BucketKey,
                KeyId=kept.KeyArn,
                EncryptionContext={ARN: self.bucket_arn(bucket.Name)},
            )
            until = self.now + BUCKET_KEY_LIFETIME
            found = BucketKey(opened["Plaintext"], kept.BucketKey, kept.KeyArn, until)
            at_hand.keep(found, address)
        return found.plaintext

    def _address(self, wrapped: bytes) -> tuple[str, ...]:
        return ("kept", wrapped.hex(), self.principal.arn)

    def _ask_kms(self, operation: str, bucket: Bucket, **parameters: Any) -> dict[str, Any]:
        try:
            return self.ask("kms", operation, region=bucket.Region, **parameters)
        except AwsError as error:
            if error.code == "AccessDeniedException":
                raise faults.AccessDenied(error.message) from None
            raise fault(f"KMS.{error.code}", 400, error.message) from None


def _of_customer(key: bytes) -> bytes:
    """What a customer's key wraps with: it is used for nothing twice."""
    return kdf.derive(key, CUSTOMER_KEY, b"", KEY_BYTES)
