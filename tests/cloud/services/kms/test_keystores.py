"""Custom key stores in a CloudHSM cluster: from the cluster to the key and back.

Source: KMS API Reference, "CreateCustomKeyStore" and its neighbours; KMS Developer Guide, "AWS CloudHSM key
stores".
"""

from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab, lens
from labkit.cloud.services.kms.blob import Blob
from labkit.cloud.services.kms.keystores.cluster import ClusterTables
from labkit.cloud.services.kms.model import KmsTables
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.key_stores import (
    cluster_store,
    connect,
    disconnect,
    key_in_cluster,
    key_state,
    state_of,
    told_of,
)
from tests.conftest import MakeClient

CONTEXT = {"Department": "Engineering"}


def test_a_key_store_from_its_creation_to_its_deletion(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    made = kms.create_custom_key_store(CustomKeyStoreName="mine", **cluster.settings)["CustomKeyStoreId"]
    told = told_of(kms, made)
    assert told.pop("CreationDate")
    assert told == {
        "CustomKeyStoreId": made,
        "CustomKeyStoreName": "mine",
        "CloudHsmClusterId": cluster.ClusterId,
        "TrustAnchorCertificate": cluster.settings["TrustAnchorCertificate"],
        "ConnectionState": "DISCONNECTED",
        "CustomKeyStoreType": "AWS_CLOUDHSM",
    }
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    assert state_of(kms, made) == "CONNECTING"
    lab.clock.advance(seconds=10)
    assert state_of(kms, made) == "CONNECTED"
    kms.disconnect_custom_key_store(CustomKeyStoreId=made)
    assert state_of(kms, made) == "DISCONNECTING"
    lab.clock.advance(seconds=2)
    kms.delete_custom_key_store(CustomKeyStoreId=made)
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []


def test_a_key_in_a_cluster_is_described_with_its_key_store(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    told = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=key_store)["KeyMetadata"]
    assert told == kms.describe_key(KeyId=told["KeyId"])["KeyMetadata"]
    shown = {name: told[name] for name in ("Origin", "CustomKeyStoreId", "CloudHsmClusterId", "KeyState")}
    assert shown == {
        "Origin": "AWS_CLOUDHSM",
        "CustomKeyStoreId": key_store,
        "CloudHsmClusterId": cluster.ClusterId,
        "KeyState": "Enabled",
    }
    assert "CurrentKeyMaterialId" not in told
    assert "XksKeyConfiguration" not in told


def test_every_symmetric_operation_works_in_a_cluster(lab: Lab, kms: Any) -> None:
    _, key_store = cluster_store(lab, kms)
    arn, other = key_in_cluster(kms, key_store), kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=b"hello", EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == b"hello"
    data_key = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], KeyId=arn)
    assert opened["Plaintext"] == data_key["Plaintext"]
    moved = kms.re_encrypt(CiphertextBlob=data_key["CiphertextBlob"], DestinationKeyId=other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    refused = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={})
    assert refused.code == "InvalidCiphertextException"


