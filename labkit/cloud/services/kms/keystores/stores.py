"""A custom key store from its creation to its deletion.

Nothing is made on the other side: KMS only takes down where its keys are to be, and with what to go there.
Source: KMS API Reference, "CreateCustomKeyStore", "DescribeCustomKeyStores", "DeleteCustomKeyStore".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.keystores.checks import KeyStoreChecks, check_parameters
from labkit.cloud.services.kms.keystores.model import (
    AWS_CLOUDHSM,
    DISCONNECTED,
    VPC_ENDPOINT_SERVICE,
    CustomKeyStore,
    XksProxyConfiguration,
)
from labkit.cloud.services.kms.service import faults
from labkit.crypto.randomness import random_bytes
from labkit.records import replace

MOST_KEY_STORES = 10


class KeyStores(KeyStoreChecks):
    """Custom key stores as things that exist."""

    def create_custom_key_store(
        self,
        CustomKeyStoreName: str,
        CloudHsmClusterId: str | None = None,
        TrustAnchorCertificate: str | None = None,
        KeyStorePassword: str | None = None,
        CustomKeyStoreType: str = AWS_CLOUDHSM,
        XksProxyUriEndpoint: str | None = None,
        XksProxyUriPath: str | None = None,
        XksProxyVpcEndpointServiceName: str | None = None,
        XksProxyVpcEndpointServiceOwner: str | None = None,
        XksProxyAuthenticationCredential: Mapping[str, str] | None = None,
        XksProxyConnectivity: str | None = None,
    ) -> dict[str, str]:
        """Take on a cluster or a proxy as a key store. It is not connected yet.

        The password of kmsuser is not tried before ConnectCustomKeyStore; a public proxy is asked at once.

        Raises:
            ValidationException: a parameter of this type is missing, or one of the other type given.
            CustomKeyStoreNameInUseException, LimitExceededException, CloudHsmClusterInUseException,
            IncorrectTrustAnchorException, and what `check_cluster` and `check_proxy` raise.
        """
        given = dict(locals())
        self.allow("*")
        check_parameters(CustomKeyStoreType, given)
        self.check_name(CustomKeyStoreName)
        if len(self.key_stores()) >= MOST_KEY_STORES:
            raise faults.LimitExceededException(
                f"You can have no more than {MOST_KEY_STORES} custom key stores in an account and Region."
            )
        key_store_id = f"cks-{random_bytes(9).hex()[:17]}"
        key_store = CustomKeyStore(
            key_store_id,
            CustomKeyStoreName,
            self.now,
            CustomKeyStoreType,
            CloudHsmClusterId=CloudHsmClusterId,
            TrustAnchorCertificate=TrustAnchorCertificate,
        )
        made = self._in_cluster(key_store, given) if CloudHsmClusterId else self._outside(key_store, given)
        self.key_stores().put(made)
        return {"CustomKeyStoreId": key_store_id}

    def describe_custom_key_stores(
        self,
        CustomKeyStoreId: str | None = None,
        CustomKeyStoreName: str | None = None,
        Limit: int = 100,
        Marker: str | None = None,
    ) -> dict[str, Any]:
        """All key stores of this account and region, or the one of this id or name.

        Raises:
            ValidationException: both are given. CustomKeyStoreNotFoundException: there is no such key store.
        """
        self.allow("*")
        if CustomKeyStoreId is not None and CustomKeyStoreName is not None:
            raise faults.ValidationException(
                "You cannot specify both CustomKeyStoreId and CustomKeyStoreName in the same request."
            )
        if CustomKeyStoreId is not None:
            return {"CustomKeyStores": [_told(self.find_key_store(CustomKeyStoreId))], "Truncated": False}
        if CustomKeyStoreName is not None:
            return {"CustomKeyStores": [_told(self._named(CustomKeyStoreName))], "Truncated": False}
        key_stores, more = self.page(self.key_stores(), Marker, Limit)
        return {"CustomKeyStores": [_told(key_store) for key_store in key_stores], **more}

    def delete_custom_key_store(self, CustomKeyStoreId: str) -> dict[str, Any]:
        """Forget a key store that is disconnected and empty. Its cluster or proxy is not touched.

        Raises:
            CustomKeyStoreHasCMKsException: there are keys in it, if only ones that wait for their deletion.
            CustomKeyStoreInvalidStateException: it is not disconnected. CustomKeyStoreNotFoundException.
        """
        self.allow("*")
        key_store = self.find_key_store(CustomKeyStoreId)
        if self.keys_in(key_store):
            raise faults.CustomKeyStoreHasCMKsException(
                f"Custom key store {CustomKeyStoreId} contains KMS keys."
            )
        check_connection(key_store, {DISCONNECTED})
        self.key_stores().delete(CustomKeyStoreId)
        return {}

    def _in_cluster(self, key_store: CustomKeyStore, given: Mapping[str, Any]) -> CustomKeyStore:
        cluster = self.check_cluster(given["CloudHsmClusterId"])
        self.check_unused(cluster)
        if given["TrustAnchorCertificate"].split() != cluster.TrustAnchorCertificate.split():
            raise faults.IncorrectTrustAnchorException(
                f"The trust anchor certificate does not match CloudHSM cluster {cluster.ClusterId}."
            )
        password = self.cloud.part(SecretsAtHand).close(given["KeyStorePassword"])
        return replace(key_store, KeyStorePassword=password)

    def _outside(self, key_store: CustomKeyStore, given: Mapping[str, Any]) -> CustomKeyStore:
        credential = given["XksProxyAuthenticationCredential"]
        owner = given["XksProxyVpcEndpointServiceOwner"] or self.account
        private = given["XksProxyConnectivity"] == VPC_ENDPOINT_SERVICE
        proxy = XksProxyConfiguration(
            Connectivity=given["XksProxyConnectivity"],
            UriEndpoint=given["XksProxyUriEndpoint"],
            UriPath=given["XksProxyUriPath"],
            AccessKeyId=credential["AccessKeyId"],
            RawSecretAccessKey=self.cloud.part(SecretsAtHand).close(credential["RawSecretAccessKey"]),
            VpcEndpointServiceName=given["XksProxyVpcEndpointServiceName"],
            VpcEndpointServiceOwner=owner if private else None,
        )
        self.check_proxy(proxy)
        return replace(key_store, XksProxyConfiguration=proxy)

    def _named(self, name: str) -> CustomKeyStore:
        found = next((one for one in self.key_stores() if one.CustomKeyStoreName == name), None)
        if found is None:
            raise faults.CustomKeyStoreNotFoundException(f"Custom key store {name} was not found.")
        return found


def check_connection(key_store: CustomKeyStore, allowed: set[str]) -> None:
    """Go on only if the key store's ConnectionState is one of these; CustomKeyStoreInvalidStateException."""
    if key_store.ConnectionState not in allowed:
        raise faults.CustomKeyStoreInvalidStateException(
            f"Custom key store {key_store.CustomKeyStoreId} is {key_store.ConnectionState}, which is not "
            "valid for this operation."
        )


def _told(key_store: CustomKeyStore) -> dict[str, Any]:
    """A CustomKeyStoresListEntry. No password is ever among it, and no secret."""
    told: dict[str, Any] = {
        "CustomKeyStoreId": key_store.CustomKeyStoreId,
        "CustomKeyStoreName": key_store.CustomKeyStoreName,
        "ConnectionState": key_store.ConnectionState,
        "CreationDate": key_store.CreationDate,
        "CustomKeyStoreType": key_store.CustomKeyStoreType,
    }
    for name in ("ConnectionErrorCode", "CloudHsmClusterId", "TrustAnchorCertificate"):
        if getattr(key_store, name) is not None:
            told[name] = getattr(key_store, name)
    proxy = key_store.XksProxyConfiguration
    if proxy is not None:
        told["XksProxyConfiguration"] = {
            "Connectivity": proxy.Connectivity,
            "AccessKeyId": proxy.AccessKeyId,
            "UriEndpoint": proxy.UriEndpoint,
            "UriPath": proxy.UriPath,
            "VpcEndpointServiceName": proxy.VpcEndpointServiceName,
            "VpcEndpointServiceOwner": proxy.VpcEndpointServiceOwner,
        }
    return told
