"""The encryption context as the message format writes it: a count, then name and value with their lengths.

    context  =  nothing, or count (2 bytes) pair*      sorted by name, each name once
    pair     =  length (2) name length (2) value       UTF-8

These bytes stand in the header, where anyone reads them, and they are authenticated: by the header's tag, and
again by whatever wraps the data key. Source: Developer Guide, "Message format reference", AAD.
"""

from collections.abc import Mapping

from labkit.esdk.cursor import Cursor
from labkit.esdk.errors import MalformedMessage, NotAllowed

LENGTH_BYTES = 2
LONGEST = 0xFFFF
RESERVED = "aws-crypto-"
PUBLIC_KEY = "aws-crypto-public-key"


def encode(context: Mapping[str, str]) -> bytes:
    """The canonical bytes of a context; none for an empty one. NotAllowed for more than 65535 bytes."""
    if not context:
        return b""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    strings = [text for pair in pairs for text in pair]
    size = LENGTH_BYTES + sum(LENGTH_BYTES + len(text) for text in strings)
    if size > LONGEST:
        raise NotAllowed(
            f"an encryption context has at most {LONGEST} bytes when written; this one has {size}"
        )
    written = b"".join(len(text).to_bytes(LENGTH_BYTES, "big") + text for text in strings)
    return len(pairs).to_bytes(LENGTH_BYTES, "big") + written


def check_names(context: Mapping[str, str]) -> None:
    """NotAllowed for a name that the format keeps for itself."""
    for name in context:
        if name.startswith(RESERVED):
            raise NotAllowed(f"names that begin with {RESERVED} are the format's own, such as {name!r}")


def read(cursor: Cursor) -> dict[str, str]:
    """Read the length and the context behind it. MalformedMessage at the first byte that is none."""
    start = cursor.at
    size = cursor.number(LENGTH_BYTES, "AAD length")
    end, context = cursor.at + size, dict[str, str]()
    if not size:
        return context
    for number in range(1, cursor.number(LENGTH_BYTES, "count", "AAD") + 1):
        pair = ("AAD", f"pair {number}")
        at = cursor.at
        name = cursor.text("name", *pair)
        if name in context:
            raise MalformedMessage("AAD", at, f"the name {name!r} is there twice")
        context[name] = cursor.text("value", *pair)
        if cursor.at > end:
            break
    if cursor.at != end:
        raise MalformedMessage("AAD length", start, f"the pairs end at byte {cursor.at}, not at {end}")
    return context
