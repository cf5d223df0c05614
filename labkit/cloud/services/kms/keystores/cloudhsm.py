"""`lab.cloudhsm`: the clusters of a lab, as their owner handles them.

    cluster = lab.cloudhsm.create_cluster()
    kms.create_custom_key_store(CustomKeyStoreName="mine", **cluster.settings)
    cluster.lock_kmsuser()

On AWS this is the CloudHSM service and its command line; here it is a few plain methods.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

from labkit.cloud.core.cloud import DEFAULT_ACCOUNT, Cloud
from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.keystores.cluster import (
    ACTIVE,
    DEGRADED,
    LOCKED_AFTER,
    CloudHsmCluster,
    ClusterKey,
    ClusterTables,
    HsmInstance,
    KmsUser,
)
from labkit.cloud.services.kms.keystores.owner import changing
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

KMSUSER = "kmsuser"
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
ZONES = "abcdef"


class Cluster:
    """One cluster in the hands of its owner. Every change takes effect at once, and is kept."""

    def __init__(self, owner: "CloudHsm", ClusterId: str, account: str, region: str) -> None:
        self._owner = owner
        self._tables = owner.tables(account, region)
        self._region = region
        self.ClusterId = ClusterId

    def __repr__(self) -> str:
        now = self.record
        return f"<Cluster {self.ClusterId}, {now.State}, {len(now.Hsms)} HSMs, {len(self.keys())} keys>"

    @property
    def record(self) -> CloudHsmCluster:
        """What the lab remembers of the cluster; LookupError once it is deleted."""
        found = self._tables.clusters.get(self.ClusterId)
        if found is None:
            raise LookupError(f"There is no cluster {self.ClusterId} any more")
        return found

    @property
    def password(self) -> str:
        """The present password of kmsuser. After a connection AWS lets nobody but KMS know it."""
        user = self.record.User
        return self._owner.secrets.open(user.Password) if user else ""

    @property
    def settings(self) -> dict[str, str]:
        """What CreateCustomKeyStore wants to know of this cluster; the password is among it."""
        return {
            "CloudHsmClusterId": self.ClusterId,
            "TrustAnchorCertificate": self.record.TrustAnchorCertificate,
            "KeyStorePassword": self.password,
        }

    def keys(self) -> list[ClusterKey]:
        """The keys in the cluster; of their bytes, only the wrapped form."""
        return self._tables.keys.having("cluster", self.ClusterId)

    def add_hsm(self, AvailabilityZone: str = "") -> HsmInstance:
        """Add a module, by default in the next Availability Zone of the region."""
        hsms = self.record.Hsms
        zone = AvailabilityZone or f"{self._region}{ZONES[len(hsms) % len(ZONES)]}"
        added = HsmInstance(f"hsm-{_letters(11)}", zone)
        self._put(Hsms=(*hsms, added))
        return added

    def remove_hsm(self) -> None:
        """Take the newest module out. Without any, the cluster keeps its keys and answers nobody."""
        self._put(Hsms=self.record.Hsms[:-1])

    def turn_off(self) -> None:
        """Let the cluster fail."""
        self._put(State=DEGRADED)

    def turn_on(self) -> None:
        """Let the cluster work again."""
        self._put(State=ACTIVE)

    def change_password(self, password: str) -> None:
        """Give kmsuser another password (7 to 32 characters). It is unlocked and logged out by that."""
        if not 7 <= len(password) <= 32:
            raise ValueError(f"The password of kmsuser has 7 to 32 characters, not {len(password)}")
        self._put(User=KmsUser(self._owner.secrets.close(password)))

    def lock_kmsuser(self) -> None:
        """Lock kmsuser out, as too many wrong passwords do."""
        self._put(User=replace(self._user(), FailedLogins=LOCKED_AFTER))

    def log_in_kmsuser(self) -> None:
        """Log in as kmsuser oneself, which keeps KMS from doing so."""
        self._put(User=replace(self._user(), LoggedIn=True))

    def log_out_kmsuser(self) -> None:
        """Log kmsuser out."""
        self._put(User=replace(self._user(), LoggedIn=False))

    def delete_kmsuser(self) -> None:
        """Delete the user; `change_password` makes it anew."""
        self._put(User=None)

    def delete(self) -> None:
        """Delete the cluster with all keys in it. What was encrypted under them is lost."""
        with self._owner.changing():
            for key in self.keys():
                self._tables.keys.delete(key.Handle)
            self._tables.clusters.delete(self.ClusterId)

    def _user(self) -> KmsUser:
        user = self.record.User
        if user is None:
            raise LookupError(f"Cluster {self.ClusterId} has no kmsuser")
        return user

    def _put(self, **changes: object) -> None:
        with self._owner.changing():
            self._tables.clusters.put(replace(self.record, **changes))


class CloudHsm:
    """All clusters of a lab."""

    def __init__(self, cloud: Cloud, lock: threading.RLock, region: str) -> None:
        self._cloud = cloud
        self._lock = lock
        self._region = region
        self.secrets = cloud.part(SecretsAtHand)

    def __repr__(self) -> str:
        return f"<CloudHsm: {len(list(self))} clusters>"

    def __iter__(self) -> Iterator[Cluster]:
        for account, region in self._cloud.store.scopes(ClusterTables):
            for record in self.tables(account, region).clusters:
                yield Cluster(self, record.ClusterId, account, region)

    def create_cluster(
        self,
        *,
        account: str = DEFAULT_ACCOUNT,
        region: str = "",
        hsms: int = 2,
        backup_of: Cluster | None = None,
    ) -> Cluster:
        """A new, activated cluster with `hsms` modules, each in another Availability Zone, and a kmsuser.

        `backup_of` makes it from a backup of another cluster: it has the same certificate, user and keys.
        """
        region = region or self._region
        cluster_id = f"cluster-{_letters(11)}"
        if backup_of:
            user = backup_of.record.User
            user = user and KmsUser(user.Password)
            record = replace(backup_of.record, ClusterId=cluster_id, State=ACTIVE, Hsms=(), User=user)
        else:
            # X.509 is most of what would have to be loaded here, and most labs have no cluster.
            from labkit.cloud.services.kms.keystores.certificate import trust_anchor

            certificate = trust_anchor(cluster_id, self._cloud.clock.now())
            user = KmsUser(self.secrets.close(_letters(20)))
            record = CloudHsmCluster(cluster_id, ACTIVE, certificate, cluster_id, (), user)
        tables = self.tables(account, region)
        with self.changing():
            tables.clusters.put(record)
            for key in backup_of.keys() if backup_of else ():
                handle = f"{cluster_id}/{key.Material.KeyMaterialId}"
                tables.keys.put(ClusterKey(handle, cluster_id, key.Material))
        cluster = Cluster(self, cluster_id, account, region)
        for _ in range(hsms):
            cluster.add_hsm()
        return cluster

    def tables(self, account: str, region: str) -> ClusterTables:
        """The clusters of one account in one region, as records."""
        return self._cloud.store.tables(ClusterTables, account, region)

    def changing(self) -> AbstractContextManager[None]:
        """A block in which clusters are changed."""
        return changing(self._cloud, self._lock)


def _letters(count: int) -> str:
    """Random letters and digits of the kind that ids of CloudHSM are made of."""
    return "".join(LETTERS[byte % len(LETTERS)] for byte in random_bytes(count))
