"""Writing a message: materials, header, body, signature, in the order in which they stand in it.

`encrypt` writes a whole message into memory that is as large as the message will be, each frame straight to
its place. `encrypt_stream` does the same with a few frames at a time, for content of any length.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.crypto.randomness import random_bytes
from labkit.esdk import body, keys, signing
from labkit.esdk.errors import NotAllowed
from labkit.esdk.header import IV_BYTES, LARGEST_FRAME, Header
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.materials import EncryptionMaterials, EncryptionRequest, MaterialsManager, manager
from labkit.esdk.policy import STRICTEST, CommitmentPolicy
from labkit.esdk.suites import Suite
from labkit.esdk.suites import suite as find_suite

FRAME_LENGTH = 4096
AT_ONCE = 1 << 18  # bytes of content that a stream holds, or one frame if that is longer
Progress = Callable[[int], object]


def encrypt(
    content: bytes | bytearray | memoryview,
    source: Keyring | MaterialsManager,
    context: Mapping[str, str] = {},
    *,
    suite: Suite | int | str | None = None,
    frame_length: int = FRAME_LENGTH,
    policy: CommitmentPolicy = STRICTEST,
    max_data_keys: int | None = None,
) -> bytes:
    """Encrypt `content` into one message.

    `source` is a keyring, or a CMM such as a caching one. `frame_length` 0 leaves the content in one piece.
    Raises NotAllowed where the policy, the context or a limit is against it, and what the keyring raises.
    """
    request = _request(context, suite, policy, len(content))
    writing = _Writing(request, source, frame_length, max_data_keys)
    start = writing.start()
    whole = len(start) + body.sealed_bytes(len(content), frame_length)
    message = io.BytesIO()
    message.seek(whole - 1)
    message.write(b"\0")
    with message.getbuffer() as target:
        target[: len(start)] = start
        body.seal(writing.cipher, writing.header, memoryview(content), target[len(start) :])
        footer = writing.footer(target[len(start) :])
    message.seek(whole)
    message.write(footer)
    return message.getvalue()


def encrypt_stream(
    content: BinaryIO | Iterable[bytes],
    source: Keyring | MaterialsManager,
    context: Mapping[str, str] = {},
    *,
    suite: Suite | int | str | None = None,
    frame_length: int = FRAME_LENGTH,
    policy: CommitmentPolicy = STRICTEST,
    max_data_keys: int | None = None,
    length: int | None = None,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """Encrypt what a file or an iterable gives, and yield the message piece by piece, in constant memory.

    `length` is that of the content, where it is known: a caching CMM caches nothing without it. `progress`
    is called with the number of bytes of content done. NotAllowed for content that is longer than `length`
    or not framed, and as `encrypt`.
    """
    if not frame_length:
        raise NotAllowed("a stream is framed; an unframed message begins with the length of all its content")
    writing = _Writing(_request(context, suite, policy, length), source, frame_length, max_data_keys)
    yield writing.start()
    frames = max(AT_ONCE // frame_length, 1)
    target = memoryview(bytearray(body.sealed_bytes(frames * frame_length, frame_length)))
    number, done = 1, 0
    for block, last in _blocks(content, frames * frame_length):
        done += len(block)
        if length is not None and done > length:
            raise NotAllowed(f"the content is longer than the {length} bytes that were announced")
        whole = max(len(block) - 1, 0) // frame_length if last else frames
        at = body.seal_frames(writing.cipher, writing.header, block, target, number, whole)
        number += whole
        if last:
            at += body.seal_last(
                writing.cipher, writing.header, block[whole * frame_length :], target[at:], number
            )
        yield bytes(target[:at])
        writing.sign(target[:at])
        if progress:
            progress(done)
    yield writing.footer(b"")


class _Writing:
    """A message that is being written: its materials, its header, the hash of what is written so far."""

    def __init__(
        self,
        request: EncryptionRequest,
        source: Keyring | MaterialsManager,
        frame_length: int,
        max_data_keys: int | None,
    ) -> None:
        if not 0 <= frame_length <= LARGEST_FRAME:
            raise NotAllowed(
                f"a frame has 1 to {LARGEST_FRAME} bytes, or 0 for no frames, not {frame_length}"
            )
        if request.suite:
            request.policy.check_encrypt(request.suite)
        self._materials = found = manager(source).encryption_materials(request)
        self._check(found, request, max_data_keys)
        message_id = random_bytes(found.suite.message_id_bytes)
        key, commitment = keys.derive(found.suite, found.data_key, message_id)
        stored = {name: value for name, value in found.context.items() if name not in found.not_stored}
        self.cipher = AESGCM(key)
        self.header = Header(found.suite, message_id, stored, found.data_keys, frame_length, commitment)
        self._hash = signing.hasher(found.suite) if found.signing_key else None

    def start(self) -> bytes:
        """The header and its authentication."""
        found, written = self._materials, self.header.encode()
        not_stored = {name: found.context[name] for name in found.not_stored}
        tag = keys.header_tag(self.cipher, written, not_stored)
        start = written + (b"" if found.suite.committing else bytes(IV_BYTES)) + tag
        self.sign(start)
        return start

    def sign(self, written: bytes | memoryview) -> None:
        """Take part of the message into the signature."""
        if self._hash:
            self._hash.update(written)

    def footer(self, written: bytes | memoryview) -> bytes:
        """The footer, once this has been taken in as the last; nothing for an unsigned suite."""
        key = self._materials.signing_key
        if self._hash is None or key is None:
            return b""
        self._hash.update(written)
        return signing.footer(self._materials.suite, key, self._hash.digest())

    @staticmethod
    def _check(found: EncryptionMaterials, request: EncryptionRequest, max_data_keys: int | None) -> None:
        request.policy.check_encrypt(found.suite)
        if request.suite and found.suite != request.suite:
            raise NotAllowed(f"the materials are for {found.suite}, and {request.suite} was asked for")
        if max_data_keys is not None and len(found.data_keys) > max_data_keys:
            raise NotAllowed(
                f"there are {len(found.data_keys)} encrypted data keys, {max_data_keys} are allowed"
            )


def _request(
    context: Mapping[str, str], wanted: Suite | int | str | None, policy: CommitmentPolicy, length: int | None
) -> EncryptionRequest:
    return EncryptionRequest(dict(context), None if wanted is None else find_suite(wanted), policy, length)


def _blocks(content: BinaryIO | Iterable[bytes], size: int) -> Iterator[tuple[memoryview, bool]]:
    """Yield blocks of `size` bytes, and whether a block is the last; the last is never empty by need."""
    pieces = iter(lambda: content.read(size), b"") if hasattr(content, "read") else iter(content)
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield memoryview(bytes(held[:size])), False
            del held[:size]
    yield memoryview(bytes(held)), True
