"""DER, the one-way-only spelling of ASN.1 (ITU-T X.690): tag, length, value.

BER leaves choices (long lengths, indefinite lengths); DER leaves none, so a value has exactly one encoding.
That is what lets a reader check bytes by writing what they should be; a reader that accepts more than one
spelling of a signature or key lets others make new ones.
"""

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30


def context_tag(number: int, *, constructed: bool) -> int:
    """Return the tag byte of `[number]`: constructed if it encloses values, primitive if it is bytes."""
    return (0xA0 if constructed else 0x80) | number


def header(tag: int, length: int) -> bytes:
    """Return the tag and length that stand before a value of `length` bytes.

    Up to 127 the length is one byte; above, 80 + n and then n bytes, as few as will do.
    """
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big")


def object_identifier(dotted: str) -> bytes:
    """Return the value of an OBJECT IDENTIFIER such as "1.2.840.113549.1.7.1", without its header.

    The first two numbers share one (40 * first + second); each is written in base 128, with the top bit set
    on all of its bytes but the last.
    """
    first, second, *others = (int(number) for number in dotted.split("."))
    value = b""
    for number in (40 * first + second, *others):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | number & 0x7F)
        value += bytes(digits)
    return value


def element(tag: int, *contents: bytes) -> bytes:
    """Return one element: its header and then `contents`, one after another."""
    value = b"".join(contents)
    return header(tag, len(value)) + value


def integer(number: int) -> bytes:
    """Return an INTEGER element for a number that is not negative.

    The value is in two's complement, so a number whose top bit is set gets a zero byte in front.
    """
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def parse(data: bytes) -> list[tuple[int, bytes]]:
    """Return the elements that stand one after another in `data`, as (tag, value); none is looked into.

    Raises ValueError for bytes that are no DER: cut short, or a length not written in the one right way.
    """
    elements = []
    while data:
        size, start = _length(data)
        value = data[start : start + size]
        if len(value) < size or header(data[0], size) != data[:start]:
            raise ValueError("these bytes are not DER")
        elements.append((data[0], value))
        data = data[start + size :]
    return elements


def parse_integer(value: bytes) -> int:
    """Return the number in an INTEGER's value. Raises ValueError if it is negative or has needless zeros."""
    number = int.from_bytes(value, "big")
    if integer(number) != element(INTEGER, value):
        raise ValueError("these bytes are not a DER INTEGER without a sign")
    return number


def _length(data: bytes) -> tuple[int, int]:
    """The length an element claims, and where its value starts."""
    first = data[1] if len(data) > 1 else 0
    if first < 0x80:
        return first, 2
    start = 2 + (first & 0x7F)
    return int.from_bytes(data[2:start], "big"), start
