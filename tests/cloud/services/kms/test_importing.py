"""Imported key material, wrapped as a user wraps it: with `cryptography` and KMS's public key."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from labkit import Lab
from labkit.crypto.keys import load_public
from labkit.crypto.sm2 import encryption
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey
from tests.cloud.services.kms.helpers import Refusal, kms_state, new_key, refusal
from tests.cloud.services.kms.wrapping import (
    AES_A,
    HYBRID,
    OAEP,
    described,
    external_key,
    give,
    importing,
    materials,
    parameters,
    pending_import,
    pkcs8,
)
from tests.conftest import MakeClient


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key that waits for its material."""
    return external_key(kms)


@pytest.fixture(scope="module")
def private_rsa() -> rsa.RSAPrivateKey:
    """Return an RSA key made outside of KMS."""
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256", "RSA_2048", "ECC_NIST_P256"])
def test_a_key_of_external_origin_begins_without_material(lab: Lab, kms: Any, spec: str) -> None:
    metadata = described(kms, external_key(kms, spec))
    assert (metadata["Origin"], metadata["KeyState"], metadata["Enabled"]) == (
        "EXTERNAL",
        "PendingImport",
        False,
    )
    assert not {"CurrentKeyMaterialId", "ExpirationModel", "ValidTo"} & metadata.keys()
    assert lab.backing_keys().empty


def test_it_does_nothing_until_it_has_some(key: str, kms: Any) -> None:
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == pending_import(key)
    assert refusal(kms.enable_key, KeyId=key) == pending_import(key)
    assert materials(kms, key) == []
    deleted = kms.delete_imported_key_material(KeyId=key)
    assert (deleted["KeyId"], "KeyMaterialId" in deleted) == (key, False)
    assert described(kms, key)["KeyState"] == "PendingImport"


def test_a_key_that_kms_made_takes_no_material(lab: Lab, kms: Any, key: str) -> None:
    own = new_key(kms)
    unsupported = Refusal(
        "UnsupportedOperationException", f"{own} origin is AWS_KMS which is not valid for this operation."
    )
    wrapped = importing(kms, key, AES_A) | {"KeyId": own}
    asked = {"KeyId": own, "WrappingAlgorithm": OAEP[0], "WrappingKeySpec": "RSA_2048"}
    for state in (kms.enable_key, kms.disable_key, kms.schedule_key_deletion):
        state(KeyId=own)
        assert refusal(kms.get_parameters_for_import, **asked) == unsupported
        assert refusal(kms.import_key_material, **wrapped) == unsupported
        assert refusal(kms.delete_imported_key_material, KeyId=own) == unsupported


