"""What makes two messages share a data key: the partition, the suite, and the encryption context.

    to encrypt    SHA-512( H(partition) || 00, or 01 and the suite || H(context) )
    to decrypt    SHA-512( H(partition) || suite || sorted H(data key)s || 64 zeros || H(context) )

H is SHA-512, so each part has one length and none can run into the next. The bytes are the real SDK's.
Source: the specification's "Caching Cryptographic Materials Manager", appendix A.
"""

import hashlib

from labkit.esdk import context as contexts
from labkit.esdk.materials import DecryptionRequest, EncryptionRequest


def for_encryption(partition: bytes, request: EncryptionRequest) -> bytes:
    """The cache identifier of materials to encrypt with; the content's length does not count."""
    suite = b"\x00" if request.suite is None else b"\x01" + request.suite.id.to_bytes(2, "big")
    return _hash(_hash(partition) + suite + _hash(contexts.encode(request.context)))


def for_decryption(partition: bytes, request: DecryptionRequest) -> bytes:
    """The cache identifier of materials to decrypt with: another wrapped data key is another entry."""
    header = request.header
    context = {**header.context, **request.not_stored}
    wrapped = b"".join(sorted(_hash(one.encode()) for one in header.data_keys))
    return _hash(
        _hash(partition)
        + header.suite.id.to_bytes(2, "big")
        + wrapped
        + bytes(64)
        + _hash(contexts.encode(context))
    )


def _hash(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()
