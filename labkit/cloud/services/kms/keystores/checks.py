"""What must be true before KMS takes a key store on: the parameters, the cluster, the proxy.

Source: KMS API Reference, "CreateCustomKeyStore", "UpdateCustomKeyStore"; KMS Developer Guide, "Assemble the
prerequisites" for both types of key store.
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.services.kms.keystores.backing import KeyStoreService
from labkit.cloud.services.kms.keystores.cluster import ACTIVE, CloudHsmCluster
from labkit.cloud.services.kms.keystores.failures import XksError
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    EXTERNAL_KEY_STORE,
    PUBLIC_ENDPOINT,
    VPC_ENDPOINT_SERVICE,
    CustomKeyStore,
    XksProxyConfiguration,
)
from labkit.cloud.services.kms.keystores.new_keys import ENOUGH_ZONES, too_few_hsms
from labkit.cloud.services.kms.keystores.proxy_model import xks_tables
from labkit.cloud.services.kms.service import faults

OF_CLUSTER = frozenset({"CloudHsmClusterId", "TrustAnchorCertificate", "KeyStorePassword"})
OF_PROXY = frozenset(
    {"XksProxyUriEndpoint", "XksProxyUriPath", "XksProxyAuthenticationCredential", "XksProxyConnectivity"}
)
OF_VPC = frozenset({"XksProxyVpcEndpointServiceName", "XksProxyVpcEndpointServiceOwner"})


class KeyStoreChecks(KeyStoreService):
    """The checks that creating and updating a key store share."""

    def check_name(self, name: str) -> None:
        """Go on only if no key store of the account has this name in this region."""
        if any(key_store.CustomKeyStoreName == name for key_store in self.key_stores()):
            raise faults.CustomKeyStoreNameInUseException(f"Custom key store name {name} is already in use.")

    def check_cluster(self, cluster_id: str) -> CloudHsmCluster:
        """The cluster, if it is there, active, and in two Availability Zones.

        Raises:
            CloudHsmClusterNotFoundException, CloudHsmClusterNotActiveException,
            CloudHsmClusterInvalidConfigurationException.
        """
        cluster = self.clusters().clusters.get(cluster_id)
        if cluster is None:
            raise faults.CloudHsmClusterNotFoundException(f"CloudHSM cluster {cluster_id} was not found.")
        if cluster.State != ACTIVE:
            raise faults.CloudHsmClusterNotActiveException(f"CloudHSM cluster {cluster_id} is not active.")
        if cluster.zones < ENOUGH_ZONES:
            raise faults.CloudHsmClusterInvalidConfigurationException(too_few_hsms(cluster_id))
        return cluster

    def check_unused(self, cluster: CloudHsmCluster) -> None:
        """Go on only if no key store has this cluster, or one that shares a backup history with it."""
        certificates = {key_store.TrustAnchorCertificate for key_store in self.key_stores()}
        if cluster.TrustAnchorCertificate in certificates:
            raise faults.CloudHsmClusterInUseException(
                f"CloudHSM cluster {cluster.ClusterId} is already associated with a custom key store."
            )

    def check_proxy(self, proxy: XksProxyConfiguration, CustomKeyStoreId: str = "") -> None:
        """Go on only if no other key store uses the proxy, and, over the internet, if it answers.

        Raises:
            XksProxyUriInUseException, XksProxyUriEndpointInUseException,
            XksProxyVpcEndpointServiceInUseException, XksProxyVpcEndpointServiceNotFoundException,
            XksProxyVpcEndpointServiceInvalidConfigurationException, or what the proxy's answer leads to.
        """
        for key_store in self.key_stores():
            other = key_store.XksProxyConfiguration
            if other is not None and key_store.CustomKeyStoreId != CustomKeyStoreId:
                _check_apart(proxy, other)
        if proxy.Connectivity == VPC_ENDPOINT_SERVICE:
            self._check_endpoint_service(proxy)
        else:
            self.check_health(proxy)

    def check_health(self, proxy: XksProxyConfiguration) -> None:
        """Go on only if the proxy answers that it is well."""
        described = CustomKeyStore("", "", self.now, EXTERNAL_KEY_STORE, XksProxyConfiguration=proxy)
        try:
            self.proxy_of(described).check_health(self.operation)
        except XksError as error:
            raise getattr(faults, error.failure.in_key_store)(error.failure.message) from None

    def _check_endpoint_service(self, proxy: XksProxyConfiguration) -> None:
        """KMS connects through it only later; that it exists, and has this DNS name, is checked now."""
        name = proxy.VpcEndpointServiceName
        behind = [one for one in xks_tables(self.cloud).proxies if one.VpcEndpointServiceName == name]
        if not behind:
            raise faults.XksProxyVpcEndpointServiceNotFoundException(
                f"VPC endpoint service {name} was not found."
            )
        if proxy.UriEndpoint not in {one.UriEndpoint for one in behind}:
            raise faults.XksProxyVpcEndpointServiceInvalidConfigurationException(
                f"The private DNS name of VPC endpoint service {name} does not match {proxy.UriEndpoint}."
            )


def check_parameters(kind: str, given: Mapping[str, Any]) -> None:
    """Go on only if all parameters of a key store of this type are given, and none of the other type.

    Raises:
        ValidationException: it names the parameters.
    """
    needed, foreign = OF_CLUSTER, OF_PROXY | OF_VPC
    if kind == EXTERNAL_KEY_STORE:
        needed, foreign = OF_PROXY, OF_CLUSTER
        if given.get("XksProxyConnectivity") == VPC_ENDPOINT_SERVICE:
            needed = OF_PROXY | {"XksProxyVpcEndpointServiceName"}
        if given.get("XksProxyConnectivity") == PUBLIC_ENDPOINT:
            foreign = OF_CLUSTER | OF_VPC
    missing = [name for name in sorted(needed) if given.get(name) is None]
    if missing:
        raise faults.ValidationException(
            f"You must specify {', '.join(missing)} for a custom key store of type {kind}."
        )
    check_foreign(kind, given, foreign)


def check_foreign(kind: str, given: Mapping[str, Any], foreign: frozenset[str] = frozenset()) -> None:
    """Go on only if no parameter of the other type of key store is given; else ValidationException."""
    foreign = foreign or (OF_PROXY | OF_VPC if kind == AWS_CLOUDHSM else OF_CLUSTER)
    wrong = [name for name in sorted(foreign) if given.get(name) is not None]
    if wrong:
        raise faults.ValidationException(
            f"You cannot specify {', '.join(wrong)} for a custom key store of type {kind}."
        )


def _check_apart(proxy: XksProxyConfiguration, other: XksProxyConfiguration) -> None:
    """Two key stores of a region share no proxy address, and no private endpoint."""
    if proxy.address == other.address:
        raise faults.XksProxyUriInUseException(
            f"{proxy.address} is already associated with another external key store in this Region."
        )
    private = VPC_ENDPOINT_SERVICE in (proxy.Connectivity, other.Connectivity)
    if private and proxy.UriEndpoint == other.UriEndpoint:
        raise faults.XksProxyUriEndpointInUseException(
            f"{proxy.UriEndpoint} is already associated with another external key store in this Region."
        )
    if proxy.VpcEndpointServiceName and proxy.VpcEndpointServiceName == other.VpcEndpointServiceName:
        raise faults.XksProxyVpcEndpointServiceInUseException(
            f"VPC endpoint service {proxy.VpcEndpointServiceName} is already associated with another "
            "external key store in this Region."
        )
