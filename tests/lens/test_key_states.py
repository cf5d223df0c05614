"""The key-state machine: each of its arrows is gone along with boto3, and the table is KMS's own."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import boto3
import pytest

from labkit import Lab, lens
from labkit.cloud.services.kms.model import KmsTables
from labkit.lens.key_states import GONE, NEW, TRANSITIONS, Transition
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.key_stores import cluster_store, connect, disconnect
from tests.cloud.services.kms.wrapping import external_key, give
from tests.conftest import ACCOUNT

AWAY = "us-east-2"


@pytest.fixture
def kms(lab: Lab) -> Any:
    return boto3.client("kms", region_name="us-east-1")


def state(kms: Any, key: str) -> str:
    found: str = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    return found


def plain(lab: Lab, kms: Any) -> list[str]:
    """Disable, enable, schedule the deletion of both, cancel, and wait."""
    key = new_key(kms)
    told = [NEW, state(kms, key)]
    for step in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        getattr(kms, step)(KeyId=key)
        told.append(state(kms, key))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    told.append(state(kms, key))
    lab.clock.advance(days=8)
    assert refusal(kms.describe_key, KeyId=key).code == "NotFoundException"
    return [*told, GONE]


def imported(lab: Lab, kms: Any) -> list[str]:
    """Import, delete the material, import with an expiry, let it expire, schedule the deletion."""
    key = external_key(kms)
    told = [NEW, state(kms, key)]
    give(kms, key, bytes(32))
    told.append(state(kms, key))
    kms.delete_imported_key_material(KeyId=key)
    told.append(state(kms, key))
    until = lab.clock.now() + timedelta(days=1)
    give(kms, key, bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=until)
    told.append(state(kms, key))
    lab.clock.advance(days=2)
    told.append(state(kms, key))
    kms.schedule_key_deletion(KeyId=key)
    return [*told, state(kms, key)]


def replicated(lab: Lab, kms: Any) -> list[str]:
    """A primary whose replica goes first; the deletion is called off once."""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    told = [state(kms, key)]
    for step in ("schedule_key_deletion", "cancel_key_deletion", "enable_key", "schedule_key_deletion"):
        getattr(kms, step)(KeyId=key)
        told.append(state(kms, key))
    boto3.client("kms", region_name=AWAY).schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lab.clock.advance(days=8)
    return [*told, state(kms, key)]


def stored(lab: Lab, kms: Any) -> list[str]:
    """A key in a key store that is disconnected and connected again."""
    _, store = cluster_store(lab, kms)
    made = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]["KeyId"]
    told = [state(kms, made)]
    disconnect(lab, kms, store)
    told.append(state(kms, made))
    assert connect(lab, kms, store) == "CONNECTED"
    return [*told, state(kms, made)]


def settling(lab: Lab, kms: Any) -> list[list[str]]:
    """What is over before the next call: read from what the calls changed."""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    replica = kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)["ReplicaKeyMetadata"]
    there = lab.cloud.store.tables(KmsTables, ACCOUNT, AWAY).keys.get(key)
    assert there is not None
    born = [NEW, replica["KeyState"], there.KeyState]
    kms.update_primary_region(KeyId=key, PrimaryRegion=AWAY)
    changes = lab.trace[-1].call.changes
    moving = {change.after.KeyState for change in changes if change.table == "keys"}
    assert len(moving) == 1
    return [born, ["Enabled", *moving, state(kms, key)]]


def pairs(told: list[str]) -> set[tuple[str, str]]:
    return set(pairwise(told))


def test_every_arrow_is_gone_along_and_no_other(lab: Lab, kms: Any) -> None:
    walked = set[tuple[str, str]]()
    for walk in (plain, imported, replicated, stored):
        walked |= pairs(walk(lab, kms))
    for told in settling(lab, kms):
        walked |= pairs(told)
    assert walked == {(one.before, one.after) for one in TRANSITIONS} | {("Disabled", "Enabled")}


def test_the_table_says_what_kms_does(lab: Lab, kms: Any) -> None:
    machine = lens.key_states()
    table = machine.table().set_index("operation")
    assert set(table.columns) == set(machine.states)
    key = new_key(kms)
    kms.disable_key(KeyId=key)
    assert table.loc["Encrypt", "Disabled"] == "is disabled."
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x").message == f"{key} is disabled."
    assert table.loc["DescribeKey", "Disabled"] == "works"
    assert table.loc["CancelKeyDeletion", "Enabled"] == "is not pending deletion."
    assert machine.works("Encrypt", "Enabled")
    assert not machine.works("Encrypt", "PendingDeletion")


@pytest.mark.parametrize("one", TRANSITIONS, ids=lambda one: f"{one.before}-{one.by}-{one.after}")
def test_every_arrow_is_shown(one: Transition) -> None:
    machine = lens.key_states()
    shown = machine._repr_html_()
    for text in (one.before, one.after, one.by):
        assert text in shown
    assert f"{one.after:22} {one.by}" in str(machine)
