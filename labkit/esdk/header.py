"""The header: who can open the message, with which algorithms, and in what context. Nothing of it is secret.

    version 1    type, suite, message id (16), AAD, data keys, content type, 4 zeros, IV length, frame length
    version 2    suite, message id (32), AAD, data keys, content type, frame length, commitment (32)

Behind it stands its authentication: an AES-GCM tag over these bytes under the message's own key, with nothing
encrypted. Source: AWS Encryption SDK Developer Guide, "Message format reference".
"""

from collections.abc import Mapping
from typing import NamedTuple

from labkit.esdk import context as contexts
from labkit.esdk.cursor import Cursor
from labkit.esdk.errors import MalformedMessage, NotAllowed, TooLarge
from labkit.esdk.suites import SUITES, Suite

TYPE = 0x80
UNFRAMED, FRAMED = 1, 2
IV_BYTES, TAG_BYTES, COMMITMENT_BYTES = 12, 16, 32
LARGEST_FRAME = 0x7FFFFFFF
LONGEST = 0xFFFF  # what has a length of two bytes


class EncryptedDataKey(NamedTuple):
    """A data key, wrapped: which provider wrapped it, that provider's word on which key, and the wrapping."""

    provider: str
    info: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """The bytes in the header. NotAllowed if one of the three is longer than 65535 bytes."""
        parts = (self.provider.encode(), self.info, self.ciphertext)
        if any(len(part) > LONGEST for part in parts):
            raise NotAllowed(f"a part of an encrypted data key has at most {LONGEST} bytes")
        return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


class Header(NamedTuple):
    """What a header says; `frame_length` is 0 where the content is in one piece."""

    suite: Suite
    message_id: bytes
    context: Mapping[str, str]
    data_keys: tuple[EncryptedDataKey, ...]
    frame_length: int
    commitment: bytes = b""

    @property
    def context_offset(self) -> int:
        """Where the length of the encryption context stands."""
        return (3 if self.suite.committing else 4) + len(self.message_id)

    @property
    def data_keys_offset(self) -> int:
        """Where the number of encrypted data keys stands."""
        return self.context_offset + 2 + len(contexts.encode(self.context))

    def encode(self) -> bytes:
        """The header's bytes, without its authentication. NotAllowed for more than 65535 data keys."""
        if not 1 <= len(self.data_keys) <= LONGEST:
            raise NotAllowed(f"a message has 1 to {LONGEST} encrypted data keys, not {len(self.data_keys)}")
        aad = contexts.encode(self.context)
        content_type = FRAMED if self.frame_length else UNFRAMED
        return b"".join(
            (
                b"\x02" if self.suite.committing else bytes((1, TYPE)),
                self.suite.id.to_bytes(2, "big"),
                self.message_id,
                len(aad).to_bytes(2, "big"),
                aad,
                len(self.data_keys).to_bytes(2, "big"),
                *(one.encode() for one in self.data_keys),
                bytes((content_type,)),
                b"" if self.suite.committing else bytes((0, 0, 0, 0, IV_BYTES)),
                self.frame_length.to_bytes(4, "big"),
                self.commitment,
            )
        )


def read(cursor: Cursor, max_data_keys: int | None = None) -> Header:
    """Read a header, up to its authentication.

    Raises MalformedMessage at the first byte that cannot be as it is, and TooLarge if there are more than
    `max_data_keys` encrypted data keys: each may cost a call of KMS, and anybody can write a header.
    """
    version = cursor.number(1, "version")
    if version not in (1, 2):
        raise MalformedMessage("version", 0, f"it is 1 or 2, not {version}")
    if version == 1 and (kind := cursor.number(1, "type")) != TYPE:
        raise MalformedMessage("type", 1, f"it is {TYPE:02x}, customer authenticated data, not {kind:02x}")
    suite = _read_suite(cursor, version)
    message_id = bytes(cursor.take(suite.message_id_bytes, "message id"))
    context = contexts.read(cursor)
    data_keys = _read_data_keys(cursor, max_data_keys)
    frame_length = _read_content_type(cursor, version)
    commitment = bytes(cursor.take(COMMITMENT_BYTES, "commitment")) if suite.committing else b""
    return Header(suite, message_id, context, data_keys, frame_length, commitment)


def read_authentication(cursor: Cursor, suite: Suite) -> tuple[bytes, memoryview]:
    """Read the header's authentication: (IV, tag). Version 2 has no IV in it, as that is always zero."""
    iv = bytes(IV_BYTES) if suite.committing else bytes(cursor.take(IV_BYTES, "IV", "authentication"))
    return iv, cursor.take(TAG_BYTES, "tag", "authentication")


def _read_suite(cursor: Cursor, version: int) -> Suite:
    at = cursor.at
    number = cursor.number(2, "suite id")
    if number not in SUITES:
        raise MalformedMessage("suite id", at, f"there is no algorithm suite {number:04X}")
    if SUITES[number].version != version:
        raise MalformedMessage("suite id", at, f"suite {number:04X} is not of message version {version}")
    return SUITES[number]


def _read_data_keys(cursor: Cursor, most: int | None) -> tuple[EncryptedDataKey, ...]:
    at = cursor.at
    count = cursor.number(2, "data key count")
    if not count:
        raise MalformedMessage("data key count", at, "a message without data keys can be opened by nobody")
    if most is not None and count > most:
        raise TooLarge("data key count", at, f"there are {count} encrypted data keys, {most} are allowed")
    return tuple([_read_data_key(cursor, f"data key {number}") for number in range(1, count + 1)])


def _read_data_key(cursor: Cursor, within: str) -> EncryptedDataKey:
    provider = cursor.text("provider", within)
    info = bytes(cursor.sized("info", within))
    return EncryptedDataKey(provider, info, bytes(cursor.sized("ciphertext", within)))


def _read_content_type(cursor: Cursor, version: int) -> int:
    at = cursor.at
    content_type = cursor.number(1, "content type")
    if content_type not in (UNFRAMED, FRAMED):
        raise MalformedMessage("content type", at, f"it is 1, unframed, or 2, framed, not {content_type}")
    if version == 1:
        at = cursor.at
        if cursor.number(4, "reserved"):
            raise MalformedMessage("reserved", at, "four zeros belong here")
        if (size := cursor.number(1, "IV length")) != IV_BYTES:
            raise MalformedMessage("IV length", at + 4, f"it is {IV_BYTES}, not {size}")
    at = cursor.at
    frame_length = cursor.number(4, "frame length")
    if content_type == UNFRAMED and frame_length:
        raise MalformedMessage("frame length", at, "it is 0 where the content is not framed")
    if content_type == FRAMED and not 1 <= frame_length <= LARGEST_FRAME:
        raise MalformedMessage("frame length", at, f"it is 1 to {LARGEST_FRAME}, not {frame_length}")
    return frame_length
