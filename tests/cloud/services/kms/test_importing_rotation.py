"""A key with several imported materials: they wait, are rotated to, and all of them are needed."""

from datetime import timedelta
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, kms_state, refusal
from tests.cloud.services.kms.wrapping import (
    AES_A,
    AES_B,
    INCORRECT,
    described,
    external_key,
    give,
    importing,
    materials,
    pending_import,
    states,
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key that waits for its material."""
    return external_key(kms)


def test_imported_material_does_not_rotate_by_itself(key: str, kms: Any) -> None:
    unsupported = Refusal(
        "UnsupportedOperationException", f"{key} origin is EXTERNAL which is not valid for this operation."
    )
    for imported in (False, True):
        if imported:
            give(kms, key, AES_A)
        for operation in (kms.enable_key_rotation, kms.disable_key_rotation, kms.get_key_rotation_status):
            assert refusal(operation, KeyId=key) == unsupported


def test_new_material_waits_for_the_rotation(key: str, kms: Any) -> None:
    first = give(kms, key, AES_A, KeyMaterialDescription="of 2025")["KeyMaterialId"]
    old = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    second = give(kms, key, AES_B, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    assert described(kms, key)["CurrentKeyMaterialId"] == first
    assert materials(kms, key) == [
        {
            "KeyId": key,
            "KeyMaterialId": first,
            "KeyMaterialDescription": "of 2025",
            "ImportState": "IMPORTED",
            "KeyMaterialState": "CURRENT",
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        },
        {
            "KeyId": key,
            "KeyMaterialId": second,
            "ImportState": "IMPORTED",
            "KeyMaterialState": "PENDING_ROTATION",
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        },
    ]
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
    assert described(kms, key)["CurrentKeyMaterialId"] == second
    rotation = kms.list_key_rotations(KeyId=key)["Rotations"][0]
    assert (rotation["KeyMaterialId"], rotation["RotationType"]) == (second, "ON_DEMAND")
    assert "RotationDate" in rotation
    assert states(kms, key) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]
    assert kms.decrypt(CiphertextBlob=old)["KeyMaterialId"] == first
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == second


def test_without_new_material_there_is_no_rotation(key: str, kms: Any, lab: Lab) -> None:
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == pending_import(key)
    give(kms, key, AES_A)
    before = kms_state(lab)
    assert refusal(kms.rotate_key_on_demand, KeyId=key) == (
        "KMSInvalidStateException",
        f"No available key material pending rotation for the key: {key}.",
        400,
    )
    assert kms_state(lab) == before


def test_new_material_is_new_and_old_material_is_known(key: str, kms: Any) -> None:
    first = give(kms, key, AES_A)["KeyMaterialId"]
    for material, more in [
        (AES_A, {"ImportType": "NEW_KEY_MATERIAL"}),
        (AES_B, {}),
        (AES_B, {"ImportType": "EXISTING_KEY_MATERIAL"}),
        (AES_B, {"KeyMaterialId": first}),
        (AES_A, {"KeyMaterialId": "a" * 64}),
    ]:
        assert refusal(kms.import_key_material, **importing(kms, key, material, **more)) == INCORRECT
    assert give(kms, key, AES_A, KeyMaterialId=first)["KeyMaterialId"] == first
    both = importing(kms, key, AES_A, KeyMaterialId=first, ImportType="NEW_KEY_MATERIAL")
    assert refusal(kms.import_key_material, **both).code == "ValidationException"


def test_a_first_import_is_of_new_material(key: str, kms: Any) -> None:
    asked = importing(kms, key, AES_A, ImportType="EXISTING_KEY_MATERIAL")
    assert refusal(kms.import_key_material, **asked) == INCORRECT


def test_only_one_material_waits_and_it_can_be_replaced(key: str, kms: Any) -> None:
    give(kms, key, AES_A)
    second = give(kms, key, AES_B, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    third = importing(kms, key, bytes(32), ImportType="NEW_KEY_MATERIAL")
    assert refusal(kms.import_key_material, **third).code == "KMSInvalidStateException"
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=second)
    assert described(kms, key)["KeyState"] == "Enabled"
    assert states(kms, key) == [("CURRENT", "IMPORTED")]
    kms.import_key_material(**third)
    assert states(kms, key) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]


def test_a_key_works_only_with_all_of_its_material(key: str, kms: Any, lab: Lab) -> None:
    soon, later = lab.clock.now() + timedelta(days=10), lab.clock.now() + timedelta(days=20)
    first = give(kms, key, AES_A, ValidTo=later, KeyMaterialDescription="first")["KeyMaterialId"]
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    second = give(kms, key, AES_B, ValidTo=soon, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    assert described(kms, key)["ValidTo"] > lab.clock.now() + timedelta(days=19)
    kms.rotate_key_on_demand(KeyId=key)
    assert described(kms, key)["ValidTo"] < lab.clock.now() + timedelta(days=11)
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=first)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == pending_import(key)
    assert refusal(kms.decrypt, CiphertextBlob=old) == pending_import(key)
    lab.clock.advance(days=11)
    assert states(kms, key) == [("NON_CURRENT", "PENDING_IMPORT"), ("CURRENT", "PENDING_IMPORT")]
    give(kms, key, AES_B, KeyMaterialId=second)
    assert described(kms, key)["KeyState"] == "PendingImport"
    give(kms, key, AES_A)
    assert described(kms, key)["KeyState"] == "Enabled"
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"
    assert materials(kms, key)[0]["KeyMaterialDescription"] == "first"
    assert states(kms, key) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]


def test_waiting_material_that_expires_is_forgotten(key: str, kms: Any, lab: Lab) -> None:
    give(kms, key, AES_A)
    give(kms, key, AES_B, ImportType="NEW_KEY_MATERIAL", ValidTo=lab.clock.now() + timedelta(days=1))
    lab.clock.advance(days=2)
    assert states(kms, key) == [("CURRENT", "IMPORTED")]
    assert described(kms, key)["KeyState"] == "Enabled"


def test_material_that_a_key_has_not_cannot_be_deleted(key: str, kms: Any) -> None:
    give(kms, key, AES_A)
    asked = {"KeyId": key, "KeyMaterialId": "a" * 64}
    assert refusal(kms.delete_imported_key_material, **asked).code == "NotFoundException"


@pytest.fixture
def pair(lab: Lab, kms: Any, client: Any) -> tuple[Any, str, str]:
    """Return a client of another region, and the ARNs of a primary with material and its replica there."""
    primary = external_key(kms, MultiRegion=True)
    give(kms, primary, AES_A)
    told = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    return client("kms", "eu-west-1"), primary, told["Arn"]


def test_a_replica_takes_the_material_of_its_primary_and_no_other(kms: Any, pair: Any) -> None:
    there, primary, replica = pair
    assert described(there, replica)["KeyState"] == "PendingImport"
    assert refusal(there.import_key_material, **importing(there, replica, AES_B)) == INCORRECT
    new = importing(there, replica, AES_A, ImportType="NEW_KEY_MATERIAL")
    assert refusal(there.import_key_material, **new).code == "UnsupportedOperationException"
    assert give(there, replica, AES_A)["KeyMaterialId"] == described(kms, primary)["CurrentKeyMaterialId"]
    assert described(there, replica)["KeyState"] == "Enabled"
    blob = kms.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_new_material_waits_until_every_region_has_it(kms: Any, pair: Any) -> None:
    there, primary, replica = pair
    give(there, replica, AES_A)
    second = give(kms, primary, AES_B, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    waiting = ("PENDING_MULTI_REGION_IMPORT_AND_ROTATION", "IMPORTED")
    assert states(kms, primary) == [("CURRENT", "IMPORTED"), waiting]
    assert refusal(kms.rotate_key_on_demand, KeyId=primary).code == "KMSInvalidStateException"
    give(there, replica, AES_B)
    for one, arn in ((kms, primary), (there, replica)):
        assert states(one, arn) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
    assert refusal(there.rotate_key_on_demand, KeyId=replica).code == "UnsupportedOperationException"
    kms.rotate_key_on_demand(KeyId=primary)
    for one, arn in ((kms, primary), (there, replica)):
        assert described(one, arn)["CurrentKeyMaterialId"] == second
        assert states(one, arn) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]
        assert described(one, arn)["KeyState"] == "Enabled"


def test_waiting_material_deleted_from_the_primary_is_gone_everywhere(kms: Any, pair: Any) -> None:
    there, primary, replica = pair
    give(there, replica, AES_A)
    second = give(kms, primary, AES_B, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    give(there, replica, AES_B)
    kms.delete_imported_key_material(KeyId=primary, KeyMaterialId=second)
    for one, arn in ((kms, primary), (there, replica)):
        assert states(one, arn) == [("CURRENT", "IMPORTED")]


def test_a_replica_without_the_new_material_waits_for_it_after_the_rotation(kms: Any, pair: Any) -> None:
    there, primary, replica = pair
    give(there, replica, AES_A)
    second = give(kms, primary, AES_B, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    give(there, replica, AES_B)
    there.delete_imported_key_material(KeyId=replica, KeyMaterialId=second)
    assert described(there, replica)["KeyState"] == "Enabled"
    kms.rotate_key_on_demand(KeyId=primary)
    assert described(kms, primary)["KeyState"] == "Enabled"
    assert described(there, replica)["KeyState"] == "PendingImport"
    give(there, replica, AES_B)
    assert described(there, replica)["KeyState"] == "Enabled"
