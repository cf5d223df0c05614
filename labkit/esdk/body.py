"""The body: the content in frames of one length and a last one that may be shorter, or all in one piece.

    frame        sequence number (4), IV (12), ciphertext, tag (16)
    last frame   FF FF FF FF, sequence number (4), IV (12), length (4), ciphertext, tag (16)
    unframed     IV (12), length (8), ciphertext, tag (16)

Each tag also covers the message id, what kind of frame it is, its number and its length. So no frame can
be moved, left out, or taken from another message, and the end can't be cut off.
Source: AWS Encryption SDK Developer Guide, "Message format reference" and "Body AAD reference".
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.esdk.cursor import Cursor
from labkit.esdk.errors import FrameNotAuthentic, MalformedMessage, TooLarge
from labkit.esdk.header import IV_BYTES, TAG_BYTES, Header

LAST = 0xFFFFFFFF
FRAME, LAST_FRAME, SINGLE = (
    b"AWSKMSEncryptionClient " + kind for kind in (b"Frame", b"Final Frame", b"Single Block")
)
FRAME_BYTES = 4 + IV_BYTES + TAG_BYTES  # around the content of a frame
LAST_FRAME_BYTES = FRAME_BYTES + 8
UNFRAMED_BYTES = IV_BYTES + 8 + TAG_BYTES
LARGEST_UNFRAMED = 0x7FFFFFFF - TAG_BYTES  # what OpenSSL takes at once; the format itself allows 2**36 - 32

# A number is also the end of the IV, whose first eight bytes are zero: it never repeats under one key.
_frame_start = struct.Struct(">I8xI")
_last_start = struct.Struct(">II8xII")
_unframed_start = struct.Struct(">8xIQ")
_numbers = struct.Struct(">IQ").pack
_number_of = struct.Struct(">I").unpack_from


class Block(NamedTuple):
    """What one tag covers: a frame, or the whole content of an unframed message, which has number 0."""

    number: int
    offset: int
    iv: memoryview
    sealed: memoryview
    aad: bytes

    def open(self, cipher: AESGCM, target: memoryview) -> None:
        """Decrypt into `target`. FrameNotAuthentic if the tag is another, and then nothing is in there."""
        try:
            cipher.decrypt_into(self.iv, self.sealed, self.aad, target)
        except InvalidTag:
            raise _not_authentic(self.number, self.offset) from None


def sealed_bytes(length: int, frame_length: int) -> int:
    """How long the body of `length` bytes of content is."""
    if not frame_length:
        return UNFRAMED_BYTES + length
    whole = max(length - 1, 0) // frame_length
    return length + whole * FRAME_BYTES + LAST_FRAME_BYTES


def seal(cipher: AESGCM, header: Header, content: memoryview, target: memoryview) -> int:
    """Write a whole body into `target`; returns its length."""
    if not header.frame_length:
        return _seal_unframed(cipher, header.message_id, content, target)
    whole = max(len(content) - 1, 0) // header.frame_length
    at = seal_frames(cipher, header, content, target, 1, whole)
    rest = content[whole * header.frame_length :]
    return at + seal_last(cipher, header, rest, target[at:], whole + 1)


def seal_frames(
    cipher: AESGCM, header: Header, content: memoryview, target: memoryview, first: int, count: int
) -> int:
    """Write `count` frames, numbered from `first` on, that are not the last; returns their length."""
    size, encrypt, start = header.frame_length, cipher.encrypt_into, _frame_start.pack_into
    kind, step = header.message_id + FRAME, header.frame_length + FRAME_BYTES
    at = taken = 0
    for number in range(first, first + count):
        start(target, at, number, number)
        sealed = target[at + 16 : at + step]
        encrypt(
            target[at + 4 : at + 16], content[taken : taken + size], kind + _numbers(number, size), sealed
        )
        at += step
        taken += size
    return at


def seal_last(cipher: AESGCM, header: Header, content: memoryview, target: memoryview, number: int) -> int:
    """Write the last frame; returns its length."""
    size = len(content)
    _last_start.pack_into(target, 0, LAST, number, number, size)
    aad = header.message_id + LAST_FRAME + _numbers(number, size)
    cipher.encrypt_into(target[8:20], content, aad, target[24 : 24 + size + TAG_BYTES])
    return LAST_FRAME_BYTES + size


def _seal_unframed(cipher: AESGCM, message_id: bytes, content: memoryview, target: memoryview) -> int:
    size = len(content)
    _unframed_start.pack_into(target, 0, 1, size)
    aad = message_id + SINGLE + _numbers(1, size)
    cipher.encrypt_into(target[:IV_BYTES], content, aad, target[20 : 20 + size + TAG_BYTES])
    return UNFRAMED_BYTES + size


def open_frames(cipher: AESGCM, header: Header, cursor: Cursor, target: memoryview) -> tuple[int, int]:
    """Decrypt the frames that can be seen to be whole and in their place, up to the last or the first that
    is not: `read` goes on there. Returns (the next frame's number, the length of the content so far).

    Raises FrameNotAuthentic at the first tag that is another; nothing of that frame is in `target` then.
    """
    size, decrypt, kind = header.frame_length, cipher.decrypt_into, header.message_id + FRAME
    step, number, done = size + FRAME_BYTES, 1, 0
    while 0 < size <= LARGEST_UNFRAMED and (frame := cursor.peek(step)) and _number_of(frame)[0] == number:
        try:
            decrypt(frame[4:16], frame[16:], kind + _numbers(number, size), target[done : done + size])
        except InvalidTag:
            raise _not_authentic(number, cursor.at + 16) from None
        cursor.at += step
        done += size
        number += 1
    return number, done


def read(cursor: Cursor, header: Header, max_length: int | None = None, *, first: int = 1) -> Iterator[Block]:
    """Read the blocks of a body from the `first` on, in order, none of them decrypted.

    Raises MalformedMessage at the first byte that cannot be as it is, and TooLarge for a frame, or an
    unframed content, longer than `max_length`.
    """
    if header.frame_length:
        _check_length(cursor, "frame length", header.frame_length, max_length)
        return _read_frames(cursor, header, first)
    return iter((_read_unframed(cursor, header, max_length),))


def _read_unframed(cursor: Cursor, header: Header, max_length: int | None) -> Block:
    iv = cursor.take(IV_BYTES, "IV", "content")
    size = cursor.number(8, "length", "content")
    _check_length(cursor, "content.length", size, max_length)
    aad = header.message_id + SINGLE + _numbers(1, size)
    return Block(0, cursor.at, iv, _take_sealed(cursor, size, "content"), aad)


def _read_frames(cursor: Cursor, header: Header, expected: int) -> Iterator[Block]:
    size, kind = header.frame_length, header.message_id + FRAME
    while True:
        name, at = f"frame {expected}", cursor.at
        number = cursor.number(4, "sequence number", name)
        if number == LAST:
            break
        if number != expected:
            raise _misplaced(name, at, number, expected)
        rest = cursor.take(IV_BYTES + size + TAG_BYTES, "IV, ciphertext and tag", name)
        if cursor.parts is not None:
            cursor.divide(name, ("IV", IV_BYTES), ("ciphertext", size), ("tag", TAG_BYTES))
        yield Block(number, at + 16, rest[:IV_BYTES], rest[IV_BYTES:], kind + _numbers(number, size))
        expected += 1
    if cursor.parts is not None:
        cursor.divide(name, ("end marker", 4))
    yield _read_last(cursor, header, name, expected)


def _read_last(cursor: Cursor, header: Header, name: str, expected: int) -> Block:
    at = cursor.at
    number = cursor.number(4, "sequence number", name)
    if number != expected:
        raise _misplaced(name, at, number, expected)
    iv = cursor.take(IV_BYTES, "IV", name)
    at = cursor.at
    size = cursor.number(4, "length", name)
    if size > header.frame_length:
        reason = f"the last frame has at most the frame length, {header.frame_length}, not {size}"
        raise MalformedMessage(f"{name}.length", at, reason)
    aad = header.message_id + LAST_FRAME + _numbers(number, size)
    return Block(number, cursor.at, iv, _take_sealed(cursor, size, name), aad)


def _not_authentic(number: int, offset: int) -> FrameNotAuthentic:
    return FrameNotAuthentic(f"frame {number}" if number else "content", offset, "its tag does not fit")


def _misplaced(name: str, at: int, number: int, expected: int) -> MalformedMessage:
    return MalformedMessage(f"{name}.sequence number", at, f"it is {expected} here, not {number}")


def _take_sealed(cursor: Cursor, size: int, name: str) -> memoryview:
    sealed = cursor.take(size + TAG_BYTES, "ciphertext and tag", name)
    if cursor.parts is not None:
        cursor.divide(name, ("ciphertext", size), ("tag", TAG_BYTES))
    return sealed


def _check_length(cursor: Cursor, field: str, size: int, most: int | None) -> None:
    limit = LARGEST_UNFRAMED if most is None else most
    if size > limit:
        raise TooLarge(field, cursor.at, f"{size} bytes would have to be held in memory, {limit} are allowed")
