"""What the tests of custom key stores say again and again: make one, connect it, put a key into it."""

from typing import Any

from labkit import Lab
from labkit.cloud.services.kms.keystores.cloudhsm import Cluster
from labkit.cloud.services.kms.keystores.xks import ExternalKeyStoreProxy


def connect(lab: Lab, kms: Any, key_store_id: str) -> str:
    """Connect a key store, wait as long as it takes, and return how it went."""
    kms.connect_custom_key_store(CustomKeyStoreId=key_store_id)
    lab.clock.advance(seconds=10)
    return state_of(kms, key_store_id)


def disconnect(lab: Lab, kms: Any, key_store_id: str) -> None:
    kms.disconnect_custom_key_store(CustomKeyStoreId=key_store_id)
    lab.clock.advance(seconds=2)
    assert state_of(kms, key_store_id) == "DISCONNECTED"


def told_of(kms: Any, key_store_id: str) -> dict[str, Any]:
    (told,) = kms.describe_custom_key_stores(CustomKeyStoreId=key_store_id)["CustomKeyStores"]
    return dict(told)


def state_of(kms: Any, key_store_id: str) -> str:
    """ConnectionState, and ConnectionErrorCode if there is one."""
    told = told_of(kms, key_store_id)
    return " ".join(filter(None, (told["ConnectionState"], told.get("ConnectionErrorCode"))))


def cluster_store(lab: Lab, kms: Any, name: str = "mine") -> tuple[Cluster, str]:
    """A connected key store with a cluster of its own."""
    cluster = lab.cloudhsm.create_cluster()
    made = kms.create_custom_key_store(CustomKeyStoreName=name, **cluster.settings)["CustomKeyStoreId"]
    assert connect(lab, kms, made) == "CONNECTED"
    return cluster, made


def key_in_cluster(kms: Any, key_store_id: str) -> str:
    made = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=key_store_id)
    return str(made["KeyMetadata"]["Arn"])


def external_store(
    lab: Lab, kms: Any, name: str = "outside", **where: Any
) -> tuple[ExternalKeyStoreProxy, str]:
    """A connected key store with a proxy of its own."""
    proxy = lab.xks.create_proxy(**where)
    made = kms.create_custom_key_store(CustomKeyStoreName=name, **proxy.settings)["CustomKeyStoreId"]
    assert connect(lab, kms, made) == "CONNECTED"
    return proxy, made


def key_outside(kms: Any, key_store_id: str, external: str) -> str:
    made = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=key_store_id, XksKeyId=external)
    return str(made["KeyMetadata"]["Arn"])


def key_state(kms: Any, arn: str) -> str:
    return str(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"])
