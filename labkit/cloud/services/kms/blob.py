"""The symmetric ciphertext blob: what Encrypt and GenerateDataKey return and Decrypt takes.

AWS publishes no specification, so this layout is read off public samples of real blobs:

    offset  bytes  field
    0       5      prefix              01 02, then 01, 02 or 03, then 00 78
    5       32     key reference       which backing key
    37      1      derivation marker   01: the nonce follows, a key was derived for this message
    38      16     nonce               for the key derivation
    54      4      CMS length          big-endian, of all that follows
    58      ...    CMS EncryptedData   DER: AES-256-GCM, 12-byte IV, ciphertext, 16-byte tag

No byte may be changed unnoticed. Bytes 0-53 go into the AAD (`bound_to`); GCM covers the IV, ciphertext and
tag; every other byte has one right value for a blob of this size, and `decode` insists on it.

In the samples the encrypted content is 27 bytes longer than the plaintext: 16 are the tag, and what the
other 11 hold is not public. See `INNER_HEADER` for what the lab puts there.
"""

from collections.abc import Mapping
from functools import lru_cache

from labkit.crypto.aad import encode_context
from labkit.crypto.aead import IV_BYTES, TAG_BYTES
from labkit.crypto.cms import Part, encrypted_data, fixed, own
from labkit.crypto.errors import AuthenticationFailed
from labkit.records import Record

PREFIX = bytes.fromhex("0102020078")
PREFIXES = (PREFIX, bytes.fromhex("0102030078"), bytes.fromhex("0102010078"))
"""All seen in public samples, with nothing known of what sets them apart. The lab writes the first."""

OLDER_PREFIX = bytes.fromhex("0101")
"""Blobs of KMS's first years: no marker and no nonce, hence no derived key. The lab does not read them."""

KEY_REFERENCE_BYTES = 32
NONCE_BYTES = 16
MARKER = b"\x01"

INNER_HEADER = bytes(11)
"""What is encrypted before the plaintext: 11 zero bytes, the lab's own choice.

AES-GCM does not commit to its key: whoever knows two keys can build one ciphertext that opens under both, to
different plaintexts. Known bytes in front, checked after decryption, are the remedy of Albertini et al. ("How
to Abuse and Fix Authenticated Encryption Without Key Commitment"): with 88 bits such a ciphertext costs about
2^44 attempts, the birthday bound, instead of none.
"""

_REFERENCE_AT = len(PREFIX)
_NONCE_AT = len(PREFIX) + KEY_REFERENCE_BYTES + len(MARKER)
_MARKER_AT = _NONCE_AT - len(MARKER)
HEADER_BYTES = _NONCE_AT + NONCE_BYTES
_LENGTH_BYTES = 4


class MalformedBlob(ValueError):
    """These bytes are no ciphertext blob: `field` at `offset` is not what it must be, for `reason`."""

    def __init__(self, field: str, offset: int, reason: str) -> None:
        super().__init__(f"byte {offset}, {field}: {reason}")
        self.field = field
        self.offset = offset
        self.reason = reason


class Blob(Record):
    """A ciphertext blob, taken apart. Nothing in it is secret."""

    key_reference: bytes
    nonce: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    prefix: bytes = PREFIX

    def encode(self) -> bytes:
        """Return the blob's bytes. Raises ValueError if a field has another size than the layout gives it."""
        if not (
            len(self.key_reference) == KEY_REFERENCE_BYTES
            and len(self.nonce) == NONCE_BYTES
            and len(self.iv) == IV_BYTES
            and len(self.tag) == TAG_BYTES
            and self.prefix in PREFIXES
        ):
            raise ValueError(
                "a blob has a known prefix and 32, 16, 12, 16 bytes of key reference, nonce, IV, tag"
            )
        return header(self.key_reference, self.nonce, self.prefix) + body(self.iv, self.ciphertext, self.tag)

    def bound_to(self, context: Mapping[str, str]) -> bytes:
        """Return what the tag must cover beside the ciphertext: bytes 0-53, then the encryption context."""
        return header(self.key_reference, self.nonce, self.prefix) + encode_context(context)

    @classmethod
    def decode(cls, data: bytes) -> "Blob":
        """Take a blob apart, checking every byte that has only one right value.

        Raises MalformedBlob, which names the first field that is wrong and its offset.
        """
        ciphertext_bytes = _ciphertext_bytes(len(data))
        before_iv, after_iv = _frame(ciphertext_bytes)
        iv_at = HEADER_BYTES + len(before_iv)
        iv_end = iv_at + IV_BYTES
        ciphertext_at = iv_end + len(after_iv)
        tag_at = ciphertext_at + ciphertext_bytes
        prefix = data[: len(PREFIX)]
        if (
            prefix not in PREFIXES
            or data[_MARKER_AT:_NONCE_AT] != MARKER
            or data[HEADER_BYTES:iv_at] != before_iv
            or data[iv_end:ciphertext_at] != after_iv
            or len(data) != tag_at + TAG_BYTES
        ):
            raise _first_fault(data)
        return cls(
            data[len(PREFIX) : _MARKER_AT],
            data[_NONCE_AT:HEADER_BYTES],
            data[iv_at:iv_end],
            data[ciphertext_at:tag_at],
            data[tag_at:],
            prefix,
        )


