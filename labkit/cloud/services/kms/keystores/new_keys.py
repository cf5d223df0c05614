"""Creating a key in a custom key store: only symmetric encryption keys, in one region, in a connected store.

In a cluster the key is made; outside of AWS it must exist already, and KMS adds a key of its own to it.
Source: KMS API Reference, "CreateKey"; KMS Developer Guide, "Create KMS keys in an external key store".
"""

from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.key_states import NOT_CONNECTED
from labkit.cloud.services.kms.keystores.backing import KeyStoreService
from labkit.cloud.services.kms.keystores.cluster import ClusterModule
from labkit.cloud.services.kms.keystores.failures import XksError
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    CONNECTED,
    EXTERNAL_KEY_STORE,
    CustomKeyStore,
)
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.cloud.services.kms.service import faults

ENOUGH_ZONES = 2


class NewKeysInStores(KeyStoreService):
    """What CreateKey and GenerateRandom do differently where a key store is named."""

    def key_store_for(
        self,
        spec: str,
        Origin: str,
        CustomKeyStoreId: str | None,
        XksKeyId: str | None,
        *,
        multi_region: bool,
    ) -> CustomKeyStore | None:
        """The key store that a new key is to be made in, if any; checks that it can be.

        Raises:
            ValidationException: parameters that don't go together.
            UnsupportedOperationException: a key of this kind can't be in a custom key store.
            CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException,
            CloudHsmClusterInvalidConfigurationException, XksKeyAlreadyInUseException,
            XksKeyNotFoundException, XksKeyInvalidConfigurationException, KMSInvalidStateException.
        """
        _check_parameters(Origin, CustomKeyStoreId, XksKeyId)
        if CustomKeyStoreId is None:
            return None
        if spec != "SYMMETRIC_DEFAULT" or multi_region:
            raise faults.UnsupportedOperationException()
        key_store = self.find_key_store(CustomKeyStoreId)
        if key_store.CustomKeyStoreType != Origin:
            raise faults.ValidationException(
                f"Origin {Origin} is not valid for a custom key store of type {key_store.CustomKeyStoreType}."
            )
        if key_store.ConnectionState != CONNECTED:
            raise faults.CustomKeyStoreInvalidStateException(_not_connected(key_store))
        if XksKeyId is None:
            self._check_cluster_is_large_enough(key_store)
        else:
            self._check_external_key(key_store, XksKeyId)
        return key_store

    def create_material_in(self, key_store: CustomKeyStore, key_id: str) -> KeyMaterial:
        """The material of a new key: a key of the cluster, or KMS's own half of a double encryption."""
        if key_store.CustomKeyStoreType == EXTERNAL_KEY_STORE:
            return self.hsm.create_material(key_id, KEY_SPECS["SYMMETRIC_DEFAULT"], self.now)
        return self._module(key_store).create_key(key_id, self.now)

    def random_in(self, CustomKeyStoreId: str, count: int) -> bytes:
        """Random bytes from the cluster of a key store.

        Raises:
            UnsupportedOperationException: it is an external key store.
            CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException.
        """
        key_store = self.find_key_store(CustomKeyStoreId)
        if key_store.CustomKeyStoreType == EXTERNAL_KEY_STORE:
            raise faults.UnsupportedOperationException()
        if key_store.ConnectionState != CONNECTED:
            raise faults.CustomKeyStoreInvalidStateException(_not_connected(key_store))
        return self._module(key_store).random(count)

    def _module(self, key_store: CustomKeyStore) -> ClusterModule:
        cluster = self.cluster_of(key_store)
        if cluster is None or not cluster.works:
            raise faults.CustomKeyStoreInvalidStateException(
                f"KMS cannot reach the CloudHSM cluster of custom key store {key_store.CustomKeyStoreId}."
            )
        return self.module(cluster)

    def _check_cluster_is_large_enough(self, key_store: CustomKeyStore) -> None:
        cluster = self.cluster_of(key_store)
        if cluster is not None and cluster.zones < ENOUGH_ZONES:
            raise faults.CloudHsmClusterInvalidConfigurationException(too_few_hsms(cluster.ClusterId))

    def _check_external_key(self, key_store: CustomKeyStore, XksKeyId: str) -> None:
        if any(key.XksKeyId == XksKeyId for key in self.keys_in(key_store)):
            raise faults.XksKeyAlreadyInUseException(
                f"External key {XksKeyId} is already associated with another KMS key in this external "
                "key store."
            )
        try:
            self.proxy_of(key_store).check_key(XksKeyId)
        except XksError as error:
            raise getattr(faults, error.failure.in_create_key)(error.failure.message) from None


def too_few_hsms(cluster_id: str) -> str:
    """The sentence for a cluster that is too small to put keys into."""
    return (
        f"The CloudHSM cluster {cluster_id} must have at least two active HSMs, each in a different "
        "Availability Zone."
    )


def _check_parameters(Origin: str, CustomKeyStoreId: str | None, XksKeyId: str | None) -> None:
    in_key_store = Origin in (AWS_CLOUDHSM, EXTERNAL_KEY_STORE)
    if in_key_store != (CustomKeyStoreId is not None):
        must = "must" if in_key_store else "cannot"
        raise faults.ValidationException(f"You {must} specify a CustomKeyStoreId when Origin is {Origin}.")
    if (Origin == EXTERNAL_KEY_STORE) != (XksKeyId is not None):
        must = "must" if Origin == EXTERNAL_KEY_STORE else "cannot"
        raise faults.ValidationException(f"You {must} specify an XksKeyId when Origin is {Origin}.")


def _not_connected(key_store: CustomKeyStore) -> str:
    if key_store.CustomKeyStoreType == EXTERNAL_KEY_STORE:
        return NOT_CONNECTED
    return f"Custom key store {key_store.CustomKeyStoreId} is not connected."
