"""The HSM's boundary: what crosses it is noted, and no secret is among what is noted, printed or kept."""

import base64
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.kms.blob import HEADER_BYTES, Blob
from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.hsm_keys import CAPACITY, HsmKeys
from labkit.cloud.services.kms.model import KeyMaterial, KmsTables
from labkit.crypto.aad import decode_context
from tests.cloud.services.kms.helpers import hsm_of, new_key, refusal

PLAINTEXT = b"a plaintext nobody else may see"


def tables(lab: Lab) -> KmsTables:
    return lab.cloud.store.tables(KmsTables, "123456789012", "us-east-1")


def secrets_of(lab: Lab) -> list[bytes]:
    """The bytes of all backing keys, and of the root they hang from."""
    hsm = hsm_of(lab)
    return [lab.cloud.hsm_memory.root, *(hsm.reveal(material) for material in tables(lab).materials)]


def use_every_key(kms: Any) -> bytes:
    """Let KMS do something with keys of all kinds; return a data key in the clear."""
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=PLAINTEXT, EncryptionContext={"a": "b"})["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    kms.sign(KeyId=new_key(kms, "ECC_NIST_P256"), Message=PLAINTEXT, SigningAlgorithm="ECDSA_SHA_256")
    kms.generate_mac(KeyId=new_key(kms, "HMAC_256"), Message=PLAINTEXT, MacAlgorithm="HMAC_SHA_256")
    data_key: bytes = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")["Plaintext"]
    return data_key


def forms_of(secret: bytes) -> list[str]:
    """How a secret could show in text: as Python prints bytes, in hexadecimal."""
    return [repr(secret)[2:-1], secret.hex()]


def test_encryption_is_noted_with_all_that_is_public_about_it(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    context = {"Department": "Engineering"}
    data = kms.encrypt(KeyId=arn, Plaintext=PLAINTEXT, EncryptionContext=context)["CiphertextBlob"]
    blob = Blob.decode(data)
    (noted,) = lab.gateway.calls[-1].hsm
    assert (noted.action, noted.primitive) == ("encrypt", "AES-256-GCM")
    assert noted.material == blob.key_reference.hex()
    details = noted.details
    assert (details["nonce"], details["iv"], details["tag"]) == (blob.nonce, blob.iv, blob.tag)
    assert details["bytes"] == len(PLAINTEXT)
    assert details["aad"].startswith(data[:HEADER_BYTES])
    assert decode_context(details["aad"][HEADER_BYTES:]) == context
    kms.decrypt(CiphertextBlob=data, EncryptionContext=context)
    (noted,) = lab.gateway.calls[-1].hsm
    assert (noted.action, noted.details["aad"]) == ("decrypt", details["aad"])


def test_every_nonce_and_iv_is_fresh(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    blobs = [Blob.decode(kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]) for _ in range(50)]
    assert len({blob.nonce for blob in blobs}) == len({blob.iv for blob in blobs}) == 50
    assert len({blob.key_reference for blob in blobs}) == 1


def test_a_key_pair_is_made_when_it_is_first_needed(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "RSA_2048")
    assert lab.gateway.calls[-1].hsm == []
    assert len(tables(lab).materials) == 0
    kms.get_public_key(KeyId=arn)
    assert [noted.action for noted in lab.gateway.calls[-1].hsm] == ["create"]
    assert len(tables(lab).materials) == 1


def test_a_refused_call_makes_no_key_pair(lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    asked = {"KeyId": arn, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    with pytest.raises(kms.exceptions.DryRunOperationException):
        kms.sign(**asked, DryRun=True)
    assert len(tables(lab).materials) == 0


def test_what_is_stored_is_wrapped(lab: Lab, kms: Any) -> None:
    use_every_key(kms)
    held = tables(lab).materials
    kept = b"".join(material.Token for material in held)
    assert len(held) == 3
    for secret in secrets_of(lab):
        assert secret not in kept
    for material in held:
        assert material.DomainKey.startswith("us-east-1/")


def test_the_domain_key_changes_every_day(lab: Lab, kms: Any) -> None:
    new_key(kms)
    lab.clock.advance(days=1)
    new_key(kms)
    assert len({material.DomainKey for material in tables(lab).materials}) == 2


def test_the_hsm_finds_its_keys_again_after_forgetting_them(lab: Lab, kms: Any) -> None:
    blob = kms.encrypt(KeyId=new_key(kms), Plaintext=PLAINTEXT)["CiphertextBlob"]
    (material,) = tables(lab).materials
    lab.cloud.part(HsmKeys).forget(material.KeyMaterialId)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


def test_the_hsm_keeps_no_more_than_it_has_room_for(lab: Lab) -> None:
    memory = HsmKeys(lab.cloud)
    for number in range(CAPACITY + 1):
        memory.load_symmetric(f"{number:064x}", b"secret")
    assert repr(memory) == f"<HsmKeys: {CAPACITY} in use>"
    assert memory.symmetric.keys() == {f"{number:064x}" for number in range(1, CAPACITY + 1)}


def test_no_secret_is_in_anything_that_prints(lab: Lab, kms: Any) -> None:
    data_key = use_every_key(kms)
    hsm = hsm_of(lab)
    shown = [lab, lab.cloud, lab.cloud.store, lab.cloud.hsm_memory, lab.cloud.part(HsmKeys), lab.gateway, hsm]
    materials = list(tables(lab).materials)
    noted = [one for call in lab.gateway.calls for one in call.hsm]
    text = "\n".join(map(repr, [*shown, list(lab.gateway.calls), materials, noted]))
    text += "\n".join(map(str, [*shown, *lab.gateway.calls]))
    assert isinstance(materials[0], KeyMaterial)
    for secret in (PLAINTEXT, data_key, *secrets_of(lab)):
        assert not [form for form in forms_of(secret) if form in text]


def test_a_defect_is_logged_without_what_the_caller_sent(
    kms: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the module caught fire")

    with Lab() as lab:
        arn = new_key(kms)
        monkeypatch.setattr(Hsm, "encrypt", broken)
        assert refusal(kms.encrypt, KeyId=arn, Plaintext=PLAINTEXT).code == "InternalFailure"
        secrets = [PLAINTEXT, base64.b64encode(PLAINTEXT), *secrets_of(lab)]
    assert "the module caught fire" in caplog.text
    for secret in secrets:
        assert not [form for form in forms_of(secret) if form in caplog.text]
