"""A message of the AWS Encryption SDK under the lens: header, data keys, frames, signature, byte by byte.

The layout is `esdk`'s own reader; this page adds the words. It imports nothing there that holds a key. A data
key that KMS has wrapped is taken apart in its turn, and so is the signature.
"""

from collections.abc import Callable, Iterator, Sequence

from labkit.esdk import body, header
from labkit.esdk.cursor import Cursor, Part
from labkit.esdk.errors import MessageError
from labkit.lens.dissect import der_signature, kms_blob
from labkit.lens.dissect.esdk_words import words
from labkit.lens.dissect.fields import Field, NotRecognised

KIND = "AWS Encryption SDK message"
EXPECTS = "a message of the AWS Encryption SDK (01 80, or 02 04 78, or 02 05 78)"


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be such a message, whole or damaged."""
    return data.startswith((b"\x01\x80", b"\x02\x04\x78", b"\x02\x05\x78"))


def read(data: bytes) -> tuple[Field, ...]:
    """Return the message's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    parts = list[Part]()
    try:
        head = _read_all(data, parts)
    except MessageError as fault:
        raise NotRecognised(fault.offset, f"{KIND}, {fault.field}: {fault.reason}") from fault
    providers = {f"data key {number}": one.provider for number, one in enumerate(head.data_keys, 1)}
    return tuple(
        field
        for part in parts
        for field in _fields(part, data[part.offset : part.offset + part.size], head, providers)
    )


def _read_all(data: bytes, parts: list[Part]) -> header.Header:
    cursor = Cursor(data, parts)
    head = header.read(cursor)
    header.read_authentication(cursor, head.suite)
    for _ in body.read(cursor, head):
        pass
    if head.suite.curve:
        cursor.sized("signature", "footer")
    cursor.check_end()
    return head


def _fields(part: Part, raw: bytes, head: header.Header, providers: dict[str, str]) -> Iterator[Field]:
    inner: Sequence[Field] = ()
    if part.path[-1] == "signature":
        inner = _inside(der_signature.read, raw)
    elif part.path[-1] == "ciphertext" and providers.get(part.path[0]) == "aws-kms":
        inner = _inside(kms_blob.read, raw)
    for one in inner:
        yield Field((*part.path, *one.path), part.offset + one.offset, one.raw, one.meaning, one.origin)
    if not inner:
        meaning, origin = words(part.path, raw, head)
        yield Field(part.path, part.offset, raw, meaning, origin)


def _inside(read_inner: Callable[[bytes], Sequence[Field]], raw: bytes) -> Sequence[Field]:
    """The fields of what is packed into a field; none where it is packed in another way."""
    try:
        return read_inner(raw)
    except NotRecognised:
        return ()
