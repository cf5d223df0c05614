"""`lab.xks`: the external key store proxies of a lab, as their owner handles them.

    proxy = lab.xks.create_proxy()
    external = proxy.create_key()
    kms.create_custom_key_store(CustomKeyStoreName="mine", **proxy.settings)
    proxy.outage = True

They stand outside of AWS, so nothing here is an AWS operation.
"""

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.services.kms.keystores.model import PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE
from labkit.cloud.services.kms.keystores.network import Exchange, Network, Transport
from labkit.cloud.services.kms.keystores.owner import changing
from labkit.cloud.services.kms.keystores.proxy import STATUS, manager_key
from labkit.cloud.services.kms.keystores.proxy_model import (
    ExternalKey,
    ProxyCredential,
    XksProxy,
    key_name,
    xks_tables,
)
from labkit.crypto import wrap
from labkit.crypto.randomness import random_bytes, random_uuid
from labkit.records import replace

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
KEY_BYTES = 32


class ExternalKeyStoreProxy:
    """One proxy in the hands of its owner. Every change takes effect with the next request."""

    def __init__(self, owner: "Xks", address: str) -> None:
        self._owner = owner
        self._address = address

    def __repr__(self) -> str:
        return f"<external key store proxy {self._address}, {len(self.keys())} keys>"

    @property
    def record(self) -> XksProxy:
        """What the lab remembers of the proxy; LookupError if it is gone."""
        found = self._owner.tables.proxies.get(self._address)
        if found is None:
            raise LookupError(f"There is no proxy at {self._address}")
        return found

    @property
    def settings(self) -> dict[str, Any]:
        """What CreateCustomKeyStore wants to know of this proxy; the secret it signs with is among it."""
        now = self.record
        told: dict[str, Any] = {
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyUriEndpoint": now.UriEndpoint,
            "XksProxyUriPath": now.UriPath,
            "XksProxyConnectivity": PUBLIC_ENDPOINT,
            "XksProxyAuthenticationCredential": self.credential,
        }
        if now.VpcEndpointServiceName:
            told["XksProxyConnectivity"] = VPC_ENDPOINT_SERVICE
            told["XksProxyVpcEndpointServiceName"] = now.VpcEndpointServiceName
        return told

    @property
    def credential(self) -> dict[str, str]:
        """The newest credential that the proxy accepts."""
        newest = self.record.Credentials[-1]
        secret = self._owner.secrets.open(newest.RawSecretAccessKey)
        return {"AccessKeyId": newest.AccessKeyId, "RawSecretAccessKey": secret}

    @property
    def outage(self) -> bool:
        """Whether the proxy is unreachable."""
        return self.record.Outage

    @outage.setter
    def outage(self, value: bool) -> None:
        self._put(Outage=value)

    @property
    def milliseconds(self) -> int:
        """How long the proxy takes to answer. KMS waits for 250 milliseconds; nothing really sleeps."""
        return self.record.ReplyMilliseconds

    @milliseconds.setter
    def milliseconds(self, value: int) -> None:
        self._put(ReplyMilliseconds=value)

    @property
    def error(self) -> str | None:
        """The name of an error that the proxy answers everything with, such as "ThrottlingException"."""
        return self.record.ErrorName

    @error.setter
    def error(self, name: str | None) -> None:
        if name is not None and name not in STATUS:
            raise ValueError(
                f"{name} is no error of the specification; these are: {', '.join(sorted(STATUS))}"
            )
        self._put(ErrorName=name)

    @property
    def manager_status(self) -> str:
        """How the key manager behind the proxy does: ACTIVE, DEGRADED or UNAVAILABLE."""
        return self.record.ManagerStatus

    @manager_status.setter
    def manager_status(self, value: str) -> None:
        self._put(ManagerStatus=value)

    @property
    def messages(self) -> list[Exchange]:
        """The last requests to this proxy and its answers, oldest first."""
        start = self._address.removeprefix("https://")
        exchanges = self._owner.network.exchanges
        return [one for one in exchanges if f"{one.request.host}{one.request.path}".startswith(f"{start}/")]

    def keys(self) -> list[ExternalKey]:
        """The external keys behind the proxy; their bytes are wrapped."""
        return self._owner.tables.keys.having("proxy", self._address)

    def create_key(
        self,
        Id: str = "",
        *,
        KeySpec: str = "AES_256",
        KeyUsage: tuple[str, ...] = ("ENCRYPT", "DECRYPT"),
    ) -> str:
        """Make an external key and return its id, to be given to CreateKey as XksKeyId."""
        key_id = Id or random_uuid()
        name = key_name(self._address, key_id)
        made = ExternalKey(name, self._address, key_id, (self._owner.new_secret(),), KeySpec, KeyUsage)
        with self._owner.changing():
            self._owner.tables.keys.put(made)
        return key_id

    def rotate_key(self, Id: str) -> None:
        """Add a version to an external key. KMS notices nothing; old ciphertexts still open."""
        key = self._key(Id)
        self._put_key(replace(key, Versions=(*key.Versions, self._owner.new_secret())))

    def disable_key(self, Id: str) -> None:
        """Disable an external key in its key manager, whatever KMS thinks of the KMS key."""
        self._put_key(replace(self._key(Id), KeyStatus="DISABLED"))

    def enable_key(self, Id: str) -> None:
        """Enable it again."""
        self._put_key(replace(self._key(Id), KeyStatus="ENABLED"))

    def delete_key(self, Id: str) -> None:
        """Delete an external key. What was encrypted under it is lost; AWS can't help."""
        name = self._key(Id).Name
        with self._owner.changing():
            self._owner.tables.keys.delete(name)

    def add_credential(self) -> dict[str, str]:
        """Make a new credential, which the proxy accepts beside the one before it; returns it."""
        made = self._owner.new_credential()
        self._put(Credentials=(*self.record.Credentials[-1:], made))
        return self.credential

    def drop_old_credentials(self) -> None:
        """Accept only the newest credential from now on."""
        self._put(Credentials=self.record.Credentials[-1:])

    def _key(self, key_id: str) -> ExternalKey:
        found = self._owner.tables.keys.get(key_name(self._address, key_id))
        if found is None:
            raise LookupError(f"There is no external key {key_id} behind {self._address}")
        return found

    def _put_key(self, key: ExternalKey) -> None:
        with self._owner.changing():
            self._owner.tables.keys.put(key)

    def _put(self, **changes: object) -> None:
        with self._owner.changing():
            self._owner.tables.proxies.put(replace(self.record, **changes))


