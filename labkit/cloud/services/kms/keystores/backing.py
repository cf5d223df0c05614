"""From a KMS key in a custom key store to what really holds it: a cluster, or a proxy outside of AWS.

While its key store is not connected, a key is Unavailable: it can be managed, and does nothing.
Source: KMS Developer Guide, "Custom key stores", "Troubleshooting a custom key store".
"""

from typing import TYPE_CHECKING

from labkit.cloud.services.kms.key_states import DISABLED, ENABLED, UNAVAILABLE
from labkit.cloud.services.kms.keystores.cluster import CloudHsmCluster, ClusterModule, ClusterTables
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    CONNECTED,
    CustomKeyStore,
    KeyStoreTables,
)
from labkit.cloud.services.kms.model import Key, KeyMaterial
from labkit.cloud.services.kms.service import KmsService, faults, key_account
from labkit.cloud.state.tables import Table
from labkit.records import replace

if TYPE_CHECKING:
    from labkit.cloud.services.kms.keystores.xks_client import XksClient


class KeyStoreService(KmsService):
    """Base of the chapters that may meet a key in a custom key store."""

    def key_stores(self, account: str = "") -> Table[CustomKeyStore]:
        """The custom key stores of an account, by default the caller's, in this region."""
        return self.cloud.store.tables(KeyStoreTables, account or self.account, self.region).key_stores

    def find_key_store(self, CustomKeyStoreId: str) -> CustomKeyStore:
        """The caller's key store with this id; else CustomKeyStoreNotFoundException."""
        found = self.key_stores().get(CustomKeyStoreId)
        if found is None:
            raise faults.CustomKeyStoreNotFoundException(
                f"Custom key store {CustomKeyStoreId} was not found."
            )
        return found

    def key_store_of(self, key: Key) -> CustomKeyStore:
        """The key store that a key is in."""
        found = self.key_stores(key_account(key)).get(key.CustomKeyStoreId)
        assert found is not None  # a key store with keys in it can't be deleted
        return found

    def keys_in(self, key_store: CustomKeyStore) -> list[Key]:
        """The keys of a key store of the caller's, those to be deleted included."""
        return [key for key in self.tables.keys if key.CustomKeyStoreId == key_store.CustomKeyStoreId]

    def clusters(self, account: str = "") -> ClusterTables:
        """The CloudHSM clusters of an account, by default the caller's, in this region."""
        return self.cloud.store.tables(ClusterTables, account or self.account, self.region)

    def cluster_of(self, key_store: CustomKeyStore, account: str = "") -> CloudHsmCluster | None:
        """The cluster of a key store, or None if it is gone."""
        return self.clusters(account).clusters.get(key_store.CloudHsmClusterId)

    def module(self, cluster: CloudHsmCluster, account: str = "") -> ClusterModule:
        """A cluster of an account, by default the caller's, for this call."""
        return ClusterModule(self.hsm.root, self.hsm.keys, self.call, self.clusters(account), cluster)

    def module_of(self, key: Key) -> ClusterModule:
        """The cluster that holds a key; KMSInvalidStateException if it does not answer."""
        account = key_account(key)
        cluster = self.cluster_of(self.key_store_of(key), account)
        if cluster is None or not cluster.works:
            raise faults.KMSInvalidStateException(f"{key.Arn} is unavailable.")
        return self.module(cluster, account)

    def material_in(self, module: ClusterModule, key: Key, reference: KeyMaterial) -> KeyMaterial:
        """The key behind a reference, as it is in the cluster; else KMSInvalidStateException."""
        try:
            return module.material(reference)
        except KeyError:
            raise faults.KMSInvalidStateException(f"{key.Arn} is unavailable.") from None

    def proxy_of(self, key_store: CustomKeyStore) -> "XksClient":
        """The proxy of an external key store."""
        from labkit.cloud.services.kms.keystores.xks_client import XksClient  # few labs have one

        assert key_store.XksProxyConfiguration is not None
        return XksClient(self.cloud, self.call, key_store.XksProxyConfiguration)

    def make_available(self, key_store: CustomKeyStore) -> None:
        """Give the keys of a key store that is connected now the states they had, or were given meanwhile."""
        for key in self.keys_in(key_store):
            if key.KeyState == UNAVAILABLE:
                state = key.StateWhenAvailable or ENABLED
                self.tables.keys.put(replace(key, KeyState=state, StateWhenAvailable=None))

    def make_unavailable(self, key_store: CustomKeyStore) -> None:
        """Stop the keys of a key store. Those that are to be deleted go on waiting."""
        for key in self.keys_in(key_store):
            if key.KeyState in (ENABLED, DISABLED):
                self.tables.keys.put(_unavailable(key))

    def if_reachable(self, key: Key) -> Key:
        """The key as it is to be kept: Unavailable, if it is in a key store that is not connected."""
        if key.CustomKeyStoreId is None or self.key_store_of(key).ConnectionState == CONNECTED:
            return key
        return _unavailable(key)

    def forget_in_key_store(self, key: Key, material: KeyMaterial) -> None:
        """Delete a key from its cluster, if that can be reached. External keys are not KMS's to delete."""
        if key.Origin != AWS_CLOUDHSM:
            return
        key_store = self.key_store_of(key)
        cluster = self.cluster_of(key_store)
        if key_store.ConnectionState == CONNECTED and cluster is not None and cluster.works:
            self.module(cluster).delete_key(material)


def _unavailable(key: Key) -> Key:
    return replace(key, KeyState=UNAVAILABLE, StateWhenAvailable=key.KeyState)
