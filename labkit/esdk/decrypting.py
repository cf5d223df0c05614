"""Reading a message: one check after another, and no plaintext before the check that covers it.

    1  the header is well formed, and its suite is allowed
    2  an encrypted data key opens
    3  the header commits to this data key             (version 2)
    4  the header, and the encryption context, are those that were written
    5  each frame is, and stands in its place
    6  the signature is over all of it                 (signed suites)
    7  nothing comes behind

`decrypt` hands out nothing before all are passed. `decrypt_stream` hands out a frame after check 5, so what
it gave is to be thrown away if it ends with an error; that is the price of constant memory.
"""

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar

from labkit.esdk import body, keys, signing
from labkit.esdk import header as headers
from labkit.esdk.cursor import Cursor, StreamCursor
from labkit.esdk.encrypting import Progress
from labkit.esdk.errors import ContextMismatch
from labkit.esdk.header import TAG_BYTES, Header
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.materials import DecryptionRequest, MaterialsManager, manager
from labkit.esdk.policy import STRICTEST, CommitmentPolicy
from labkit.records import Record


class Opened(Record):
    """A message that passed every check: its content, and the encryption context that was authenticated."""

    hidden: ClassVar = ("plaintext",)

    plaintext: bytes
    context: Mapping[str, str]
    header: Header


def decrypt(
    message: bytes | bytearray | memoryview,
    source: Keyring | MaterialsManager,
    context: Mapping[str, str] = {},
    *,
    policy: CommitmentPolicy = STRICTEST,
    max_data_keys: int | None = None,
) -> Opened:
    """Open a message.

    `source` is a keyring or a CMM. `context` is what the reader knows of the encryption context: what is in
    it must be so in the message. Raises a MessageError with the field and the byte, and NotAllowed where the
    policy or a required name is against it.
    """
    cursor, written = Cursor(message), memoryview(message)
    reading = _Reading(cursor, written, source, context, policy, max_data_keys)
    content = io.BytesIO()
    content.seek(len(message) - cursor.at)
    content.write(b"\0")
    with content.getbuffer() as target:
        number, size = body.open_frames(reading.cipher, reading.header, cursor, target)
        for block in body.read(cursor, reading.header, first=number):
            end = size + len(block.sealed) - TAG_BYTES
            block.open(reading.cipher, target[size:end])
            size = end
    if reading.hash:
        reading.hash.update(written[: cursor.at])
    reading.finish(cursor)
    content.truncate(size)
    return Opened(content.getvalue(), reading.context, reading.header)


def decrypt_stream(
    message: BinaryIO,
    source: Keyring | MaterialsManager,
    context: Mapping[str, str] = {},
    *,
    policy: CommitmentPolicy = STRICTEST,
    max_data_keys: int | None = None,
    max_length: int | None = None,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """Open what a file gives, and yield the content frame by frame; one frame is in memory at a time.

    `max_length` is the longest frame, or unframed content, to be held. `progress` is called with the number
    of bytes of content done. Raises as `decrypt`, perhaps after frames were yielded; TooLarge, too.
    """
    written = bytearray()
    cursor = StreamCursor(message, written.extend)
    reading = _Reading(cursor, written, source, context, policy, max_data_keys)
    if reading.hash:
        reading.hash.update(written)
    cursor.watch = reading.hash.update if reading.hash else None
    done = 0
    for block in body.read(cursor, reading.header, max_length):
        content = bytearray(len(block.sealed) - TAG_BYTES)
        block.open(reading.cipher, memoryview(content))
        done += len(content)
        yield bytes(content)
        if progress:
            progress(done)
    cursor.watch = None
    reading.finish(cursor)


class _Reading:
    """A message whose header is read and checked: checks 1 to 4 are passed once this is made."""

    def __init__(
        self,
        cursor: Cursor,
        written: memoryview | bytearray,
        source: Keyring | MaterialsManager,
        context: Mapping[str, str],
        policy: CommitmentPolicy,
        max_data_keys: int | None,
    ) -> None:
        self.header = header = headers.read(cursor, max_data_keys)
        end = cursor.at
        iv, tag = headers.read_authentication(cursor, header.suite)
        policy.check_decrypt(header.suite)
        signing.public_key(header)
        if context:
            _check_context(header, context, header.context)
        found = manager(source).decryption_materials(DecryptionRequest(header, context))
        self.cipher = keys.cipher_for(header, found.data_key, end)
        keys.check_header(self.cipher, bytes(written[:end]), iv, tag, found.not_stored)
        self.context = {**header.context, **found.not_stored}
        if context:
            _check_context(header, context, self.context, all_of_it=True)
        self.hash = signing.hasher(header.suite) if header.suite.curve else None

    def finish(self, cursor: Cursor) -> None:
        """Checks 6 and 7."""
        if self.hash:
            at, signature = signing.read(cursor)
            signing.verify(self.header, self.hash.digest(), signature, at)
        cursor.check_end()


def _check_context(
    header: Header, known: Mapping[str, str], context: Mapping[str, str], all_of_it: bool = False
) -> None:
    for name, value in known.items():
        if name in context and context[name] != value:
            raise ContextMismatch("AAD", header.context_offset, f"{name!r} has another value than was given")
        if all_of_it and name not in context:
            raise ContextMismatch("AAD", header.context_offset, f"there is no {name!r}, which was given")