class Xks:
    """All external key store proxies of a lab, and the network between them and KMS."""

    def __init__(self, cloud: Cloud, lock: threading.RLock) -> None:
        self._cloud = cloud
        self._lock = lock
        self.tables = xks_tables(cloud)
        self.network = cloud.part(Network)
        self.secrets = cloud.part(SecretsAtHand)

    def __repr__(self) -> str:
        return f"<Xks: {len(self.tables.proxies)} proxies>"

    def __iter__(self) -> Iterator[ExternalKeyStoreProxy]:
        return (ExternalKeyStoreProxy(self, record.Address) for record in self.tables.proxies)

    @property
    def transport(self) -> Transport:
        """What carries a request to a proxy; put a function of your own in its place to answer yourself."""
        return self.network.transport

    @transport.setter
    def transport(self, carry: Transport) -> None:
        self.network.transport = carry

    def create_proxy(
        self,
        endpoint: str = "https://xks.example.com",
        path: str = "/kms/xks/v1",
        *,
        vpc_endpoint_service: str | None = None,
    ) -> ExternalKeyStoreProxy:
        """A proxy at an address, with a key manager behind it and one credential.

        `vpc_endpoint_service` is the name of the VPC endpoint service it is reached through, if it is not
        reached over the internet. ValueError if there is a proxy at this address already.
        """
        address = endpoint + path
        if address in self.tables.proxies:
            raise ValueError(f"There is a proxy at {address} already; give another path or endpoint")
        made = XksProxy(address, endpoint, path, (self.new_credential(),), vpc_endpoint_service)
        with self.changing():
            self.tables.proxies.put(made)
        return ExternalKeyStoreProxy(self, address)

    def changing(self) -> AbstractContextManager[None]:
        """A block in which proxies and their keys are changed."""
        return changing(self._cloud, self._lock)

    def new_credential(self) -> ProxyCredential:
        """A fresh credential: 20 characters of base 32, and a secret of 256 bits in base64."""
        access_key_id = "".join(BASE32[byte % 32] for byte in random_bytes(20))
        return ProxyCredential(access_key_id, self.secrets.close(b64encode(random_bytes(32)).decode()))

    def new_secret(self) -> bytes:
        """The bytes of a new external key, as they are kept."""
        return wrap.wrap_padded(manager_key(self._cloud), random_bytes(KEY_BYTES))
