"""Imported material that is deleted, expires, and comes back; and only the same comes back."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from labkit import Lab, lens
from tests.cloud.services.kms.helpers import is_pending_deletion, refusal
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
    pkcs8,
    states,
)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key that waits for its material."""
    return external_key(kms)


def test_deleted_material_comes_back_and_opens_what_it_sealed(key: str, kms: Any, lab: Lab) -> None:
    material = give(kms, key, AES_A)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    deleted = kms.delete_imported_key_material(KeyId=key)
    assert (deleted["KeyId"], deleted["KeyMaterialId"]) == (key, material)
    assert described(kms, key)["KeyState"] == "PendingImport"
    assert described(kms, key)["CurrentKeyMaterialId"] == material
    assert refusal(kms.decrypt, CiphertextBlob=blob) == pending_import(key)
    assert states(kms, key) == [("CURRENT", "PENDING_IMPORT")]
    assert lab.backing_keys()["WrappedBytes"].tolist() == [0]
    assert material not in repr(lens.reveal(lab, key))
    assert refusal(kms.import_key_material, **importing(kms, key, AES_B)) == INCORRECT
    assert give(kms, key, AES_A)["KeyMaterialId"] == material
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


@pytest.mark.parametrize("spec", ["HMAC_256", "ECC_NIST_P256"])
def test_other_keys_too_take_the_same_material_only(lab: Lab, kms: Any, spec: str) -> None:
    private, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    same, another = (AES_A, AES_B) if spec == "HMAC_256" else (pkcs8(private), pkcs8(other))
    key = external_key(kms, spec)
    give(kms, key, same)
    for delete in (False, True):
        if delete:
            assert "KeyMaterialId" not in kms.delete_imported_key_material(KeyId=key)
        assert refusal(kms.import_key_material, **importing(kms, key, another)) == INCORRECT
        give(kms, key, same)
        assert described(kms, key)["KeyState"] == "Enabled"


def test_one_private_key_is_the_same_however_it_is_encoded(lab: Lab, kms: Any) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    # RFC 5915: parameters and public key are optional in ECPrivateKey.
    scalar = private.private_numbers().private_value.to_bytes(32, "big")
    inner = b"\x30\x25\x02\x01\x01\x04\x20" + scalar
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    body = b"\x02\x01\x00" + algorithm + b"\x04" + bytes([len(inner)]) + inner
    short = b"\x30" + bytes([len(body)]) + body
    key = external_key(kms, "ECC_NIST_P256")
    give(kms, key, pkcs8(private))
    kms.delete_imported_key_material(KeyId=key)
    give(kms, key, short)
    assert described(kms, key)["KeyState"] == "Enabled"


def test_material_expires_on_the_labs_clock(key: str, kms: Any, lab: Lab, client: Any) -> None:
    until = (lab.clock.now() + timedelta(days=10)).replace(microsecond=0)
    give(kms, key, AES_A, ValidTo=until)
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    metadata = described(kms, key)
    assert (metadata["ExpirationModel"], metadata["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", until)
    assert (materials(kms, key)[0]["ExpirationModel"], materials(kms, key)[0]["ValidTo"]) == (
        "KEY_MATERIAL_EXPIRES",
        until,
    )
    lab.clock.advance(days=9, hours=23)
    assert described(kms, key)["KeyState"] == "Enabled"
    lab.clock.advance(hours=2)
    metadata = described(kms, key)
    assert metadata["KeyState"] == "PendingImport"
    assert not {"ExpirationModel", "ValidTo"} & metadata.keys()
    assert refusal(kms.decrypt, CiphertextBlob=blob) == pending_import(key)
    named = [{"AttributeKey": "EventName", "AttributeValue": "DeleteExpiredKeyMaterial"}]
    events = client("cloudtrail").lookup_events(LookupAttributes=named)["Events"]
    assert [event["Resources"][0]["ResourceName"] for event in events] == [key]
    give(kms, key, AES_A)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
    assert described(kms, key)["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"


def test_importing_again_sets_another_expiration(key: str, kms: Any, lab: Lab) -> None:
    give(kms, key, AES_A, ValidTo=lab.clock.now() + timedelta(days=10))
    give(kms, key, AES_A, ValidTo=lab.clock.now() + timedelta(days=20))
    lab.clock.advance(days=15)
    assert described(kms, key)["KeyState"] == "Enabled"
    give(kms, key, AES_A)
    lab.clock.advance(days=15)
    assert described(kms, key)["KeyState"] == "Enabled"
    assert lab.clock.agenda() == []


def test_deleting_calls_the_expiration_off(key: str, kms: Any, lab: Lab) -> None:
    give(kms, key, AES_A, ValidTo=lab.clock.now() + timedelta(days=10))
    kms.delete_imported_key_material(KeyId=key)
    assert lab.clock.agenda() == []


def test_a_disabled_key_stays_disabled_and_waits_when_its_material_goes(key: str, kms: Any) -> None:
    give(kms, key, AES_A)
    kms.disable_key(KeyId=key)
    give(kms, key, AES_A)
    assert described(kms, key)["KeyState"] == "Disabled"
    kms.delete_imported_key_material(KeyId=key)
    assert described(kms, key)["KeyState"] == "PendingImport"


def test_a_key_pending_deletion_loses_its_material_but_not_its_state(key: str, kms: Any, lab: Lab) -> None:
    give(kms, key, AES_A, ValidTo=lab.clock.now() + timedelta(days=3))
    asked = importing(kms, key, AES_A)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refusal(kms.import_key_material, **asked) == is_pending_deletion(key)
    lab.clock.advance(days=4)
    assert described(kms, key)["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key)
    assert described(kms, key)["KeyState"] == "PendingImport"
    give(kms, key, AES_A)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    assert described(kms, key)["KeyState"] == "Disabled"


def test_with_the_key_goes_the_end_of_its_material(key: str, kms: Any, lab: Lab) -> None:
    give(kms, key, AES_A, ValidTo=lab.clock.now() + timedelta(days=100))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lab.clock.advance(days=8)
    assert lab.clock.agenda() == []
