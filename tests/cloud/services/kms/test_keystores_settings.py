"""Custom key stores in a cluster: what KMS insists on, when they are made, changed and connected."""

import json
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms.keystores.cluster import LOCKED_AFTER
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.key_stores import (
    cluster_store,
    connect,
    disconnect,
    key_in_cluster,
    state_of,
    told_of,
)


def create(lab: Lab, kms: Any, **changes: Any) -> str:
    """Create a key store, with some of its settings changed (None leaves one out)."""
    asked = {"CustomKeyStoreName": "mine", **lab.cloudhsm.create_cluster().settings, **changes}
    sent = {name: value for name, value in asked.items() if value is not None}
    return str(kms.create_custom_key_store(**sent)["CustomKeyStoreId"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CloudHsmClusterId": None}, "ValidationException"),
        ({"TrustAnchorCertificate": None}, "ValidationException"),
        ({"KeyStorePassword": None}, "ValidationException"),
        ({"KeyStorePassword": "short"}, "ValidationException"),
        ({"KeyStorePassword": "p" * 33}, "ValidationException"),
        ({"XksProxyUriPath": "/kms/xks/v1"}, "ValidationException"),
        ({"CustomKeyStoreType": "EXTERNAL_KEY_STORE"}, "ValidationException"),
        ({"CloudHsmClusterId": "cluster-234567abcde"}, "CloudHsmClusterNotFoundException"),
        ({"TrustAnchorCertificate": "another"}, "IncorrectTrustAnchorException"),
    ],
)
def test_a_key_store_needs_a_cluster_that_fits(
    lab: Lab, kms: Any, changes: dict[str, Any], code: str
) -> None:
    assert refusal(create, lab=lab, kms=kms, **changes).code == code
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []


def test_the_cluster_must_be_active_and_in_two_zones(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster(hsms=1)
    asked = {"CustomKeyStoreName": "mine", **cluster.settings}
    assert (
        refusal(kms.create_custom_key_store, **asked).code == "CloudHsmClusterInvalidConfigurationException"
    )
    cluster.add_hsm(cluster.record.Hsms[0].AvailabilityZone)
    assert (
        refusal(kms.create_custom_key_store, **asked).code == "CloudHsmClusterInvalidConfigurationException"
    )
    cluster.add_hsm()
    cluster.turn_off()
    assert refusal(kms.create_custom_key_store, **asked).code == "CloudHsmClusterNotActiveException"
    cluster.turn_on()
    assert kms.create_custom_key_store(**asked)["CustomKeyStoreId"].startswith("cks-")


def test_a_name_and_a_cluster_belong_to_one_key_store(lab: Lab, kms: Any) -> None:
    first = lab.cloudhsm.create_cluster()
    kms.create_custom_key_store(CustomKeyStoreName="one", **first.settings)
    assert (
        refusal(create, lab=lab, kms=kms, CustomKeyStoreName="one").code == "CustomKeyStoreNameInUseException"
    )
    for cluster in (first, lab.cloudhsm.create_cluster(backup_of=first)):
        refused = refusal(kms.create_custom_key_store, CustomKeyStoreName="two", **cluster.settings)
        assert refused.code == "CloudHsmClusterInUseException"


def test_an_account_has_at_most_ten_key_stores_and_they_come_in_pages(lab: Lab, kms: Any) -> None:
    for number in range(10):
        create(lab, kms, CustomKeyStoreName=f"store {number}")
    assert refusal(create, lab=lab, kms=kms, CustomKeyStoreName="one more").code == "LimitExceededException"
    pages = kms.get_paginator("describe_custom_key_stores").paginate(PaginationConfig={"PageSize": 4})
    sizes = [len(page["CustomKeyStores"]) for page in pages]
    assert sizes == [4, 4, 2]
    assert refusal(kms.describe_custom_key_stores, Marker="nonsense!").code == "InvalidMarkerException"


def test_one_key_store_is_described_by_its_id_or_its_name(lab: Lab, kms: Any) -> None:
    made = create(lab, kms)
    (told,) = kms.describe_custom_key_stores(CustomKeyStoreName="mine")["CustomKeyStores"]
    assert told == told_of(kms, made)
    for asked in ({"CustomKeyStoreName": "other"}, {"CustomKeyStoreId": "cks-none"}):
        assert refusal(kms.describe_custom_key_stores, **asked).code == "CustomKeyStoreNotFoundException"
    both = {"CustomKeyStoreName": "mine", "CustomKeyStoreId": made}
    assert refusal(kms.describe_custom_key_stores, **both).code == "ValidationException"


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ("delete", "CLUSTER_NOT_FOUND"),
        ("turn_off", "NETWORK_ERRORS"),
        ("lock_kmsuser", "USER_LOCKED_OUT"),
        ("log_in_kmsuser", "USER_LOGGED_IN"),
        ("delete_kmsuser", "USER_NOT_FOUND"),
    ],
)
def test_a_connection_that_fails_says_why(lab: Lab, kms: Any, trouble: str, code: str) -> None:
    cluster = lab.cloudhsm.create_cluster()
    made = create(lab, kms, **cluster.settings)
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    getattr(cluster, trouble)()
    lab.clock.advance(seconds=10)
    assert state_of(kms, made) == f"FAILED {code}"


