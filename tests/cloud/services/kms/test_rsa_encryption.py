"""RSA keys that encrypt: the sizes of RFC 8017, and public keys that work outside of KMS."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, new_key, refusal

HASHES = {"RSAES_OAEP_SHA_1": hashes.SHA1(), "RSAES_OAEP_SHA_256": hashes.SHA256()}
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")


@pytest.fixture(scope="module")
def keys(shared_lab: Lab, kms: Any) -> dict[str, str]:
    """Return the ARNs of an RSA key of each size."""
    specs = ("RSA_2048", "RSA_3072", "RSA_4096")
    return {spec: new_key(kms, spec, "ENCRYPT_DECRYPT") for spec in specs}


def oaep(algorithm: str) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(HASHES[algorithm]), HASHES[algorithm], label=None)


@pytest.mark.parametrize(
    ("spec", "algorithm", "limit"),
    [
        ("RSA_2048", "RSAES_OAEP_SHA_1", 214),
        ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
        ("RSA_3072", "RSAES_OAEP_SHA_1", 342),
        ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
        ("RSA_4096", "RSAES_OAEP_SHA_1", 470),
        ("RSA_4096", "RSAES_OAEP_SHA_256", 446),
    ],
)
def test_the_longest_plaintext_passes_and_one_byte_more_does_not(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str, limit: int
) -> None:
    asked = {"KeyId": keys[spec], "EncryptionAlgorithm": algorithm}
    sealed = kms.encrypt(Plaintext=bytes(limit), **asked)
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (keys[spec], algorithm)
    assert len(sealed["CiphertextBlob"]) == int(spec[4:]) // 8
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], **asked)
    assert opened["Plaintext"] == bytes(limit)
    assert "KeyMaterialId" not in opened
    assert refusal(kms.encrypt, Plaintext=bytes(limit + 1), **asked) == (
        "ValidationException",
        f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {limit} bytes.",
        400,
    )


@pytest.mark.parametrize("algorithm", HASHES)
def test_what_is_encrypted_outside_opens_inside(keys: dict[str, str], kms: Any, algorithm: str) -> None:
    key = keys["RSA_2048"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, RSAPublicKey)
    sealed = public.encrypt(b"from outside", oaep(algorithm))
    opened = kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == b"from outside"


def test_the_other_algorithm_does_not_open(keys: dict[str, str], kms: Any) -> None:
    key = keys["RSA_2048"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1")["CiphertextBlob"]
    asked = {"KeyId": key, "CiphertextBlob": sealed}
    assert refusal(kms.decrypt, **asked, EncryptionAlgorithm="RSAES_OAEP_SHA_256") == INVALID_CIPHERTEXT
    assert refusal(kms.decrypt, **asked) == INVALID_CIPHERTEXT
    assert refusal(kms.decrypt, CiphertextBlob=sealed) == INVALID_CIPHERTEXT


def test_noise_does_not_open(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["RSA_2048"], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    for noise in (bytes(256), b"\xff" * 256, bytes(255), b"x"):
        assert refusal(kms.decrypt, CiphertextBlob=noise, **asked) == INVALID_CIPHERTEXT


def test_an_rsa_ciphertext_does_not_name_its_key(keys: dict[str, str], kms: Any) -> None:
    refused = refusal(kms.decrypt, CiphertextBlob=bytes(256), EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert refused.code == "ValidationException"


def test_algorithms_belong_to_key_specs(keys: dict[str, str], kms: Any) -> None:
    assert refusal(kms.encrypt, KeyId=keys["RSA_2048"], Plaintext=b"x") == (
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
        400,
    )
    symmetric = {"KeyId": new_key(kms), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    incompatible = (
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
        400,
    )
    assert refusal(kms.encrypt, Plaintext=b"x", **symmetric) == incompatible
    assert refusal(kms.decrypt, CiphertextBlob=b"x", **symmetric) == incompatible


def test_rsa_encryption_knows_no_context(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["RSA_2048"], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    refused = refusal(kms.encrypt, Plaintext=b"x", EncryptionContext={"a": "b"}, **asked)
    assert refused.code == "ValidationException"
    sealed = kms.encrypt(Plaintext=b"x", **asked)["CiphertextBlob"]
    refused = refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "b"}, **asked)
    assert refused.code == "ValidationException"


def test_re_encryption_crosses_from_rsa_to_symmetric_and_back(keys: dict[str, str], kms: Any) -> None:
    rsa, symmetric, algorithm = keys["RSA_2048"], new_key(kms), "RSAES_OAEP_SHA_256"
    sealed = kms.encrypt(KeyId=rsa, Plaintext=b"there and back", EncryptionAlgorithm=algorithm)
    there = kms.re_encrypt(
        CiphertextBlob=sealed["CiphertextBlob"],
        SourceKeyId=rsa,
        SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=symmetric,
    )
    assert "SourceKeyMaterialId" not in there
    assert "DestinationKeyMaterialId" in there
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"],
        DestinationKeyId=rsa,
        DestinationEncryptionAlgorithm=algorithm,
    )
    opened = kms.decrypt(KeyId=rsa, CiphertextBlob=back["CiphertextBlob"], EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == b"there and back"
