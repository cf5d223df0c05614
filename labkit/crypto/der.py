"""DER, the one-way-only spelling of ASN.1 (ITU-T X.690): tag, length, value.

BER leaves choices (long lengths, indefinite lengths); DER leaves none, so a value has exactly one encoding.
That is what lets a reader check bytes by writing what they should be. Only the writing is needed here.
"""

INTEGER = 0x02
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