def test_a_wrong_password_fails_and_too_many_lock_kmsuser(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    right = cluster.password
    made = create(lab, kms, **cluster.settings | {"KeyStorePassword": "not the right one"})
    for _ in range(LOCKED_AFTER):
        assert connect(lab, kms, made) == "FAILED INVALID_CREDENTIALS"
        disconnect(lab, kms, made)
    kms.update_custom_key_store(CustomKeyStoreId=made, KeyStorePassword=right)
    assert connect(lab, kms, made) == "FAILED USER_LOCKED_OUT"
    disconnect(lab, kms, made)
    cluster.change_password("a new password")
    kms.update_custom_key_store(CustomKeyStoreId=made, KeyStorePassword="a new password")
    assert connect(lab, kms, made) == "CONNECTED"


def test_kms_gives_kmsuser_a_password_of_its_own_and_remembers_it(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    before = cluster.password
    made = create(lab, kms, **cluster.settings)
    assert connect(lab, kms, made) == "CONNECTED"
    assert cluster.password != before
    disconnect(lab, kms, made)
    assert connect(lab, kms, made) == "CONNECTED"


def test_no_modules_are_noticed_at_once_or_while_connecting(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    made = create(lab, kms, **cluster.settings)
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    cluster.remove_hsm()
    cluster.remove_hsm()
    lab.clock.advance(seconds=10)
    assert state_of(kms, made) == "FAILED INSUFFICIENT_CLOUDHSM_HSMS"
    disconnect(lab, kms, made)
    connecting = {"CustomKeyStoreId": made}
    refused = refusal(kms.connect_custom_key_store, **connecting)
    assert refused.code == "CloudHsmClusterInvalidConfigurationException"
    cluster.turn_off()
    assert refusal(kms.connect_custom_key_store, **connecting).code == "CloudHsmClusterNotActiveException"


def test_which_operation_goes_in_which_connection_state(lab: Lab, kms: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    made = create(lab, kms, **cluster.settings)
    asked = {"CustomKeyStoreId": made}
    wrong = "CustomKeyStoreInvalidStateException"
    assert refusal(kms.disconnect_custom_key_store, **asked).code == wrong
    kms.connect_custom_key_store(**asked)
    kms.connect_custom_key_store(**asked)
    assert refusal(kms.create_key, Origin="AWS_CLOUDHSM", **asked).code == wrong
    assert refusal(kms.update_custom_key_store, NewCustomKeyStoreName="new", **asked).code == wrong
    lab.clock.advance(seconds=10)
    kms.connect_custom_key_store(**asked)
    assert state_of(kms, made) == "CONNECTED"
    assert refusal(kms.delete_custom_key_store, **asked).code == wrong
    assert refusal(kms.update_custom_key_store, KeyStorePassword="password", **asked).code == wrong
    kms.update_custom_key_store(NewCustomKeyStoreName="new", **asked)
    assert told_of(kms, made)["CustomKeyStoreName"] == "new"
    kms.disconnect_custom_key_store(**asked)
    assert refusal(kms.connect_custom_key_store, **asked).code == wrong
    assert refusal(kms.disconnect_custom_key_store, **asked).code == wrong
    cluster.log_in_kmsuser()
    lab.clock.advance(seconds=2)
    assert connect(lab, kms, made).startswith("FAILED")
    assert refusal(kms.connect_custom_key_store, **asked).code == wrong


def test_disconnecting_stops_a_connection_on_its_way(lab: Lab, kms: Any) -> None:
    made = create(lab, kms)
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    disconnect(lab, kms, made)
    lab.clock.advance(minutes=20)
    assert state_of(kms, made) == "DISCONNECTED"


def test_a_key_store_with_keys_in_it_is_not_deleted(lab: Lab, kms: Any) -> None:
    _, made = cluster_store(lab, kms)
    arn = key_in_cluster(kms, made)
    disconnect(lab, kms, made)
    asked = {"CustomKeyStoreId": made}
    assert refusal(kms.delete_custom_key_store, **asked).code == "CustomKeyStoreHasCMKsException"
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    assert refusal(kms.delete_custom_key_store, **asked).code == "CustomKeyStoreHasCMKsException"
    lab.clock.advance(days=7)
    kms.delete_custom_key_store(**asked)


def test_a_related_cluster_takes_over_with_the_same_keys(lab: Lab, kms: Any) -> None:
    cluster, made = cluster_store(lab, kms)
    arn = key_in_cluster(kms, made)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    copy, stranger = lab.cloudhsm.create_cluster(backup_of=cluster), lab.cloudhsm.create_cluster()
    disconnect(lab, kms, made)
    refused = refusal(
        kms.update_custom_key_store, CustomKeyStoreId=made, CloudHsmClusterId=stranger.ClusterId
    )
    assert refused.code == "CloudHsmClusterNotRelatedException"
    kms.update_custom_key_store(CustomKeyStoreId=made, CloudHsmClusterId=copy.ClusterId)
    cluster.delete()
    assert connect(lab, kms, made) == "CONNECTED"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["CloudHsmClusterId"] == copy.ClusterId


def test_an_update_is_of_the_type_of_the_key_store(lab: Lab, kms: Any) -> None:
    made, other = create(lab, kms), create(lab, kms, CustomKeyStoreName="other")
    refused = refusal(kms.update_custom_key_store, CustomKeyStoreId=made, XksProxyUriPath="/kms/xks/v1")
    assert refused.code == "ValidationException"
    refused = refusal(kms.update_custom_key_store, CustomKeyStoreId=other, NewCustomKeyStoreName="mine")
    assert refused.code == "CustomKeyStoreNameInUseException"
    kms.update_custom_key_store(CustomKeyStoreId=made, NewCustomKeyStoreName="mine")


def test_no_password_is_told_logged_or_printed(lab: Lab, kms: Any, client: Any) -> None:
    cluster = lab.cloudhsm.create_cluster()
    first = cluster.password
    made = create(lab, kms, **cluster.settings)
    connect(lab, kms, made)
    events = client("cloudtrail").lookup_events()["Events"]
    names = [event["EventName"] for event in events]
    assert names.count("ConnectCustomKeyStore") == 1
    assert not [name for name in names if name.endswith("Connected")]
    (created,) = [one for one in events if one["EventName"] == "CreateCustomKeyStore"]
    assert "keyStorePassword" not in json.loads(created["CloudTrailEvent"])["requestParameters"]
    shown = f"{events} {cluster!r} {cluster.record!r} {lab.cloudhsm!r} {told_of(kms, made)}"
    assert not [secret for secret in (first, cluster.password) if secret in shown]
