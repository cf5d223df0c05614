"""When a block's bytes may go: once no disk lists it any more, of whichever account and region.

Snapshots share blocks, and an unencrypted copy shares those of another region, too.
Source: Amazon EBS User Guide, "How snapshots work".
"""

from collections.abc import Iterable

from labkit.cloud.ebs.keys import Keys
from labkit.crypto.randomness import public_uuid


class Discarding(Keys):
    """Base of the services that take blocks off the lists of disks."""

    def discard(self, blobs: Iterable[str]) -> None:
        """Delete those of these blobs that no disk lists, once this call has been committed: until then it
        may still be undone.
        """
        everybody = self.all_tables()
        unused = [
            name for name in blobs if not any(one.blocks.count_having("blob", name) for one in everybody)
        ]
        if unused:
            self.plan(f"ebs: discard {public_uuid()}", self.now, "_discard", {"Blobs": " ".join(unused)})

    def _discard(self, Blobs: str) -> None:
        for name in Blobs.split():
            self.cloud.blobs.delete(name)
