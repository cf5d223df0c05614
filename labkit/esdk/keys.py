"""A message's own keys, derived from its data key, and the promise that there is only one such data key.

AES-GCM does not commit to its key: whoever holds two keys can make a ciphertext that opens under both, to two
plaintexts. Version 2 derives 32 more bytes from the data key and writes them into the header. Another
data key gives another commitment, and the reader stops there.
Source: Developer Guide, "AWS Encryption SDK algorithms reference", and RFC 5869.
"""

import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from labkit.crypto.digests import PYCA
from labkit.esdk import context as contexts
from labkit.esdk.errors import CommitmentMismatch, HeaderNotAuthentic
from labkit.esdk.header import COMMITMENT_BYTES, IV_BYTES, Header
from labkit.esdk.suites import Suite

DERIVE, COMMIT = b"DERIVEKEY", b"COMMITKEY"


def derive(suite: Suite, data_key: bytes, message_id: bytes) -> tuple[bytes, bytes]:
    """(the key of this message, its commitment); the commitment is empty for a suite without one."""
    if suite.hkdf is None:
        return data_key, b""
    number, algorithm = suite.id.to_bytes(2, "big"), PYCA[suite.hkdf]
    if not suite.committing:
        return HKDF(algorithm, suite.key_bytes, b"", number + message_id).derive(data_key), b""
    inner = HKDF.extract(algorithm, message_id, data_key)
    return (
        HKDFExpand(algorithm, suite.key_bytes, number + DERIVE).derive(inner),
        HKDFExpand(algorithm, COMMITMENT_BYTES, COMMIT).derive(inner),
    )


def cipher_for(header: Header, data_key: bytes, offset: int) -> AESGCM:
    """The cipher of a message that is being read; `offset` is where its header ends.

    Raises CommitmentMismatch if the header commits to another data key.
    """
    key, commitment = derive(header.suite, data_key, header.message_id)
    if not hmac.compare_digest(commitment, header.commitment):
        reason = "the data key gives another commitment: this message was made under another data key"
        raise CommitmentMismatch("commitment", offset - COMMITMENT_BYTES, reason)
    return AESGCM(key)


def header_tag(cipher: AESGCM, header: bytes, not_stored: Mapping[str, str]) -> bytes:
    """The tag that authenticates a header, and the context that the header leaves out."""
    return cipher.encrypt(bytes(IV_BYTES), b"", header + contexts.encode(not_stored))


def check_header(
    cipher: AESGCM, header: bytes, iv: bytes, tag: bytes | memoryview, not_stored: Mapping[str, str]
) -> None:
    """HeaderNotAuthentic if the tag does not fit."""
    try:
        cipher.decrypt(iv, tag, header + contexts.encode(not_stored))
    except InvalidTag:
        reason = "the tag does not fit: the header is not the one that was written"
        if not_stored:
            reason += ", or the encryption context given is not"
        raise HeaderNotAuthentic("authentication", len(header), reason) from None