@pytest.mark.parametrize("wrapping_spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_parameters_are_good_for_24_hours(key: str, kms: Any, lab: Lab, wrapping_spec: str) -> None:
    told = kms.get_parameters_for_import(
        KeyId=key.rsplit("/", 1)[1], WrappingAlgorithm=OAEP[1], WrappingKeySpec=wrapping_spec
    )
    public = load_der_public_key(told["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    assert (told["KeyId"], public.key_size) == (key, int(wrapping_spec[-4:]))
    life = told["ParametersValidTo"] - lab.clock.now()
    assert abs(life - timedelta(hours=24)) < timedelta(minutes=1)
    assert len(told["ImportToken"]) <= 6144


ROUND_TRIPS = [
    *[
        ("SYMMETRIC_DEFAULT", algorithm, wrapping)
        for algorithm in OAEP
        for wrapping in ("RSA_2048", "RSA_3072")
    ],
    *[(f"HMAC_{bits}", OAEP[1], "RSA_2048") for bits in (224, 256, 384, 512)],
    ("HMAC_256", OAEP[0], "RSA_2048"),
    *[("RSA_2048", algorithm, "RSA_2048") for algorithm in HYBRID],
    *[("ECC_NIST_P256", algorithm, "RSA_2048") for algorithm in (*OAEP, *HYBRID)],
    ("ECC_NIST_P384", OAEP[0], "RSA_2048"),
    ("ECC_NIST_P521", OAEP[1], "RSA_3072"),
    ("ECC_NIST_P521", HYBRID[1], "RSA_2048"),
    ("ECC_SECG_P256K1", OAEP[1], "RSA_2048"),
    ("ECC_NIST_EDWARDS25519", HYBRID[0], "RSA_2048"),
]
CURVES: dict[str, ec.EllipticCurve] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}


@pytest.mark.parametrize(("spec", "algorithm", "wrapping_spec"), ROUND_TRIPS)
def test_kms_works_with_the_very_material_that_was_imported(
    lab: Lab, kms: Any, private_rsa: rsa.RSAPrivateKey, spec: str, algorithm: str, wrapping_spec: str
) -> None:
    key = external_key(kms, spec)
    wrapping = parameters(kms, key, algorithm, wrapping_spec)
    if spec == "SYMMETRIC_DEFAULT":
        answer = give(kms, key, AES_A, wrapping=wrapping)
        assert answer == {"KeyId": key, "KeyMaterialId": described(kms, key)["CurrentKeyMaterialId"]}
        blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    elif spec.startswith("HMAC"):
        secret, bits = bytes(range(int(spec[-3:]) // 8)), spec[-3:]
        assert give(kms, key, secret, wrapping=wrapping) == {"KeyId": key}
        code = kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm=f"HMAC_SHA_{bits}")["Mac"]
        ours = hmac.HMAC(secret, getattr(hashes, f"SHA{bits}")())
        ours.update(b"m")
        assert code == ours.finalize()
    else:
        private: Any = private_rsa
        if spec in CURVES:
            private = ec.generate_private_key(CURVES[spec])
        elif spec != "RSA_2048":
            private = ed25519.Ed25519PrivateKey.generate()
        assert give(kms, key, pkcs8(private), wrapping=wrapping) == {"KeyId": key}
        told = kms.get_public_key(KeyId=key)
        assert told["PublicKey"] == private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        signed = {"KeyId": key, "Message": b"m", "SigningAlgorithm": told["SigningAlgorithms"][0]}
        assert kms.verify(**signed, Signature=kms.sign(**signed)["Signature"])["SignatureValid"]
    assert described(kms, key)["KeyState"] == "Enabled"


def test_an_imported_rsa_key_decrypts(lab: Lab, kms: Any, private_rsa: rsa.RSAPrivateKey) -> None:
    created = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT", Origin="EXTERNAL")
    key = created["KeyMetadata"]["Arn"]
    give(kms, key, pkcs8(private_rsa), wrapping=parameters(kms, key, HYBRID[1]))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sealed = private_rsa.public_key().encrypt(b"made elsewhere", oaep)
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert opened["Plaintext"] == b"made elsewhere"


@pytest.mark.parametrize(
    ("spec", "algorithm", "wrapping_spec"),
    [
        *[("RSA_2048", algorithm, "RSA_4096") for algorithm in OAEP],
        *[
            (spec, algorithm, "RSA_2048")
            for algorithm in HYBRID
            for spec in ("SYMMETRIC_DEFAULT", "HMAC_512")
        ],
        *[("ECC_NIST_P521", algorithm, "RSA_2048") for algorithm in OAEP],
    ],
)
def test_some_material_cannot_be_wrapped_so(
    lab: Lab, kms: Any, spec: str, algorithm: str, wrapping_spec: str
) -> None:
    key = external_key(kms, spec)
    asked = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping_spec}
    assert refusal(kms.get_parameters_for_import, **asked) == (
        "UnsupportedOperationException",
        f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_spec} "
        f"is not supported for KeySpec {spec}.",
        400,
    )


@pytest.mark.parametrize(
    ("algorithm", "wrapping_spec"),
    [("RSAES_PKCS1_V1_5", "RSA_2048"), ("SM2PKE", "SM2"), (OAEP[1], "SM2"), ("SM2PKE", "RSA_2048")],
)
def test_no_material_is_wrapped_so(key: str, kms: Any, algorithm: str, wrapping_spec: str) -> None:
    asked = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping_spec}
    assert refusal(kms.get_parameters_for_import, **asked) == (
        "UnsupportedOperationException",
        f"WrappingAlgorithm {algorithm} with WrappingKeySpec {wrapping_spec} is not supported.",
        400,
    )


def test_no_material_and_no_wrapping_key_is_seen_anywhere(key: str, kms: Any, lab: Lab) -> None:
    wrapping = parameters(kms, key)
    give(kms, key, AES_A, wrapping=wrapping)
    seen = repr(kms_state(lab)) + "".join(repr(call.hsm) for call in lab.gateway.calls)
    seen += "".join(repr(step) for call in lab.trace for step in call.steps)
    seen += lab.audit().to_string()
    for form in (repr(AES_A)[2:-1], AES_A.hex(), AES_A.hex(" ")):
        assert form not in seen
    parameters_told = [event for event in lab.audit().to_dict("records") if "Import" in str(event)]
    assert parameters_told
    assert "importToken" not in str(parameters_told)


def test_the_china_regions_wrap_with_sm2_in_place_of_rsa_with_aes(lab: Lab, client: MakeClient) -> None:
    kms = client("kms", "cn-north-1")
    key = external_key(kms, "RSA_2048")
    for algorithm in HYBRID:
        asked = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"}
        assert refusal(kms.get_parameters_for_import, **asked).code == "UnsupportedOperationException"
    told = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="SM2PKE", WrappingKeySpec="SM2")
    wrapping_key = load_public(told["PublicKey"])
    assert isinstance(wrapping_key, Sm2PublicKey)
    material = pkcs8(rsa.generate_private_key(65537, 2048))
    given: dict[str, Any] = {
        "KeyId": key,
        "ImportToken": told["ImportToken"],
        "EncryptedKeyMaterial": encryption.encrypt(wrapping_key, material),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
    changed = given["EncryptedKeyMaterial"][:-1] + b"x"
    assert refusal(kms.import_key_material, **given | {"EncryptedKeyMaterial": changed}).code == (
        "InvalidCiphertextException"
    )
    kms.import_key_material(**given)
    assert described(kms, key)["KeyState"] == "Enabled"


def test_an_sm2_key_is_imported(lab: Lab, client: MakeClient) -> None:
    kms, private = client("kms", "cn-north-1"), Sm2PrivateKey.from_scalar(12345)
    key = external_key(kms, "SM2")
    give(kms, key, private.private_der())
    assert kms.get_public_key(KeyId=key)["PublicKey"] == private.public_key().public_der()
