"""Changing a custom key store: its name at any time, most other things only while it is disconnected.

Source: KMS API Reference, "UpdateCustomKeyStore".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.keystores.checks import (
    OF_PROXY,
    OF_VPC,
    KeyStoreChecks,
    check_foreign,
    check_parameters,
)
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    CONNECTED,
    DISCONNECTED,
    EXTERNAL_KEY_STORE,
    PUBLIC_ENDPOINT,
    CustomKeyStore,
    XksProxyConfiguration,
)
from labkit.cloud.services.kms.keystores.stores import check_connection
from labkit.cloud.services.kms.service import faults
from labkit.records import replace

CHANGEABLE = OF_PROXY | OF_VPC | {"NewCustomKeyStoreName", "KeyStorePassword", "CloudHsmClusterId"}
WHILE_CONNECTED = {
    AWS_CLOUDHSM: {"NewCustomKeyStoreName"},
    EXTERNAL_KEY_STORE: {"NewCustomKeyStoreName", "XksProxyAuthenticationCredential", "XksProxyUriPath"},
}


class KeyStoreUpdates(KeyStoreChecks):
    """UpdateCustomKeyStore."""

    def update_custom_key_store(
        self,
        CustomKeyStoreId: str,
        NewCustomKeyStoreName: str | None = None,
        KeyStorePassword: str | None = None,
        CloudHsmClusterId: str | None = None,
        XksProxyUriEndpoint: str | None = None,
        XksProxyUriPath: str | None = None,
        XksProxyVpcEndpointServiceName: str | None = None,
        XksProxyVpcEndpointServiceOwner: str | None = None,
        XksProxyAuthenticationCredential: Mapping[str, str] | None = None,
        XksProxyConnectivity: str | None = None,
    ) -> dict[str, Any]:
        """Tell KMS what has changed about a cluster or a proxy. Nothing is changed there.

        Raises:
            CustomKeyStoreInvalidStateException: this can be changed only while the key store is disconnected.
            CloudHsmClusterNotRelatedException: the new cluster has another certificate than the old one.
            ValidationException, CustomKeyStoreNotFoundException, CustomKeyStoreNameInUseException, and what
            `check_cluster` and `check_proxy` raise.
        """
        told = dict(locals())
        given = {name: told[name] for name in told if name in CHANGEABLE and told[name] is not None}
        self.allow("*")
        key_store = self.find_key_store(CustomKeyStoreId)
        check_foreign(key_store.CustomKeyStoreType, given)
        small = given.keys() <= WHILE_CONNECTED[key_store.CustomKeyStoreType]
        check_connection(key_store, {DISCONNECTED, CONNECTED} if small else {DISCONNECTED})
        if NewCustomKeyStoreName not in (None, key_store.CustomKeyStoreName):
            assert NewCustomKeyStoreName is not None
            self.check_name(NewCustomKeyStoreName)
            key_store = replace(key_store, CustomKeyStoreName=NewCustomKeyStoreName)
        if KeyStorePassword is not None:
            password = self.cloud.part(SecretsAtHand).close(KeyStorePassword)
            key_store = replace(key_store, KeyStorePassword=password)
        if CloudHsmClusterId is not None:
            key_store = self._with_cluster(key_store, CloudHsmClusterId)
        if any(name.startswith("Xks") for name in given):
            key_store = self._with_proxy(key_store, given)
        self.key_stores().put(key_store)
        return {}

    def _with_cluster(self, key_store: CustomKeyStore, cluster_id: str) -> CustomKeyStore:
        """The key store with a related cluster, which has the keys of the one before it in its backup."""
        cluster = self.check_cluster(cluster_id)
        if cluster.TrustAnchorCertificate.split() != (key_store.TrustAnchorCertificate or "").split():
            raise faults.CloudHsmClusterNotRelatedException(
                f"CloudHSM cluster {cluster_id} is not related to the cluster of custom key store "
                f"{key_store.CustomKeyStoreId}."
            )
        for key in self.keys_in(key_store):
            self.tables.keys.put(replace(key, CloudHsmClusterId=cluster_id))
        return replace(key_store, CloudHsmClusterId=cluster_id)

    def _with_proxy(self, key_store: CustomKeyStore, given: Mapping[str, Any]) -> CustomKeyStore:
        """The key store with what is new about its proxy, which must answer under it."""
        old = key_store.XksProxyConfiguration
        assert old is not None
        proxy = _changed(old, given, self.account)
        if "XksProxyAuthenticationCredential" in given:
            credential = given["XksProxyAuthenticationCredential"]
            secret = self.cloud.part(SecretsAtHand).close(credential["RawSecretAccessKey"])
            proxy = replace(proxy, AccessKeyId=credential["AccessKeyId"], RawSecretAccessKey=secret)
        self.check_proxy(proxy, key_store.CustomKeyStoreId)
        if key_store.ConnectionState == CONNECTED and proxy.Connectivity != PUBLIC_ENDPOINT:
            self.check_health(proxy)
        return replace(key_store, XksProxyConfiguration=proxy)


def _changed(old: XksProxyConfiguration, given: Mapping[str, Any], account: str) -> XksProxyConfiguration:
    """The configuration with the new values in place; ValidationException if they leave something open."""
    connectivity = given.get("XksProxyConnectivity", old.Connectivity)
    name = old.VpcEndpointServiceName
    owner: str | None = old.VpcEndpointServiceOwner or account
    # Another kind of connection needs another endpoint, so the one it had does not count then.
    kept = old.UriEndpoint if connectivity == old.Connectivity else None
    if connectivity == PUBLIC_ENDPOINT:
        name = owner = None
    new = replace(
        old,
        Connectivity=connectivity,
        UriEndpoint=given.get("XksProxyUriEndpoint", old.UriEndpoint),
        UriPath=given.get("XksProxyUriPath", old.UriPath),
        VpcEndpointServiceName=given.get("XksProxyVpcEndpointServiceName", name),
        VpcEndpointServiceOwner=given.get("XksProxyVpcEndpointServiceOwner", owner),
    )
    check_parameters(
        EXTERNAL_KEY_STORE,
        {
            "XksProxyConnectivity": new.Connectivity,
            "XksProxyUriEndpoint": given.get("XksProxyUriEndpoint", kept),
            "XksProxyUriPath": new.UriPath,
            "XksProxyAuthenticationCredential": new.AccessKeyId,
            "XksProxyVpcEndpointServiceName": new.VpcEndpointServiceName,
            "XksProxyVpcEndpointServiceOwner": new.VpcEndpointServiceOwner,
        },
    )
    return new
