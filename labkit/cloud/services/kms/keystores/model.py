"""What KMS remembers of a custom key store. Passwords and secrets are kept wrapped, and never told.

Source: KMS API Reference, "CustomKeyStoresListEntry", "XksProxyConfigurationType".
"""

from datetime import datetime
from typing import ClassVar

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

AWS_CLOUDHSM, EXTERNAL_KEY_STORE = "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"
CONNECTED, CONNECTING, FAILED = "CONNECTED", "CONNECTING", "FAILED"
DISCONNECTED, DISCONNECTING = "DISCONNECTED", "DISCONNECTING"
PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE = "PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"


class XksProxyConfiguration(Record):
    """How KMS reaches the proxy of an external key store, and the credential it signs with."""

    hidden: ClassVar = ("RawSecretAccessKey",)

    Connectivity: str
    UriEndpoint: str
    UriPath: str
    AccessKeyId: str
    RawSecretAccessKey: bytes
    VpcEndpointServiceName: str | None = None
    VpcEndpointServiceOwner: str | None = None

    @property
    def address(self) -> str:
        """The URI that all requests to the proxy begin with."""
        return self.UriEndpoint + self.UriPath


class CustomKeyStore(Record):
    """A custom key store. One of AWS_CLOUDHSM has a cluster, one of EXTERNAL_KEY_STORE has a proxy."""

    hidden: ClassVar = ("KeyStorePassword",)

    CustomKeyStoreId: str
    CustomKeyStoreName: str
    CreationDate: datetime
    CustomKeyStoreType: str
    ConnectionState: str = DISCONNECTED
    ConnectionErrorCode: str | None = None
    CloudHsmClusterId: str | None = None
    TrustAnchorCertificate: str | None = None
    KeyStorePassword: bytes = b""
    XksProxyConfiguration: "XksProxyConfiguration | None" = None


class KeyStoreTables(Tables):
    """The custom key stores of one account in one region."""

    service = "kms"
    key_stores = table(CustomKeyStore, key="CustomKeyStoreId")
