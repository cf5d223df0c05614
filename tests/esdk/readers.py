"""One message read in every way that the library has: all ways must come to the same end.

A message is read from memory, with the frames at hand opened in a run; from memory, block by block; from a
stream; and for the lens, which wants to be told each field. Behind the header stands a cipher that takes
nearly every tag, so that messages nobody could have made are read to their ends, too.
"""

import io
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit import esdk
from labkit.esdk import body
from labkit.esdk import header as headers
from labkit.esdk.cursor import Cursor, Part, StreamCursor
from labkit.esdk.errors import EsdkError, MessageError, TooLarge
from labkit.esdk.header import TAG_BYTES, Header
from tests.esdk.real_sdk import our_keyring

ALLOW = esdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
WRONG_TAG = 0xEE
LONGEST_HELD = 1 << 20


class Credulous:
    """A cipher to which every tag fits that does not end with EE; what it opens is what was sealed."""

    def decrypt_into(self, iv: memoryview, sealed: memoryview, aad: bytes, target: memoryview) -> int:
        """Copy the content."""
        if sealed[-1] == WRONG_TAG:
            raise InvalidTag
        target[:] = sealed[:-TAG_BYTES]
        return len(target)


CREDULOUS = cast(AESGCM, Credulous())


def check(data: bytes) -> None:
    """AssertionError if two readers differ over `data`; a defect's own error passes through."""
    _check_keyring(data)
    cursor = Cursor(data)
    try:
        header = headers.read(cursor, 20)
        headers.read_authentication(cursor, header.suite)
    except MessageError:
        return
    blocks = _blocks(Cursor(data), header, cursor.at)
    stream = StreamCursor(io.BytesIO(data), lambda _: None)
    assert _blocks(stream, header, cursor.at) == blocks
    parts = list[Part]()
    assert _blocks(Cursor(data, parts), header, cursor.at) == blocks
    assert _adjoin(parts, cursor.at)
    assert _opened(data, header, cursor.at) == _joined(blocks)


def _check_keyring(data: bytes) -> None:
    """With a real key, both public ways open the message, or neither does."""
    at_once: Any
    streamed: Any
    try:
        at_once = esdk.decrypt(data, our_keyring(), policy=ALLOW, max_data_keys=20).plaintext
    except EsdkError as refusal:
        at_once = str(refusal)
    try:
        pieces = esdk.decrypt_stream(
            io.BytesIO(data), our_keyring(), policy=ALLOW, max_data_keys=20, max_length=LONGEST_HELD
        )
        streamed = b"".join(pieces)
    except TooLarge:
        return
    except EsdkError as refusal:
        streamed = str(refusal)
    assert at_once == streamed


def _blocks(cursor: Cursor, header: Header, start: int) -> tuple[list[Any], str]:
    """What each block is, and with which error the reading ends, if with any."""
    cursor.take(start, "header")
    if cursor.parts:
        cursor.parts.clear()
    found = list[Any]()
    try:
        for block in body.read(cursor, header):
            content = memoryview(bytearray(len(block.sealed) - TAG_BYTES))
            block.open(CREDULOUS, content)
            found.append((block.number, block.offset, bytes(block.iv), block.aad, bytes(content)))
    except MessageError as refusal:
        return found, str(refusal)
    return found, ""


def _opened(data: bytes, header: Header, start: int) -> tuple[bytes, str]:
    """The content of the frames that are opened in a run, and of the blocks behind them."""
    cursor, target, size = Cursor(data), memoryview(bytearray(len(data))), 0
    cursor.take(start, "header")
    try:
        number, size = body.open_frames(CREDULOUS, header, cursor, target)
        for block in body.read(cursor, header, first=number):
            end = size + len(block.sealed) - TAG_BYTES
            block.open(CREDULOUS, target[size:end])
            size = end
    except MessageError as refusal:
        return b"", str(refusal)
    return bytes(target[:size]), ""


def _joined(blocks: tuple[list[Any], str]) -> tuple[bytes, str]:
    found, refusal = blocks
    return (b"" if refusal else b"".join(block[-1] for block in found)), refusal


def _adjoin(parts: list[Part], at: int) -> bool:
    """Whether the fields lie one behind another from `at` on."""
    for part in parts:
        if part.offset != at:
            return False
        at += part.size
    return True
