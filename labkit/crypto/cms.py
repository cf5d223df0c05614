"""CMS EncryptedData with AES-256-GCM: the envelope inside a KMS ciphertext blob (RFC 5652, RFC 5084).

DER leaves no choices, so the size of the ciphertext settles every byte except the IV, the ciphertext and
the tag. This page writes that down once, as a list of parts. The blob's writer joins them, its reader
compares with them, and the lens names them.
"""

from typing import NamedTuple

from labkit.crypto.aead import IV_BYTES, TAG_BYTES
from labkit.crypto.der import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    context_tag,
    header,
    object_identifier,
)

ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
DATA = "1.2.840.113549.1.7.1"
AES256_GCM = "2.16.840.1.101.3.4.1.46"


class Part(NamedTuple):
    """A run of bytes with one meaning: its path of names from the outside in, its size, its bytes.

    `fixed` is None where the bytes are each message's own.
    """

    path: tuple[str, ...]
    size: int
    fixed: bytes | None


def encrypted_data(ciphertext_bytes: int) -> list[Part]:
    """Return the parts of a ContentInfo that holds an EncryptedData with `ciphertext_bytes` of ciphertext.

    The names are those of the ASN.1 modules in RFC 5652 (sections 3, 6.1 and 8) and RFC 5084 (section 3.2).
    """
    return _around(
        "ContentInfo",
        SEQUENCE,
        _object_identifier("contentType", ENCRYPTED_DATA),
        _around(
            "content",
            context_tag(0, constructed=True),
            _around(
                "EncryptedData",
                SEQUENCE,
                _integer("version", 0),
                _around(
                    "EncryptedContentInfo",
                    SEQUENCE,
                    _object_identifier("contentType", DATA),
                    _around(
                        "contentEncryptionAlgorithm",
                        SEQUENCE,
                        _object_identifier("algorithm", AES256_GCM),
                        _around(
                            "GCMParameters",
                            SEQUENCE,
                            _around("aes-nonce", OCTET_STRING, own("iv", IV_BYTES)),
                            _integer("aes-ICVlen", TAG_BYTES),
                        ),
                    ),
                    _around(
                        "encryptedContent",
                        context_tag(0, constructed=False),
                        own("ciphertext", ciphertext_bytes),
                        own("tag", TAG_BYTES),
                    ),
                ),
            ),
        ),
    )


def own(name: str, size: int) -> list[Part]:
    """Bytes that differ from message to message."""
    return [Part((name,), size, None)]


def fixed(name: str, value: bytes) -> list[Part]:
    """Bytes that are the same in every message of this size."""
    return [Part((name,), len(value), value)]


def _around(name: str, tag: int, *children: list[Part]) -> list[Part]:
    """A tag and a length, then what they enclose."""
    inside = [Part((name, *part.path), part.size, part.fixed) for child in children for part in child]
    return fixed(name, header(tag, sum(part.size for part in inside))) + inside


def _integer(name: str, value: int) -> list[Part]:
    return fixed(name, header(INTEGER, 1) + bytes((value,)))


def _object_identifier(name: str, dotted: str) -> list[Part]:
    value = object_identifier(dotted)
    return fixed(name, header(OBJECT_IDENTIFIER, len(value)) + value)
