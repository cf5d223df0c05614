"""Dissections: every byte named once, refusals that say where, and three ways to show them."""

import base64
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.services.kms.blob import Blob
from labkit.lens.dissect import NotRecognised, dissect
from labkit.lens.dissect.markup import FILLS, INK

BLOB = Blob(bytes(range(32)), bytes(range(16)), b"\xcc" * 12, bytes(43), b"\xee" * 16)
DATA = BLOB.encode()


@given(ciphertext=st.binary(max_size=5000))
def test_fields_tile_the_message(ciphertext: bytes) -> None:
    data = Blob(bytes(32), bytes(16), bytes(12), ciphertext, bytes(16)).encode()
    dissection = dissect(data)
    at = 0
    for field in dissection:
        assert field.offset == at
        at += field.length
    assert bytes(dissection) == data


def test_fields_hold_what_the_blob_holds() -> None:
    dissection = dissect(DATA)
    assert dissection.kind == "KMS ciphertext blob"
    assert dissection["key reference"].raw == BLOB.key_reference
    assert dissection["nonce"].raw == BLOB.nonce
    assert dissection["iv"].raw == BLOB.iv
    assert dissection["ciphertext"].raw == BLOB.ciphertext
    assert dissection["tag"].raw == BLOB.tag
    assert dissection["tag"].depth == 5


def test_what_is_the_labs_own_is_called_so() -> None:
    own = {field.name for field in dissect(DATA) if "the lab" in field.origin}
    assert own == {"key reference", "nonce", "ciphertext", "tag"}


def test_every_field_has_a_meaning_and_an_origin() -> None:
    assert all(field.meaning and field.origin for field in dissect(DATA))


def test_base64_from_the_cli_is_the_same_message() -> None:
    text = base64.encodebytes(DATA).decode()
    assert "\n" in text.strip()
    assert dissect(text) == dissect(DATA)


def test_an_unknown_field_name_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="key reference, derivation marker"):
        dissect(DATA)["salt"]


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (b"", 0, "found nothing"),
        (b"hello world", 0, "expected the first bytes of .* found 68 65 6c 6c"),
        (DATA[:-1], 54, "CMS length: .* 00 00 00 7d here, not 00 00 00 7e"),
        (DATA[:100], 54, "CMS length"),
        (DATA[:37] + b"\x00" + DATA[38:], 37, "derivation marker"),
        (b"\x01\x01\x02\x00\x78" + DATA[5:], 0, "older layout"),
    ],
)
def test_other_bytes_are_refused_where_they_differ(data: bytes, offset: int, expected: str) -> None:
    with pytest.raises(NotRecognised, match=expected) as caught:
        dissect(data)
    assert caught.value.offset == offset


def test_text_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        dissect("arn:aws:kms")


def test_table_has_a_row_a_field() -> None:
    table = dissect(DATA).table()
    assert list(table.columns) == ["name", "offset", "length", "depth", "bytes", "meaning", "origin"]
    assert table["length"].sum() == len(DATA)
    assert bytes.fromhex(" ".join(table["bytes"])) == DATA


def test_text_names_every_field_and_shows_every_byte() -> None:
    dissection = dissect(DATA)
    first, *lines = str(dissection).splitlines()
    assert first == "KMS ciphertext blob, 184 bytes"
    assert bytes.fromhex("".join(line[6:53] for line in lines)) == DATA
    assert all(field.name in str(dissection) for field in dissection)


class _Collector(HTMLParser):
    """Collects what the tests ask about, and sees that every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed_and_accessible() -> None:
    dissection = dissect(DATA)
    html = dissection._repr_html_()
    page = _Collector()
    page.feed(html)
    assert page.open == []
    tags = [tag for tag, _ in page.seen]
    assert {"script", "style", "link", "img"}.isdisjoint(tags)
    assert "caption" in tags
    assert [attributes.get("aria-hidden") for tag, attributes in page.seen if tag == "pre"] == ["true"]
    rows = [attributes for tag, attributes in page.seen if tag == "th" and attributes.get("scope") == "row"]
    assert len(rows) == len(dissection)
    bytes_shown = [attributes for tag, attributes in page.seen if tag == "span" and "title" in attributes]
    assert len(bytes_shown) == len(DATA)


def test_a_long_message_is_dumped_in_part_and_says_so() -> None:
    long = dissect(Blob(bytes(32), bytes(16), bytes(12), bytes(4107), bytes(16)).encode())
    html = long._repr_html_()
    assert f"and {len(bytes(long)) - 512} more bytes" in html
    assert html.count('scope="row"') == len(long)
    assert "more bytes" not in dissect(DATA)._repr_html_()


@pytest.mark.parametrize("fill", FILLS)
def test_ink_is_readable_on_every_fill(fill: str) -> None:
    """WCAG 2.2 asks for a contrast of 7 to 1 at level AAA."""
    light, dark = luminance(fill), luminance(INK)
    assert (light + 0.05) / (dark + 0.05) >= 7


def luminance(colour: str) -> float:
    channels = [int(pair, 16) / 255 for pair in re.findall("[0-9a-f]{2}", colour)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