def material_id_in(ciphertext: bytes) -> str:
    """Return the KeyMaterialId that a blob names, of a blob that was just made."""
    return ciphertext[_REFERENCE_AT:_MARKER_AT].hex()


def header(key_reference: bytes, nonce: bytes, prefix: bytes = PREFIX) -> bytes:
    """Return bytes 0-53 of a blob: all in front of what was encrypted."""
    return prefix + key_reference + MARKER + nonce


def body(iv: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    """Return a blob's bytes from 54 on: its CMS part, and the length in front of that."""
    before_iv, after_iv = _frame(len(ciphertext))
    return b"".join((before_iv, iv, after_iv, ciphertext, tag))


def without_inner_header(content: bytes) -> bytes:
    """Return the plaintext behind `INNER_HEADER`. Raises AuthenticationFailed if the content has none."""
    if not content.startswith(INNER_HEADER):
        raise AuthenticationFailed("the ciphertext was not made under this key")
    return content[len(INNER_HEADER) :]


def layout(total: int) -> list[Part]:
    """Return the parts of the longest blob that fits into `total` bytes, or of the shortest there is."""
    return [
        *own("prefix", len(PREFIX)),
        *own("key reference", KEY_REFERENCE_BYTES),
        *fixed("derivation marker", MARKER),
        *own("nonce", NONCE_BYTES),
        *_body(_ciphertext_bytes(total)),
    ]


def _body(ciphertext_bytes: int) -> list[Part]:
    cms = encrypted_data(ciphertext_bytes)
    return [*fixed("CMS length", _size(cms).to_bytes(_LENGTH_BYTES, "big")), *cms]


# What these two remember are lengths and public constants; a key or a message never enters a cache.
@lru_cache(maxsize=1024)
def _frame(ciphertext_bytes: int) -> tuple[bytes, bytes]:
    """Return the constant bytes between the nonce and the IV, and between the IV and the ciphertext."""
    parts = _body(ciphertext_bytes)
    iv = next(index for index, part in enumerate(parts) if part.path[-1] == "iv")
    return _constants(parts[:iv]), _constants(parts[iv:])


@lru_cache(maxsize=1024)
def _ciphertext_bytes(total: int) -> int:
    """Return how much ciphertext the longest blob of at most `total` bytes holds (0 if there is none).

    The DER lengths grow with what they count, so this starts a little too high and comes down.
    """
    body = total - HEADER_BYTES
    ciphertext_bytes = max(0, body - _size(_body(0)))
    while ciphertext_bytes and _size(_body(ciphertext_bytes)) > body:
        ciphertext_bytes -= 1
    return ciphertext_bytes


def _size(parts: list[Part]) -> int:
    return sum(part.size for part in parts)


def _constants(parts: list[Part]) -> bytes:
    return b"".join(part.fixed for part in parts if part.fixed is not None)


def _first_fault(data: bytes) -> MalformedBlob:
    """Name the first field of `data` that differs from the layout of a blob of this size."""
    if data.startswith(OLDER_PREFIX):
        return MalformedBlob("prefix", 0, "01 01 is KMS's older layout, without a derived key")
    at = 0
    for part in layout(len(data)):
        field = ".".join(part.path)
        found = data[at : at + part.size]
        if len(found) < part.size:
            return MalformedBlob(field, at, f"the blob ends at byte {len(data)}, inside this field")
        if found not in _allowed(part, found):
            expected = " or ".join(value.hex(" ") for value in _allowed(part, found))
            return MalformedBlob(
                field, at, f"a blob of {len(data)} bytes has {expected} here, not {found.hex(' ')}"
            )
        at += part.size
    return MalformedBlob("end", at, f"the blob should end here, yet {len(data) - at} more bytes follow")


def _allowed(part: Part, found: bytes) -> tuple[bytes, ...]:
    if part.path == ("prefix",):
        return PREFIXES
    return (found if part.fixed is None else part.fixed,)
