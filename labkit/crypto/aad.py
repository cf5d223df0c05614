"""The encryption context as bytes: additional authenticated data that can be read in one way only.

Joining names and values without their lengths turns `{"ab": "c"}` and `{"a": "bc"}` into the same bytes
`abc`, and a ciphertext sealed under one opens under the other: the tag is right, the meaning is not. A
separator only moves the problem to contexts that contain it. A length before each string ends it.
Sorting makes the bytes independent of the order in which a client happened to send the pairs.

    context  =  pair*                    sorted by name, each name once; no pairs, no bytes
    pair     =  string(name) string(value)
    string   =  length (4 bytes, big-endian, in bytes not characters) || UTF-8

AWS has not published its own encoding; this one is the lab's.
"""

from collections.abc import Mapping

_LENGTH_BYTES = 4


class MalformedContext(ValueError):
    """The bytes are not what `encode_context` writes for any encryption context."""


def encode_context(context: Mapping[str, str]) -> bytes:
    """Return the canonical bytes of an encryption context: equal contexts and only they give equal bytes.

    Raises UnicodeEncodeError for a lone surrogate, which is no character and has no UTF-8.
    """
    if not context:
        return b""
    encoded = sorted((name.encode(), value.encode()) for name, value in context.items())
    return b"".join(
        len(string).to_bytes(_LENGTH_BYTES, "big") + string for pair in encoded for string in pair
    )


def decode_context(data: bytes) -> dict[str, str]:
    """Return the encryption context whose canonical bytes are `data`.

    Raises MalformedContext for bytes cut short, names out of order or repeated, and text that is not UTF-8.
    """
    strings: list[str] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        end = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or end > len(data):
            raise MalformedContext(f"the string at byte {at} runs past the end ({len(data)} bytes)")
        try:
            strings.append(data[start:end].decode())
        except UnicodeDecodeError:
            raise MalformedContext(f"the string at byte {start} is not UTF-8") from None
        at = end
    if len(strings) % 2:
        raise MalformedContext("the last name has no value")
    context = dict(zip(strings[::2], strings[1::2], strict=True))
    if encode_context(context) != data:
        raise MalformedContext("the names are not in order, or one of them is repeated")
    return context
