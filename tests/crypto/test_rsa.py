"""RSA against Wycheproof (OAEP decryption, PSS and PKCS#1 v1.5 verification), and its own round trips."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from labkit.crypto import rsa
from labkit.crypto.digests import HashName, digest
from labkit.crypto.errors import DecryptionFailed, InvalidSignature
from labkit.crypto.keys import load_private, load_public, public_der

Groups = Callable[[str], list[dict[str, Any]]]

OAEP: list[tuple[int, HashName]] = [(2048, "SHA-1"), (2048, "SHA-256"), (3072, "SHA-256"), (4096, "SHA-256")]
PSS = ["2048_sha256_mgf1_32", "2048_sha384_mgf1_48", "3072_sha256_mgf1_32"]
PSS += ["4096_sha256_mgf1_32", "4096_sha384_mgf1_48", "4096_sha512_mgf1_64"]
PSS_WITH_ANOTHER_SALT = ["2048_sha256_mgf1_0", "4096_sha512_mgf1_32"]
PKCS1 = [f"{bits}_sha{sha}" for bits in (2048, 3072, 4096) for sha in (256, 384, 512)]
SCHEMES: list[rsa.Scheme] = ["PSS", "PKCS1-v1_5"]
HASHES: list[HashName] = ["SHA-256", "SHA-384", "SHA-512"]


@pytest.fixture(scope="module")
def private_key() -> RSAPrivateKey:
    key = load_private(rsa.generate(2048), validate=False)
    assert isinstance(key, RSAPrivateKey)
    return key


@pytest.mark.parametrize(("bits", "hash_name"), OAEP)
def test_oaep_wycheproof(wycheproof: Groups, bits: int, hash_name: HashName) -> None:
    sha = hash_name.replace("-", "").lower()
    ran = 0
    for group in wycheproof(f"Cipher/rsa_oaep_{bits}_{sha}_mgf1{sha}_test"):
        key = load_private(bytes.fromhex(group["privateKeyPkcs8"]))
        assert isinstance(key, RSAPrivateKey)
        for case in group["tests"]:
            ciphertext = bytes.fromhex(case["ct"])
            if case["result"] == "valid" and not case["label"]:
                assert rsa.decrypt(key, ciphertext, hash_name) == bytes.fromhex(case["msg"]), case
            else:
                with pytest.raises(DecryptionFailed):
                    rsa.decrypt(key, ciphertext, hash_name)
            ran += 1
    assert ran >= 20


@pytest.mark.parametrize("name", [f"pss_{name}" for name in PSS] + [f"signature_{name}" for name in PKCS1])
def test_signatures_wycheproof(wycheproof: Groups, name: str) -> None:
    scheme: rsa.Scheme = "PSS" if name.startswith("pss") else "PKCS1-v1_5"
    ran = 0
    for group in wycheproof(f"Signature/rsa_{name}_test"):
        key = load_public(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, RSAPublicKey)
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            if case["result"] == "valid":
                rsa.verify(key, message, signature, scheme, group["sha"])
            elif case["result"] == "invalid":
                with pytest.raises(InvalidSignature):
                    rsa.verify(key, message, signature, scheme, group["sha"])
            ran += case["result"] != "acceptable"
    assert ran >= 60


@pytest.mark.parametrize("name", PSS_WITH_ANOTHER_SALT)
def test_pss_refuses_a_salt_that_is_not_as_long_as_the_digest(wycheproof: Groups, name: str) -> None:
    for group in wycheproof(f"Signature/rsa_pss_{name}_test"):
        key = load_public(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, RSAPublicKey)
        for case in group["tests"]:
            if case["result"] == "valid":
                with pytest.raises(InvalidSignature):
                    rsa.verify(
                        key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]), "PSS", group["sha"]
                    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("hash_name", HASHES)
def test_a_digest_signed_is_its_message_signed(
    private_key: RSAPrivateKey, scheme: rsa.Scheme, hash_name: HashName
) -> None:
    public_key = private_key.public_key()
    hashed = digest(b"message", hash_name)
    by_message = rsa.sign(private_key, b"message", scheme, hash_name)
    by_digest = rsa.sign_digest(private_key, hashed, scheme, hash_name)
    assert len(by_message) == 256
    assert (by_message == by_digest) is (scheme == "PKCS1-v1_5")  # PSS is randomised
    rsa.verify(public_key, b"message", by_digest, scheme, hash_name)
    rsa.verify_digest(public_key, hashed, by_message, scheme, hash_name)
    with pytest.raises(InvalidSignature):
        rsa.verify(public_key, b"massage", by_message, scheme, hash_name)
    with pytest.raises(ValueError, match="digest"):
        rsa.sign_digest(private_key, hashed[:-1], scheme, hash_name)


@pytest.mark.parametrize(("hash_name", "longest"), [("SHA-1", 214), ("SHA-256", 190)])
def test_oaep_takes_as_much_as_kms_documents(
    private_key: RSAPrivateKey, hash_name: HashName, longest: int
) -> None:
    public_key = private_key.public_key()
    ciphertext = rsa.encrypt(public_key, bytes(longest), hash_name)
    assert len(ciphertext) == 256
    assert rsa.decrypt(private_key, ciphertext, hash_name) == bytes(longest)
    with pytest.raises(ValueError, match="Encryption failed"):
        rsa.encrypt(public_key, bytes(longest + 1), hash_name)


def test_oaep_gives_one_message_for_every_failure(private_key: RSAPrivateKey) -> None:
    ciphertext = rsa.encrypt(private_key.public_key(), b"secret", "SHA-256")
    complaints = set()
    for wrong in (bytes(256), ciphertext[:-1], ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,)), b""):
        with pytest.raises(DecryptionFailed) as caught:
            rsa.decrypt(private_key, wrong, "SHA-256")
        complaints.add(str(caught.value))
    assert len(complaints) == 1


def test_public_der_is_what_verifies_elsewhere(private_key: RSAPrivateKey) -> None:
    again = load_public(public_der(private_key.public_key()))
    assert isinstance(again, RSAPublicKey)
    rsa.verify(again, b"m", rsa.sign(private_key, b"m", "PSS", "SHA-256"), "PSS", "SHA-256")
