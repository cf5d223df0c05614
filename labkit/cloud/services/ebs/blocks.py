"""The blocks of a snapshot, one at a time: 512 KiB that go in and come out in plaintext, by way of KMS.

Who lists blocks is given a token for each, good for a week; it takes one to read a block. Only blocks that
were written are listed, and where two snapshots list different ones they have changed.
Source: EBS direct APIs Reference, "PutSnapshotBlock", "GetSnapshotBlock", "ListSnapshotBlocks",
"ListChangedBlocks".
"""

import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.ebs import blocks
from labkit.cloud.ebs.model import BLOCK_BYTES, Block, Snapshot, block_id
from labkit.cloud.services.ebs.service import faults
from labkit.cloud.services.ebs.snapshots import DirectSnapshots, check_index
from labkit.crypto import kdf
from labkit.crypto.errors import AuthenticationFailed

TOKENS_LAST = timedelta(days=7)
TOKEN_KEY = b"labkit EBS block token"
TIME_BYTES = 8
SHA256 = "SHA256"
PAGE = 10000


class DirectBlocks(DirectSnapshots):
    """Write, list and read blocks."""

    def put_snapshot_block(
        self,
        SnapshotId: str,
        BlockIndex: int,
        BlockData: bytes,
        DataLength: int,
        Checksum: str,
        ChecksumAlgorithm: str,
        Progress: int | None = None,
    ) -> dict[str, Any]:
        """Write block `BlockIndex` of a snapshot that was begun and is not complete.

        Raises:
            ValidationException: these are not 512 KiB, or not those of the checksum, or it is complete.
            AccessDeniedException, ResourceNotFoundException: see `find`, and `data_key`.
        """
        snapshot = self.find(SnapshotId)
        self.check_pending(snapshot)
        check_index(snapshot, BlockIndex)
        if DataLength != BLOCK_BYTES or len(BlockData) != BLOCK_BYTES:
            raise faults.ValidationException(
                f"The length of a block must be {BLOCK_BYTES} bytes.", Reason="INVALID_BLOCK"
            )
        if not hmac.compare_digest(Checksum, blocks.checksum(BlockData)):
            raise faults.ValidationException(
                "The checksum is not that of the block's data.", Reason="INVALID_BLOCK"
            )
        name = blocks.write(self.cloud.blobs, self.data_key(snapshot), BlockData)
        block = Block(block_id(SnapshotId, BlockIndex), BlockIndex, name, Checksum)
        before = self.tables.blocks.get(block.Id)
        self.tables.blocks.put(block)
        if before is not None:
            self.discard([before.Blob])
        return {"Checksum": Checksum, "ChecksumAlgorithm": SHA256}

    def get_snapshot_block(self, SnapshotId: str, BlockIndex: int, BlockToken: str) -> dict[str, Any]:
        """Read a block by the token that it was listed with.

        Raises:
            ValidationException: the token is another block's, or too old; or the KMS key is disabled.
            InternalServerException: what lies on disk was changed.
            AccessDeniedException, ResourceNotFoundException: see `find`, and `data_key`.
        """
        snapshot = self.find(SnapshotId)
        block = self.tables_of(snapshot).blocks.get(block_id(SnapshotId, BlockIndex))
        if block is None or not self._fits(BlockToken, block):
            raise faults.ValidationException("The block token is not valid.", Reason="INVALID_BLOCK_TOKEN")
        try:
            content = blocks.read(self.cloud.blobs, self.data_key(snapshot), block)
        except AuthenticationFailed:
            raise faults.InternalServerException(
                "The block on disk is not the one that was written."
            ) from None
        return {
            "DataLength": len(content),
            "BlockData": content,
            "Checksum": block.Checksum,
            "ChecksumAlgorithm": SHA256,
        }

    def list_snapshot_blocks(
        self,
        SnapshotId: str,
        NextToken: str | None = None,
        MaxResults: int = 1000,
        StartingBlockIndex: int | None = None,
    ) -> dict[str, Any]:
        """The blocks of a snapshot that were written, each with a token to read it by."""
        snapshot = self.find(SnapshotId)
        after = self._start(NextToken, StartingBlockIndex)
        found = list(islice(blocks.blocks_of(self.tables_of(snapshot), SnapshotId, after), MaxResults + 1))
        told = [{"BlockIndex": one.Index, "BlockToken": self._token(one)} for one in found[:MaxResults]]
        return {"Blocks": told, **self._about(snapshot, found, MaxResults)}

    def list_changed_blocks(
        self,
        SecondSnapshotId: str,
        FirstSnapshotId: str | None = None,
        NextToken: str | None = None,
        MaxResults: int = 1000,
        StartingBlockIndex: int | None = None,
    ) -> dict[str, Any]:
        """The blocks that differ between two snapshots of one disk; all of the second, without a first."""
        second = self.find(SecondSnapshotId)
        first = self.find(FirstSnapshotId) if FirstSnapshotId else None
        changed = self._changed(first, second, self._start(NextToken, StartingBlockIndex))
        found = list(islice(changed, MaxResults + 1))
        told = [
            {
                "BlockIndex": (new or old).Index,  # type: ignore[union-attr]
                "FirstBlockToken": self._token(old) if old else None,
                "SecondBlockToken": self._token(new) if new else None,
            }
            for old, new in found[:MaxResults]
        ]
        last = [new or old for old, new in found]
        return {"ChangedBlocks": told, **self._about(second, last, MaxResults)}

    def _changed(
        self, first: Snapshot | None, second: Snapshot, after: int
    ) -> Iterator[tuple[Block | None, Block | None]]:
        """What differs behind block `after`, in order: as it is in the first, and in the second."""
        old = blocks.blocks_of(self.tables_of(first), first.SnapshotId, after) if first is not None else ()
        new = blocks.blocks_of(self.tables_of(second), second.SnapshotId, after)
        both = merge(
            ((block.Index, "old", block) for block in old), ((block.Index, "new", block) for block in new)
        )
        for _, group in groupby(both, itemgetter(0)):
            found = {side: block for _, side, block in group}
            before, now = found.get("old"), found.get("new")
            if before is None or now is None or before.Blob != now.Blob:
                yield before, now

    def _about(self, snapshot: Snapshot, found: list[Any], limit: int) -> dict[str, Any]:
        return {
            "ExpiryTime": self._expiry(),
            "VolumeSize": snapshot.VolumeSize,
            "BlockSize": BLOCK_BYTES,
            "NextToken": make_marker(str(found[limit - 1].Index)) if len(found) > limit else None,
        }

    def _start(self, token: str | None, index: int | None) -> int:
        """The index after which a list goes on; ValidationException for a token that is none of ours."""
        if token is None:
            return (index or 0) - 1
        try:
            return int(read_marker(token))
        except (BadMarkerError, ValueError):
            raise faults.ValidationException(
                "The page token is not valid.", Reason="INVALID_PAGE_TOKEN"
            ) from None

    def _expiry(self) -> datetime:
        return (self.now + TOKENS_LAST).replace(microsecond=0)

    def _token(self, block: Block) -> str:
        return self._signed(block, int(self._expiry().timestamp()).to_bytes(TIME_BYTES, "big"))

    def _signed(self, block: Block, expiry: bytes) -> str:
        told = f"{block.Id} {block.Blob}".encode()
        key = kdf.derive(self.cloud.hsm_memory.root, TOKEN_KEY, b"", 32)
        return base64.b64encode(expiry + hmac.digest(key, expiry + told, "sha256")).decode()

    def _fits(self, token: str, block: Block) -> bool:
        try:
            expiry = base64.b64decode(token, validate=True)[:TIME_BYTES]
        except ValueError:
            return False
        return (
            hmac.compare_digest(token, self._signed(block, expiry))
            and datetime.fromtimestamp(int.from_bytes(expiry, "big"), UTC) > self.now
        )