def test_the_material_is_in_the_cluster_and_kms_has_only_a_reference(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    arn = key_in_cluster(kms, key_store)
    (reference,) = lab.cloud.store.tables(KmsTables, "123456789012", "us-east-1").materials
    (held,) = cluster.keys()
    assert (reference.Token, reference.DomainKey) == (b"", cluster.ClusterId)
    assert held.Material.KeyMaterialId == reference.KeyMaterialId
    assert len(held.Material.Token) == 40
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    assert Blob.decode(blob).key_reference.hex() == reference.KeyMaterialId


def test_the_lens_shows_which_module_worked(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    kms.encrypt(KeyId=key_in_cluster(kms, key_store), Plaintext=b"x")
    (noted,) = lab.gateway.calls[-1].hsm
    assert (noted.action, noted.details["module"]) == ("encrypt", cluster.ClusterId)
    rows = {row.label: row.value for row in lab.trace[-1].steps[4].rows}
    assert rows["module"] == cluster.ClusterId


def test_random_bytes_can_come_from_the_cluster(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    made = kms.generate_random(NumberOfBytes=16, CustomKeyStoreId=key_store)["Plaintext"]
    assert len(made) == 16
    assert lab.gateway.calls[-1].hsm[0].details["module"] == cluster.ClusterId
    disconnect(lab, kms, key_store)
    refused = refusal(kms.generate_random, NumberOfBytes=16, CustomKeyStoreId=key_store)
    assert refused.code == "CustomKeyStoreInvalidStateException"
    refused = refusal(kms.generate_random, NumberOfBytes=16, CustomKeyStoreId="cks-none")
    assert refused.code == "CustomKeyStoreNotFoundException"


def test_keys_are_unavailable_while_their_key_store_is_not_connected(lab: Lab, kms: Any) -> None:
    _, key_store = cluster_store(lab, kms)
    enabled, disabled, leaving = (key_in_cluster(kms, key_store) for _ in range(3))
    kms.disable_key(KeyId=disabled)
    kms.schedule_key_deletion(KeyId=leaving)
    kms.disconnect_custom_key_store(CustomKeyStoreId=key_store)
    assert [key_state(kms, arn) for arn in (enabled, disabled, leaving)] == [
        "Unavailable",
        "Unavailable",
        "PendingDeletion",
    ]
    assert kms.describe_key(KeyId=enabled)["KeyMetadata"]["Enabled"] is False
    assert refusal(kms.encrypt, KeyId=enabled, Plaintext=b"x") == (
        "KMSInvalidStateException",
        f"{enabled} is unavailable.",
        400,
    )
    lab.clock.advance(seconds=2)
    assert connect(lab, kms, key_store) == "CONNECTED"
    assert [key_state(kms, arn) for arn in (enabled, disabled)] == ["Enabled", "Disabled"]


def test_switching_an_unavailable_key_takes_effect_when_it_is_available(lab: Lab, kms: Any) -> None:
    _, key_store = cluster_store(lab, kms)
    arn, other = key_in_cluster(kms, key_store), key_in_cluster(kms, key_store)
    disconnect(lab, kms, key_store)
    kms.disable_key(KeyId=arn)
    kms.schedule_key_deletion(KeyId=other)
    kms.cancel_key_deletion(KeyId=other)
    assert [key_state(kms, one) for one in (arn, other)] == ["Unavailable", "Unavailable"]
    connect(lab, kms, key_store)
    assert [key_state(kms, one) for one in (arn, other)] == ["Disabled", "Disabled"]


def test_deleting_a_key_deletes_it_in_the_cluster_if_that_can_be_reached(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    for _ in range(2):
        kms.schedule_key_deletion(KeyId=key_in_cluster(kms, key_store), PendingWindowInDays=7)
        lab.clock.advance(days=7)
    assert cluster.keys() == []
    kms.schedule_key_deletion(KeyId=key_in_cluster(kms, key_store), PendingWindowInDays=7)
    disconnect(lab, kms, key_store)
    lab.clock.advance(days=7)
    assert len(cluster.keys()) == 1
    kms.delete_custom_key_store(CustomKeyStoreId=key_store)


@pytest.mark.parametrize(
    ("further", "code"),
    [
        ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, "UnsupportedOperationException"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, "UnsupportedOperationException"),
        ({"MultiRegion": True}, "UnsupportedOperationException"),
        ({"CustomKeyStoreId": "cks-none"}, "CustomKeyStoreNotFoundException"),
        ({"CustomKeyStoreId": None}, "ValidationException"),
        ({"Origin": "AWS_KMS"}, "ValidationException"),
        ({"Origin": "EXTERNAL"}, "ValidationException"),
        ({"Origin": "EXTERNAL_KEY_STORE"}, "ValidationException"),
        ({"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "one"}, "ValidationException"),
        ({"XksKeyId": "one"}, "ValidationException"),
    ],
)
def test_only_symmetric_keys_of_one_region_can_be_in_a_cluster(
    lab: Lab, kms: Any, further: dict[str, Any], code: str
) -> None:
    cluster, key_store = cluster_store(lab, kms)
    asked = {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": key_store} | further
    sent = {name: value for name, value in asked.items() if value is not None}
    assert refusal(kms.create_key, **sent).code == code
    assert cluster.keys() == []


def test_a_key_in_a_cluster_neither_rotates_nor_takes_imported_material_nor_seals_pairs(
    lab: Lab, kms: Any
) -> None:
    _, key_store = cluster_store(lab, kms)
    arn = key_in_cluster(kms, key_store)
    for operation in (kms.enable_key_rotation, kms.rotate_key_on_demand, kms.get_key_rotation_status):
        assert refusal(operation, KeyId=arn).code == "UnsupportedOperationException"
    refused = refusal(kms.generate_data_key_pair, KeyId=arn, KeyPairSpec="ECC_NIST_P256")
    assert refused.code == "UnsupportedOperationException"
    asked = {"KeyId": arn, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    assert refusal(kms.get_parameters_for_import, **asked).code == "UnsupportedOperationException"


def test_a_cluster_that_fails_takes_its_keys_along_and_gives_them_back(lab: Lab, kms: Any) -> None:
    cluster, key_store = cluster_store(lab, kms)
    arn = key_in_cluster(kms, key_store)
    cluster.turn_off()
    assert key_state(kms, arn) == "Enabled"
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x").code == "KMSInvalidStateException"
    refused = refusal(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=key_store)
    assert refused.code == "CustomKeyStoreInvalidStateException"
    cluster.turn_on()
    assert kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    cluster.remove_hsm()
    refused = refusal(kms.create_key, Origin="AWS_CLOUDHSM", CustomKeyStoreId=key_store)
    assert refused.code == "CloudHsmClusterInvalidConfigurationException"
    cluster.delete()
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x").code == "KMSInvalidStateException"


def test_another_account_uses_a_key_in_a_cluster_by_its_policy(
    lab: Lab, kms: Any, client: MakeClient
) -> None:
    _, key_store = cluster_store(lab, kms)
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, '
        '"Action": "kms:*", "Resource": "*"}]}'
    )
    made = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=key_store, Policy=policy)
    other = client("kms", account="210987654321")
    blob = other.encrypt(KeyId=made["KeyMetadata"]["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert other.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_clusters_and_key_stores_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file) as lab:
        kms: Any = boto3.client("kms")
        cluster, key_store = cluster_store(lab, kms)
        arn = key_in_cluster(kms, key_store)
        blob = kms.encrypt(KeyId=arn, Plaintext=b"kept")["CiphertextBlob"]
        secrets = [cluster.password, lab.cloudhsm.secrets.open(lab.cloudhsm.secrets.close("kmsPswd1"))]
    written = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert not [secret for secret in secrets if secret.encode() in written]
    with Lab(file) as lab:
        assert boto3.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        (again,) = lab.cloudhsm
        assert (again.ClusterId, len(again.keys())) == (cluster.ClusterId, 1)


def test_the_lens_says_that_kms_does_not_have_the_key(lab: Lab, kms: Any) -> None:
    _, key_store = cluster_store(lab, kms)
    shown = lens.reveal(lab, key_in_cluster(kms, key_store))
    assert len(shown) == 0
    assert "None in KMS" in str(shown)


def test_a_reset_lab_has_no_clusters(lab: Lab, kms: Any) -> None:
    cluster_store(lab, kms)
    lab.reset()
    assert list(lab.cloudhsm) == []
    assert lab.cloud.store.scopes(ClusterTables) == []
