"""What ImportKeyMaterial and GetParametersForImport refuse: tokens, wrappings, materials, expirations."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, kms_state, refusal
from tests.cloud.services.kms.wrapping import (
    AES_A,
    HYBRID,
    INCORRECT,
    OAEP,
    described,
    external_key,
    importing,
    parameters,
    pkcs8,
)

INVALID_TOKEN = Refusal("InvalidImportTokenException", "")
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key that waits for its material."""
    return external_key(kms)


@pytest.fixture(scope="module")
def private_rsa() -> rsa.RSAPrivateKey:
    """Return an RSA key made outside of KMS."""
    return rsa.generate_private_key(65537, 2048)


def test_a_token_expires(key: str, kms: Any, lab: Lab) -> None:
    asked = importing(kms, key, AES_A)
    lab.clock.advance(hours=23, minutes=59)
    kms.import_key_material(**asked)
    lab.clock.advance(minutes=2)
    assert refusal(kms.import_key_material, **asked) == ("ExpiredImportTokenException", "", 400)


def test_a_token_is_good_for_one_key_only(key: str, kms: Any, lab: Lab) -> None:
    other = external_key(kms)
    before = kms_state(lab)
    asked = importing(kms, other, AES_A, wrapping=parameters(kms, key))
    assert refusal(kms.import_key_material, **asked) == INVALID_TOKEN
    assert kms_state(lab) == before


def test_a_token_goes_with_its_own_wrapping_key_and_algorithm(key: str, kms: Any) -> None:
    first, second = parameters(kms, key), parameters(kms, key, OAEP[0])
    for public, token in [(first, second), (second, first)]:
        asked = importing(kms, key, AES_A, wrapping=public) | {"ImportToken": token.token}
        assert refusal(kms.import_key_material, **asked) == INVALID_CIPHERTEXT
    kms.import_key_material(**importing(kms, key, AES_A, wrapping=second))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_token_is_accepted(
    lab: Lab, kms: Any, shared: dict[str, Any], data: st.DataObject
) -> None:
    if "asked" not in shared:
        shared["asked"] = importing(kms, external_key(kms), AES_A)
    token = shared["asked"]["ImportToken"]
    at = data.draw(st.integers(0, len(token) - 1))
    change = data.draw(st.integers(1, 255))
    changed = data.draw(
        st.sampled_from(
            [token[:at] + bytes([token[at] ^ change]) + token[at + 1 :], token[:at] or b"\x01", token + b"x"]
        )
    )
    refused = refusal(kms.import_key_material, **shared["asked"] | {"ImportToken": changed})
    assert refused.code in ("InvalidImportTokenException", "ValidationException")


@pytest.fixture
def shared() -> dict[str, Any]:
    """Return what the examples of one hypothesis test share."""
    return {}


@pytest.mark.parametrize("change", [lambda wrapped: wrapped[:-1], lambda wrapped: wrapped + b"x"])
def test_wrapped_material_has_the_length_that_its_algorithm_gives(
    lab: Lab, kms: Any, change: Callable[[bytes], bytes]
) -> None:
    impossible = Refusal("ValidationException", "Invalid encrypted key size.")
    for spec, algorithm in [("SYMMETRIC_DEFAULT", OAEP[1]), ("ECC_NIST_P256", HYBRID[1])]:
        key = external_key(kms, spec)
        asked = importing(kms, key, AES_A, wrapping=parameters(kms, key, algorithm))
        asked["EncryptedKeyMaterial"] = change(asked["EncryptedKeyMaterial"])
        assert refusal(kms.import_key_material, **asked) == impossible


def test_changed_wrapped_material_is_refused(lab: Lab, kms: Any) -> None:
    for spec, algorithm in [("SYMMETRIC_DEFAULT", OAEP[0]), ("ECC_NIST_P256", HYBRID[0])]:
        key = external_key(kms, spec)
        asked = importing(kms, key, AES_A, wrapping=parameters(kms, key, algorithm))
        wrapped = asked["EncryptedKeyMaterial"]
        for at in (5, len(wrapped) - 1):
            asked["EncryptedKeyMaterial"] = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
            assert refusal(kms.import_key_material, **asked) == INVALID_CIPHERTEXT
        assert described(kms, key)["KeyState"] == "PendingImport"


@pytest.mark.parametrize("size", [1, 16, 31, 33, 64])
def test_a_symmetric_key_has_32_bytes(key: str, kms: Any, lab: Lab, size: int) -> None:
    asked = importing(kms, key, bytes(size))
    before = kms_state(lab)
    assert refusal(kms.import_key_material, **asked) == INCORRECT
    assert kms_state(lab) == before


def test_private_keys_of_another_kind_are_refused(lab: Lab, kms: Any, private_rsa: rsa.RSAPrivateKey) -> None:
    p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    numbers = private_rsa.private_numbers()
    broken = pkcs8(private_rsa).replace(numbers.q.to_bytes(128, "big"), (numbers.q - 2).to_bytes(128, "big"))
    assert broken != pkcs8(private_rsa)
    traditional = p256.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = p256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wrong = {
        "ECC_NIST_P256": [
            pkcs8(p384),
            pkcs8(private_rsa),
            pkcs8(ed25519.Ed25519PrivateKey.generate()),
            pkcs8(p256)[:-1],
            traditional,
            public,
            b"not DER",
        ],
        "RSA_2048": [pkcs8(p256), pkcs8(rsa.generate_private_key(65537, 3072)), broken],
        "ECC_NIST_EDWARDS25519": [pkcs8(p256)],
    }
    for spec, given_ in wrong.items():
        key = external_key(kms, spec)
        wrapping = parameters(kms, key, HYBRID[1])
        for material in given_:
            asked = importing(kms, key, material, wrapping=wrapping)
            assert refusal(kms.import_key_material, **asked) == INCORRECT


@pytest.mark.parametrize(
    ("model", "days", "told"),
    [
        (None, None, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"),
        (
            "KEY_MATERIAL_EXPIRES",
            None,
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
        ),
        (None, -1, "ValidTo must be in the future"),
        (None, 366, "ValidTo must be within 365 days of the request date"),
        (
            "KEY_MATERIAL_DOES_NOT_EXPIRE",
            1,
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        ),
    ],
)
def test_an_expiration_is_one(
    key: str, kms: Any, lab: Lab, model: str | None, days: int | None, told: str
) -> None:
    asked = importing(kms, key, AES_A)
    del asked["ExpirationModel"]
    if model:
        asked["ExpirationModel"] = model
    if days:
        asked["ValidTo"] = lab.clock.now() + timedelta(days=days)
    assert refusal(kms.import_key_material, **asked) == ("ValidationException", told, 400)


@pytest.mark.parametrize(
    "more", [{"ImportType": "NEW_KEY_MATERIAL"}, {"KeyMaterialDescription": "d"}, {"KeyMaterialId": "a" * 64}]
)
def test_only_symmetric_keys_have_material_by_name(lab: Lab, kms: Any, more: dict[str, str]) -> None:
    asked = importing(kms, external_key(kms, "HMAC_256"), AES_A, **more)
    assert refusal(kms.import_key_material, **asked).code == "UnsupportedOperationException"
