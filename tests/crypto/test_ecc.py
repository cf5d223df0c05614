"""ECDSA and Ed25519 against NIST's and Wycheproof's vectors, and their own round trips."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography_vectors import open_vector_file

from labkit.crypto import ecc
from labkit.crypto.digests import HashName, digest
from labkit.crypto.errors import InvalidSignature
from labkit.crypto.keys import load_private, load_public

Groups = Callable[[str], list[dict[str, Any]]]

# The curve and hash pairs that KMS offers.
PAIRS: list[tuple[ecc.CurveName, HashName]] = [
    ("P-256", "SHA-256"),
    ("P-384", "SHA-384"),
    ("P-521", "SHA-512"),
    ("secp256k1", "SHA-256"),
]
WYCHEPROOF = ["secp256r1_sha256", "secp384r1_sha384", "secp521r1_sha512", "secp256k1_sha256"]


@pytest.mark.parametrize(("curve", "hash_name"), PAIRS[:3])
def test_nist_signature_vectors(
    nist: Callable[[str], Iterator[dict[str, str]]], curve: ecc.CurveName, hash_name: HashName
) -> None:
    ran = 0
    for case in nist("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp"):
        if f"{curve},{hash_name}" != section_of(case):
            continue
        x, y, r, s = (int(case[name], 16) for name in ("Qx", "Qy", "R", "S"))
        try:
            key = ec.EllipticCurvePublicNumbers(x, y, ecc.CURVES[curve]).public_key()
        except ValueError:
            assert case["Result"].startswith("F (4")  # the public key was changed off the curve
            continue
        message, signature = bytes.fromhex(case["Msg"]), encode_dss_signature(r, s)
        if case["Result"].startswith("P"):
            ecc.verify(key, message, signature, hash_name)
        else:
            with pytest.raises(InvalidSignature):
                ecc.verify(key, message, signature, hash_name)
        ran += 1
    assert ran >= 10


@pytest.mark.parametrize("name", WYCHEPROOF)
def test_ecdsa_wycheproof(wycheproof: Groups, name: str) -> None:
    ran = 0
    for group in wycheproof(f"Signature/ecdsa_{name}_test"):
        key = load_public(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            if case["result"] == "valid":
                ecc.verify(key, message, signature, group["sha"])
            elif case["result"] == "invalid":
                with pytest.raises(InvalidSignature):
                    ecc.verify(key, message, signature, group["sha"])
            ran += case["result"] != "acceptable"
    assert ran >= 400


def test_ed25519_wycheproof(wycheproof: Groups) -> None:
    ran = 0
    for group in wycheproof("Signature/ed25519_test"):
        key = load_public(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(key, Ed25519PublicKey)
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            if case["result"] == "valid":
                ecc.verify_ed25519(key, message, signature)
            elif case["result"] == "invalid":
                with pytest.raises(InvalidSignature):
                    ecc.verify_ed25519(key, message, signature)
            ran += (
                case["result"] != "acceptable"
            )  # public keys of small or mixed order, where RFC 8032 is silent
    assert ran >= 100


def test_ed25519_reference_vectors() -> None:
    """One line a case: private || public : public : message : signature || message."""
    ran = 0
    with open_vector_file("asymmetric/Ed25519/sign.input", "r") as lines:
        for line in lines:
            secret, _public, message, signed = (bytes.fromhex(part) for part in line.strip().split(":")[:4])
            key = Ed25519PrivateKey.from_private_bytes(secret[:32])
            assert ecc.sign_ed25519(key, message) == signed[:64], line
            ran += 1
    assert ran >= 1024


@pytest.mark.parametrize(("curve", "hash_name"), PAIRS)
def test_a_digest_signed_is_its_message_signed(curve: ecc.CurveName, hash_name: HashName) -> None:
    key = load_private(ecc.generate(curve))
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    hashed = digest(b"message", hash_name)
    signature = ecc.sign_digest(key, hashed, hash_name)
    ecc.verify(key.public_key(), b"message", signature, hash_name)
    ecc.verify_digest(key.public_key(), hashed, ecc.sign(key, b"message", hash_name), hash_name)
    with pytest.raises(InvalidSignature):
        ecc.verify(key.public_key(), b"massage", signature, hash_name)
    with pytest.raises(ValueError, match="digest"):
        ecc.sign_digest(key, hashed[:-1], hash_name)


def test_ed25519_key_made_here_signs_and_another_is_refused() -> None:
    key, other = load_private(ecc.generate_ed25519()), load_private(ecc.generate_ed25519())
    assert isinstance(key, Ed25519PrivateKey)
    assert isinstance(other, Ed25519PrivateKey)
    signature = ecc.sign_ed25519(key, b"message")
    ecc.verify_ed25519(key.public_key(), b"message", signature)
    with pytest.raises(InvalidSignature):
        ecc.verify_ed25519(other.public_key(), b"message", signature)


def section_of(case: dict[str, str]) -> str:
    """These files head their sections `[P-256,SHA-256]`; the last such heading is the case's own."""
    return [name for name in case if name.count(",") == 1][-1]
