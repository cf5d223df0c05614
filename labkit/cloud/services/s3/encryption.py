"""How a new object is to be encrypted: what its sender asks for, else what the bucket does by default.

    AES256         SSE-S3     a data key under S3's own key
    aws:kms        SSE-KMS    a data key under a KMS key
    aws:kms:dsse   DSSE-KMS   that, and a second layer under S3's own key
    (a key)        SSE-C      a data key under the key that comes with the request, and is forgotten

There is no way to have no encryption. Which kind it is has nothing to do with how the request travels, save
that S3 takes no keys, and none of KMS's objects, over plain HTTP.
Source: S3 User Guide, "Protecting data with encryption"; API Reference, "PutObject", "Error responses".
"""

import base64
import json
from collections.abc import Mapping
from hashlib import md5
from typing import Any, NamedTuple

from labkit.cloud.core.faults import not_built
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.s3.model import (
    DSSE_KMS,
    SSE_C,
    SSE_KMS,
    SSE_S3,
    DefaultEncryption,
    ObjectEncryption,
    Pairs,
)
from labkit.cloud.services.s3.names import fault, faults, invalid

KEY_BYTES = 32
BY_KMS = (SSE_KMS, DSSE_KMS)
BLOCKED = (
    "The bucket blocks uploads with server-side encryption with customer-provided keys (SSE-C). "
    "Please specify a different server-side encryption type"
)


class Wanted(NamedTuple):
    """A kind of encryption; `KeyId` is as it was named, None for the AWS managed key."""

    Algorithm: str
    KeyId: str | None = None
    Context: Pairs = ()
    BucketKey: bool = False
    CustomerKey: bytes = b""


def wanted(parameters: Mapping[str, Any], default: DefaultEncryption, scheme: str) -> Wanted:
    """What the `parameters` of PutObject, or of another call that makes an object, ask for.

    Raises:
        InvalidArgument, InvalidRequest: they contradict each other, or come over plain HTTP.
        AccessDenied: the bucket blocks this kind.
    """
    algorithm, key_id = parameters.get("ServerSideEncryption"), parameters.get("SSEKMSKeyId")
    customer_key = customer_key_in(parameters)
    if customer_key:
        if algorithm:
            raise invalid(
                "Server Side Encryption with Customer provided key is incompatible with the encryption "
                "method specified"
            )
        _check_scheme(SSE_C, scheme)
        if SSE_C in default.Blocked:
            raise faults.AccessDenied(BLOCKED)
        return Wanted(SSE_C, CustomerKey=customer_key)
    if algorithm is None:
        if key_id:
            raise _needs_kms()
        algorithm, key_id = default.Algorithm, default.KeyId
    if algorithm not in (SSE_S3, *BY_KMS):
        raise not_built("s3", f"server-side encryption {algorithm}")
    if algorithm == SSE_S3 and key_id:
        raise _needs_kms()
    if algorithm not in BY_KMS:
        return Wanted(SSE_S3)
    _check_scheme(algorithm, scheme)
    bucket_key = parameters.get("BucketKeyEnabled")
    if algorithm == DSSE_KMS and bucket_key:
        raise invalid("DSSE-KMS doesn't support S3 Bucket Keys")
    use_bucket_key = algorithm == SSE_KMS and (default.BucketKey if bucket_key is None else bucket_key)
    return Wanted(algorithm, key_id, _context_in(parameters), use_bucket_key)


def customer_key_in(parameters: Mapping[str, Any], prefix: str = "") -> bytes:
    """The key of SSE-C that came with a request, none if empty; `prefix` is "CopySource" for a source's.

    Raises:
        InvalidArgument: it is no key, or its MD5, which guards it against accidents, is another's.
    """
    algorithm, key, digest = (
        parameters.get(f"{prefix}SSECustomer{part}") for part in ("Algorithm", "Key", "KeyMD5")
    )
    if not (algorithm or key or digest):
        return b""
    if algorithm != SSE_S3:
        raise fault(
            "InvalidEncryptionAlgorithmError",
            400,
            "The Encryption request you specified is not valid. Supported value: AES256.",
        )
    try:
        found = base64.b64decode(key or "", validate=True)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise invalid("The secret key was invalid for the specified algorithm.")
    if digest != md5_of(found):
        raise invalid("The calculated MD5 hash of the key did not match the hash that was provided.")
    return found


def md5_of(key: bytes) -> str:
    """MD5 as headers have it, in base64; here it guards against accidents, and against nobody."""
    return base64.b64encode(md5(key, usedforsecurity=False).digest()).decode()


def told(encryption: ObjectEncryption) -> dict[str, Any]:
    """What an answer says of an object's encryption."""
    if encryption.Algorithm == SSE_C:
        return {"SSECustomerAlgorithm": SSE_S3, "SSECustomerKeyMD5": encryption.CustomerKeyMD5}
    by_kms = encryption.Algorithm in BY_KMS
    return {
        "ServerSideEncryption": encryption.Algorithm,
        "SSEKMSKeyId": encryption.KeyArn if by_kms else None,
        "BucketKeyEnabled": True if encryption.BucketKey else None,
    }


def check_reading(encryption: ObjectEncryption, customer_key: bytes, scheme: str) -> None:
    """Go on only if an object can be read with what the request brings, over the way it came.

    Raises:
        InvalidRequest: it has no key, and needs one, or the other way round. AccessDenied: it is another.
        InvalidArgument: it came over plain HTTP.
    """
    if encryption.Algorithm == SSE_C:
        if not customer_key:
            raise faults.InvalidRequest(
                "The object was stored using a form of Server Side Encryption. The correct parameters must "
                "be provided to retrieve the object."
            )
        if md5_of(customer_key) != encryption.CustomerKeyMD5:
            raise faults.AccessDenied("Access Denied")
    elif customer_key:
        raise faults.InvalidRequest("The encryption parameters are not applicable to this object.")
    _check_scheme(encryption.Algorithm, scheme)


def _check_scheme(algorithm: str, scheme: str) -> None:
    if scheme == "https" or algorithm == SSE_S3:
        return
    kind = "AWS KMS managed keys" if algorithm in BY_KMS else "Customer provided keys"
    raise invalid(
        f"Requests specifying Server Side Encryption with {kind} must be made over a secure connection."
    )


def _needs_kms() -> AwsError:
    return invalid(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
        "aws:kms"
    )


def _context_in(parameters: Mapping[str, Any]) -> Pairs:
    text = parameters.get("SSEKMSEncryptionContext")
    if not text:
        return ()
    try:
        context = json.loads(base64.b64decode(text, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
        raise invalid(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string "
            "holding JSON which represents a string-string map"
        )
    return tuple(sorted(context.items()))
