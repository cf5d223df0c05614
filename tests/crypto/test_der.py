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
