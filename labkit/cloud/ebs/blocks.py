"""Blocks on disk: sealed under the data key of their volume or snapshot, or, without one, as they are.

Each block is a blob that is written once. Its key is derived from the data key and the blob's own name, so
one that is put in another's place does not open. AWS encrypts volumes with AES-256-XTS; the lab takes
AES-GCM, which also tells when a bit was changed.
Source: Amazon EBS User Guide, "How Amazon EBS encryption works"; the sealing is the lab's own.
"""

import base64
import hashlib
from collections.abc import Iterator

from labkit.cloud.ebs.model import Block, EbsTables, block_id
from labkit.cloud.state.blobs import Blobs
from labkit.crypto import aead, kdf
from labkit.crypto.aead import IV_BYTES, KEY_BYTES, TAG_BYTES
from labkit.records import replace

LABEL = b"labkit EBS block"
IV = bytes(IV_BYTES)  # each key seals one block, so that it never comes twice


def checksum(content: bytes) -> str:
    """SHA-256 in base64, as EBS's direct APIs tell it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def write(blobs: Blobs, data_key: bytes | None, content: bytes) -> str:
    """Keep these bytes as a new blob, sealed if there is a data key; return its name."""
    name = blobs.fresh_name()
    blobs.write(name, aead.seal(_key(data_key, name), IV, content, b"") if data_key else [content])
    return name


def read(blobs: Blobs, data_key: bytes | None, block: Block) -> bytes:
    """The bytes of a block.

    Raises:
        AuthenticationFailed: the data key is another one, or what is on disk has changed.
    """
    with blobs.open(block.Blob) as file:
        stored = file.read()
    if data_key is None:
        return stored
    ciphertext, tag = stored[:-TAG_BYTES], stored[-TAG_BYTES:]
    return aead.open_(_key(data_key, block.Blob), IV, ciphertext, tag, b"")


def blocks_of(tables: EbsTables, owner: str, after: int = -1) -> Iterator[Block]:
    """The blocks of a volume or snapshot that have been written, from the one after `after` on."""
    return tables.blocks.beginning(f"{owner}/", block_id(owner, after) if after >= 0 else None)


def share(source: EbsTables, target: EbsTables, old: str, new: str) -> None:
    """Let `new` list the very blocks that `old` lists."""
    for block in list(blocks_of(source, old)):
        target.blocks.put(replace(block, Id=block_id(new, block.Index)))


def _key(data_key: bytes, name: str) -> bytes:
    return kdf.derive(data_key, LABEL, name.encode(), KEY_BYTES)
