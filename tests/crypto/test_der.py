"""DER lengths and object identifiers."""

import pytest

from labkit.crypto import der


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, "3000"), (127, "307f"), (128, "308180"), (255, "3081ff"), (256, "30820100"), (65536, "3083010000")],
)
def test_lengths_are_as_short_as_they_can_be(length: int, expected: str) -> None:
    assert der.header(der.SEQUENCE, length).hex() == expected


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("2.999.3", "883703"),  # the example of X.690, 8.19.5
        ("1.2.840.113549.1.7.1", "2a864886f70d010701"),
        ("2.16.840.1.101.3.4.1.46", "60864801650304012e"),
    ],
)
def test_object_identifiers(dotted: str, expected: str) -> None:
    assert der.object_identifier(dotted).hex() == expected


def test_context_tags() -> None:
    assert der.context_tag(0, constructed=True) == 0xA0
    assert der.context_tag(0, constructed=False) == 0x80


def test_what_is_written_is_read_back() -> None:
    data = der.element(der.SEQUENCE, der.integer(300), der.element(der.OCTET_STRING, bytes(200)))
    ((tag, inside),) = der.parse(data)
    assert tag == der.SEQUENCE
    assert der.parse(inside) == [(der.INTEGER, b"\x01\x2c"), (der.OCTET_STRING, bytes(200))]
    assert der.parse(b"") == []


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"\x04", "no length"),
        (b"\x04\x02a", "cut short"),
        (b"\x04\x81\x01a", "a length of one byte in two"),
        (b"\x04\x82\x00\x81" + bytes(129), "a length with a needless zero"),
        (b"\x04\x80a\0\0", "BER's indefinite length"),
        (b"\x04\x84\xff\xff\xff\xff", "a length beyond the end"),
    ],
)
def test_what_is_not_der_is_refused(data: bytes, wrong: str) -> None:
    with pytest.raises(ValueError, match="not DER"):
        der.parse(data)


@pytest.mark.parametrize(("number", "value"), [(0, "00"), (127, "7f"), (128, "0080"), (256, "0100")])
def test_integers_are_in_twos_complement(number: int, value: str) -> None:
    ((_, found),) = der.parse(der.integer(number))
    assert found.hex() == value
    assert der.parse_integer(found) == number


@pytest.mark.parametrize("value", ["", "80", "007f", "ff"])
def test_negative_and_padded_integers_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a DER INTEGER"):
        der.parse_integer(bytes.fromhex(value))
