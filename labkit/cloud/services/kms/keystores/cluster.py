"""A CloudHSM cluster: modules that one customer alone uses, where KMS is a user like any other.

KMS logs in as `kmsuser` and has keys made that can't leave the cluster. The cluster seals and opens with them
as KMS's own modules do, so that one ciphertext looks like the other.
Source: KMS Developer Guide, "AWS CloudHSM key stores"; CloudHSM User Guide, "Cluster backups".
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record, replace

ACTIVE, DEGRADED = "ACTIVE", "DEGRADED"
LOCKED_AFTER = 5
"""Wrong passwords in a row that lock a user of a cluster out."""


class HsmInstance(Record):
    """One module of a cluster. Modules in different Availability Zones fail independently."""

    HsmId: str
    AvailabilityZone: str


class KmsUser(Record):
    """The crypto user kmsuser: its password (wrapped), and whether somebody is logged in with it."""

    hidden: ClassVar = ("Password",)

    Password: bytes
    LoggedIn: bool = False
    FailedLogins: int = 0


class CloudHsmCluster(Record):
    """A cluster. Clusters made from each other's backups share `BackupHistory`, certificate and old keys."""

    ClusterId: str
    State: str
    TrustAnchorCertificate: str
    BackupHistory: str
    Hsms: tuple[HsmInstance, ...]
    User: KmsUser | None

    @property
    def zones(self) -> int:
        """In how many Availability Zones the cluster has a module."""
        return len({hsm.AvailabilityZone for hsm in self.Hsms})

    @property
    def works(self) -> bool:
        """Whether it answers at all."""
        return self.State == ACTIVE and bool(self.Hsms)


class ClusterKey(Record):
    """A key in a cluster; KMS gives it the id of the KMS key as its label."""

    Handle: str
    ClusterId: str
    Material: KeyMaterial


class ClusterTables(Tables):
    """The clusters of one account in one region, and what is in them."""

    service = "cloudhsm"
    clusters = table(CloudHsmCluster, key="ClusterId")
    keys = table(ClusterKey, key="Handle", indexes={"cluster": lambda key: key.ClusterId})


class ClusterModule(Hsm):
    """A cluster, as KMS uses it in one call."""

    tables: ClusterTables
    cluster: CloudHsmCluster

    def create_key(self, key_id: str, now: datetime) -> KeyMaterial:
        """Make a 256-bit key in the cluster. KMS gets a reference to it, without a token."""
        made = self.create_material(key_id, KEY_SPECS["SYMMETRIC_DEFAULT"], now)
        name = self.cluster.ClusterId
        self.tables.keys.put(ClusterKey(_handle(name, made.KeyMaterialId), name, made))
        return replace(made, Token=b"", DomainKey=name)

    def material(self, reference: KeyMaterial) -> KeyMaterial:
        """The key behind a reference; KeyError if it is not in this cluster."""
        found = self.tables.keys.get(_handle(self.cluster.ClusterId, reference.KeyMaterialId))
        if found is None:
            raise KeyError(reference.KeyMaterialId)
        return found.Material

    def delete_key(self, reference: KeyMaterial) -> None:
        """Delete the key behind a reference, if it is there."""
        handle = _handle(self.cluster.ClusterId, reference.KeyMaterialId)
        if handle in self.tables.keys:
            self.tables.keys.delete(handle)

    def _domain(self, now: datetime) -> str:
        return f"cloudhsm/{self.cluster.BackupHistory}"

    def _note(self, action: str, primitive: str, material: str, details: Mapping[str, Any]) -> None:
        super()._note(action, primitive, material, {"module": self.cluster.ClusterId, **details})


def log_in(cloud: Cloud, tables: ClusterTables, cluster: CloudHsmCluster, password: bytes) -> str | None:
    """Log in as kmsuser with a wrapped password. Returns why not, as a ConnectionErrorCode."""
    user = cluster.User
    if not cluster.Hsms:
        return "INSUFFICIENT_CLOUDHSM_HSMS"
    if not cluster.works:
        return "NETWORK_ERRORS"
    if user is None:
        return "USER_NOT_FOUND"
    if user.FailedLogins >= LOCKED_AFTER:
        return "USER_LOCKED_OUT"
    if user.LoggedIn:
        return "USER_LOGGED_IN"
    secrets = cloud.part(SecretsAtHand)
    right = hmac.compare_digest(secrets.open(user.Password).encode(), secrets.open(password).encode())
    after = replace(user, LoggedIn=right, FailedLogins=0 if right else user.FailedLogins + 1)
    tables.clusters.put(replace(cluster, User=after))
    return None if right else "INVALID_CREDENTIALS"


def _handle(cluster_id: str, material_id: str) -> str:
    return f"{cluster_id}/{material_id}"
