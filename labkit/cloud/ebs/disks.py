"""Whose disks there are: one's own, and the snapshots that others share.

Source: Amazon EBS User Guide, "Share an Amazon EBS snapshot".
"""

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.service import Service
from labkit.cloud.ebs.model import EVERYBODY, EbsTables, Snapshot
from labkit.cloud.policy.principal import Principal


class Disks(Service):
    """Base of the services that know disks; `tables` are those of the caller's account in this region."""

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(EbsTables, self.account, self.region)

    def all_tables(self, region: str = "") -> list[EbsTables]:
        """The disks of every account in a region; in all regions, if none is named."""
        scopes = self.cloud.store.scopes(EbsTables)
        here = [scope for scope in scopes if region in ("", scope.region)]
        return [self.cloud.store.tables(EbsTables, *scope) for scope in here]

    def visible_snapshot(self, SnapshotId: str, region: str) -> Snapshot | None:
        """The snapshot with this id that is the caller's own or shared with them; None if there is none."""
        own = self.cloud.store.tables(EbsTables, self.account, region).snapshots.get(SnapshotId)
        if own is not None:
            return own
        for tables in self.all_tables(region):
            found = tables.snapshots.get(SnapshotId)
            if found is not None and {EVERYBODY, self.account} & set(found.SharedWith):
                return found
        return None
