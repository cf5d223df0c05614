"""Connecting a custom key store takes a while, and the answer to the call says nothing about the outcome.

AWS needs up to 20 minutes for a cluster and about 5 for a proxy. The lab takes 10 and 5 seconds of its clock;
until then DescribeCustomKeyStores says CONNECTING, and `lab.clock.advance(seconds=10)` is the way to wait.
Source: KMS API Reference, "ConnectCustomKeyStore"; KMS Developer Guide, "Troubleshooting a custom key store".
"""

from base64 import b64encode
from datetime import timedelta
from typing import Any

from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.keystores.backing import KeyStoreService
from labkit.cloud.services.kms.keystores.cluster import ACTIVE, log_in
from labkit.cloud.services.kms.keystores.failures import XksError
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    CONNECTED,
    CONNECTING,
    DISCONNECTED,
    DISCONNECTING,
    EXTERNAL_KEY_STORE,
    FAILED,
    CustomKeyStore,
)
from labkit.cloud.services.kms.keystores.proxy_model import xks_tables
from labkit.cloud.services.kms.keystores.stores import check_connection
from labkit.cloud.services.kms.service import faults
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

CONNECTING_TAKES = {AWS_CLOUDHSM: timedelta(seconds=10), EXTERNAL_KEY_STORE: timedelta(seconds=5)}
DISCONNECTING_TAKES = timedelta(seconds=2)


class KeyStoreConnections(KeyStoreService):
    """ConnectCustomKeyStore and DisconnectCustomKeyStore, and what happens a little later."""

    def connect_custom_key_store(self, CustomKeyStoreId: str) -> dict[str, Any]:
        """Begin to connect a key store. Where it is connected already, nothing happens.

        Raises:
            CustomKeyStoreInvalidStateException: an attempt has failed; disconnect first.
            CloudHsmClusterNotActiveException, CloudHsmClusterInvalidConfigurationException,
            CustomKeyStoreNotFoundException.
        """
        self.allow("*")
        key_store = self.find_key_store(CustomKeyStoreId)
        check_connection(key_store, {DISCONNECTED, CONNECTING, CONNECTED})
        if key_store.ConnectionState != DISCONNECTED:
            return {}
        self._check_cluster_answers(key_store)
        self.key_stores().put(replace(key_store, ConnectionState=CONNECTING))
        due = self.now + CONNECTING_TAKES[key_store.CustomKeyStoreType]
        self.plan(_plan_name(key_store), due, "_connected", {"CustomKeyStoreId": CustomKeyStoreId})
        return {}

    def disconnect_custom_key_store(self, CustomKeyStoreId: str) -> dict[str, Any]:
        """Let go of a cluster or a proxy. The keys of the key store are Unavailable from now on.

        Raises:
            CustomKeyStoreInvalidStateException: it is disconnected. CustomKeyStoreNotFoundException.
        """
        self.allow("*")
        key_store = self.find_key_store(CustomKeyStoreId)
        check_connection(key_store, {CONNECTED, CONNECTING, FAILED})
        self._log_out(key_store)
        self.make_unavailable(key_store)
        leaving = replace(key_store, ConnectionState=DISCONNECTING, ConnectionErrorCode=None)
        self.key_stores().put(leaving)
        due = self.now + DISCONNECTING_TAKES
        self.plan(_plan_name(key_store), due, "_disconnected", {"CustomKeyStoreId": CustomKeyStoreId})
        return {}

    def _connected(self, CustomKeyStoreId: str) -> None:
        """The end of connecting: it has worked, or there is a ConnectionErrorCode."""
        key_store = self.find_key_store(CustomKeyStoreId)
        if key_store.CustomKeyStoreType == AWS_CLOUDHSM:
            key_store, error = self._into_cluster(key_store)
        else:
            error = self._to_proxy(key_store)
        state = FAILED if error else CONNECTED
        self.key_stores().put(replace(key_store, ConnectionState=state, ConnectionErrorCode=error))
        if not error:
            self.make_available(key_store)

    def _disconnected(self, CustomKeyStoreId: str) -> None:
        """The end of disconnecting."""
        key_store = self.find_key_store(CustomKeyStoreId)
        self.key_stores().put(replace(key_store, ConnectionState=DISCONNECTED))

    def _check_cluster_answers(self, key_store: CustomKeyStore) -> None:
        """What is wrong with a cluster from the outset is said at once."""
        cluster = self.cluster_of(key_store)
        if cluster is not None and cluster.State != ACTIVE:
            raise faults.CloudHsmClusterNotActiveException(
                f"CloudHSM cluster {cluster.ClusterId} is not active."
            )
        if cluster is not None and not cluster.Hsms:
            raise faults.CloudHsmClusterInvalidConfigurationException(
                f"The CloudHSM cluster {cluster.ClusterId} must have at least one active HSM."
            )

    def _into_cluster(self, key_store: CustomKeyStore) -> tuple[CustomKeyStore, str | None]:
        """Log in as kmsuser and give it a password that KMS alone knows; returns it kept, or why not."""
        tables, cluster = self.clusters(), self.cluster_of(key_store)
        if cluster is None:
            return key_store, "CLUSTER_NOT_FOUND"
        error = log_in(self.cloud, tables, cluster, key_store.KeyStorePassword)
        if error:
            return key_store, error
        password = self.cloud.part(SecretsAtHand).close(b64encode(random_bytes(24)).decode())
        entered = tables.clusters.get(cluster.ClusterId)
        assert entered is not None
        assert entered.User is not None
        tables.clusters.put(replace(entered, User=replace(entered.User, Password=password)))
        return replace(key_store, KeyStorePassword=password), None

    def _to_proxy(self, key_store: CustomKeyStore) -> str | None:
        """Ask the proxy how it is; returns what is wrong, as a ConnectionErrorCode."""
        configuration = key_store.XksProxyConfiguration
        assert configuration is not None
        name = configuration.VpcEndpointServiceName
        if name and all(proxy.VpcEndpointServiceName != name for proxy in xks_tables(self.cloud).proxies):
            return "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND"
        try:
            self.proxy_of(key_store).check_health("ConnectCustomKeyStore")
        except XksError as error:
            return error.failure.connection
        return None

    def _log_out(self, key_store: CustomKeyStore) -> None:
        cluster = self.cluster_of(key_store)
        if key_store.ConnectionState == CONNECTED and cluster is not None and cluster.User is not None:
            out = replace(cluster, User=replace(cluster.User, LoggedIn=False))
            self.clusters().clusters.put(out)


def _plan_name(key_store: CustomKeyStore) -> str:
    return f"connect or disconnect {key_store.CustomKeyStoreId}"
