"""What stands outside of AWS: external key store proxies, and the external keys behind them.

The lab keeps it in its file beside everything else. Credentials and keys are wrapped there.
"""

from typing import ClassVar

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record


class ProxyCredential(Record):
    """A credential that the proxy accepts; two at a time let it be exchanged without an interruption."""

    hidden: ClassVar = ("RawSecretAccessKey",)

    AccessKeyId: str
    RawSecretAccessKey: bytes


class XksProxy(Record):
    """A proxy with its external key manager, and how well they do.

    `Outage` leaves every request without an answer, `ReplyMilliseconds` is how long an answer takes, and
    `ErrorName` is an error of the specification that the proxy answers everything with.
    """

    Address: str
    UriEndpoint: str
    UriPath: str
    Credentials: tuple[ProxyCredential, ...]
    VpcEndpointServiceName: str | None = None
    Outage: bool = False
    ReplyMilliseconds: int = 20
    ErrorName: str | None = None
    ManagerStatus: str = "ACTIVE"


class ExternalKey(Record):
    """A key in an external key manager. Rotating it there adds a version; the newest one encrypts."""

    hidden: ClassVar = ("Versions",)

    Name: str
    Address: str
    Id: str
    Versions: tuple[bytes, ...]
    KeySpec: str = "AES_256"
    KeyUsage: tuple[str, ...] = ("ENCRYPT", "DECRYPT")
    KeyStatus: str = "ENABLED"


class XksTables(Tables):
    """All proxies of a lab, and all external keys."""

    service = "xks"
    proxies = table(XksProxy, key="Address", indexes={"endpoint": lambda proxy: proxy.UriEndpoint})
    keys = table(ExternalKey, key="Name", indexes={"proxy": lambda key: key.Address})


def xks_tables(cloud: Cloud) -> XksTables:
    """The one set of proxies and external keys that a lab has."""
    return cloud.store.tables(XksTables, "outside", "aws")


def key_name(address: str, key_id: str) -> str:
    """The name of an external key: an id is unique behind one proxy only."""
    return f"{address}/keys/{key_id}"
