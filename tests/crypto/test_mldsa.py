"""ML-DSA against NIST's, Wycheproof's and RFC 9881's vectors.

KMS signs with an empty context; vectors that have another are checked through mu, into which it goes.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa as pyca

from labkit.crypto import mldsa, randomness
from labkit.crypto.errors import InvalidSignature
from labkit.crypto.keys import load_private, load_public, private_der, public_der

Groups = Callable[[str], list[dict[str, Any]]]
Published = Callable[[str], bytes]

SETS: list[mldsa.ParameterSet] = [44, 65, 87]
PUBLIC: dict[str, type[mldsa.MlDsaPublicKey]] = {
    "ML-DSA-44": pyca.MLDSA44PublicKey,
    "ML-DSA-65": pyca.MLDSA65PublicKey,
    "ML-DSA-87": pyca.MLDSA87PublicKey,
}
SIZES = {44: (1334, 2420), 65: (1974, 3309), 87: (2614, 4627)}


def key_of(seed: bytes, parameter_set: mldsa.ParameterSet) -> mldsa.MlDsaPrivateKey:
    with randomness.source(lambda _: seed):
        return mldsa.generate(parameter_set)


def mu_with(public_key: bytes, rest: bytes) -> bytes:
    return hashlib.shake_256(hashlib.shake_256(public_key).digest(64) + rest).digest(64)


def holds(key: mldsa.MlDsaPublicKey, mu: bytes, signature: bytes) -> bool:
    try:
        mldsa.verify_mu(key, mu, signature)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("parameter_set", SETS)
def test_nist_known_answers(
    nist: Callable[[str], Iterator[dict[str, str]]], parameter_set: mldsa.ParameterSet
) -> None:
    ran = 0
    for case in nist(f"asymmetric/MLDSA/kat_MLDSA_{parameter_set}_det_pure.rsp"):
        seed, public_key, message, signed, context = (
            bytes.fromhex(case[name]) for name in ("xi", "pk", "msg", "sm", "ctx")
        )
        key = key_of(seed, parameter_set).public_key()
        assert key.public_bytes_raw() == public_key
        mu = mu_with(public_key, bytes((0, len(context))) + context + message)
        signature = signed[: len(signed) - len(message)]
        assert holds(key, mu, signature)
        assert not holds(key, mu[:-1] + bytes((mu[-1] ^ 1,)), signature)
        ran += 1
    assert ran == 100


def test_acvp_key_generation(published: Published) -> None:
    ran = 0
    for group in json.loads(published("PublicKey/MLDSA/ML-DSA-keyGen-FIPS204.json"))["testGroups"]:
        for case in group["tests"]:
            key = mldsa.KEYS[int(group["parameterSet"][-2:])].from_seed_bytes(bytes.fromhex(case["seed"]))  # type: ignore[index]
            assert key.public_key().public_bytes_raw() == bytes.fromhex(case["pk"])
            ran += 1
    assert ran == 9


def test_acvp_signature_verification(published: Published) -> None:
    ran = 0
    for group in json.loads(published("PublicKey/MLDSA/ML-DSA-sigVer-FIPS204.json"))["testGroups"]:
        for case in group["tests"]:
            public_key, signature = bytes.fromhex(case["pk"]), bytes.fromhex(case["signature"])
            if "mu" in case:
                mu = bytes.fromhex(case["mu"])
            else:
                context = bytes.fromhex(case.get("context", ""))
                prefix = (
                    bytes((0, len(context))) + context if group["signatureInterface"] == "external" else b""
                )
                mu = mu_with(public_key, prefix + bytes.fromhex(case["message"]))
            key = PUBLIC[group["parameterSet"]].from_public_bytes(public_key)
            assert holds(key, mu, signature) == case["testPassed"]
            ran += 1
    assert ran == 27


@pytest.mark.parametrize("parameter_set", SETS)
def test_wycheproof_verification(wycheproof: Groups, parameter_set: mldsa.ParameterSet) -> None:
    ran = 0
    for group in wycheproof(f"Signature/mldsa_{parameter_set}_verify_test"):
        try:
            key = PUBLIC[f"ML-DSA-{parameter_set}"].from_public_bytes(bytes.fromhex(group["publicKey"]))
        except ValueError:
            assert all(case["result"] == "invalid" for case in group["tests"])
            ran += len(group["tests"])
            continue
        assert public_der(key) == bytes.fromhex(group["publicKeyDer"])
        for case in (case for case in group["tests"] if "ctx" not in case):
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            if case["result"] == "valid":
                mldsa.verify(key, message, signature)
                mldsa.verify_mu(key, mldsa.external_mu(key, message), signature)
            else:
                with pytest.raises(InvalidSignature):
                    mldsa.verify(key, message, signature)
            ran += 1
    assert ran >= 170


@pytest.mark.parametrize("parameter_set", SETS)
def test_wycheproof_signatures_of_seeds(wycheproof: Groups, parameter_set: mldsa.ParameterSet) -> None:
    ran = 0
    for group in wycheproof(f"Signature/mldsa_{parameter_set}_sign_seed_test"):
        if "privateKeyPkcs8" not in group:
            continue
        if len(group["privateSeed"]) != 2 * mldsa.SEED_BYTES:
            with pytest.raises(ValueError, match="these bytes are not"):
                load_private(bytes.fromhex(group["privateKeyPkcs8"]))
            continue
        key = load_private(bytes.fromhex(group["privateKeyPkcs8"]))
        assert isinstance(key, mldsa.MlDsaPrivateKey)
        assert private_der(key) == bytes.fromhex(group["privateKeyPkcs8"])
        assert key.public_key().public_bytes_raw() == bytes.fromhex(group["publicKey"])
        for case in (case for case in group["tests"] if case["result"] == "valid" and "mu" in case):
            mldsa.verify_mu(key.public_key(), bytes.fromhex(case["mu"]), bytes.fromhex(case["sig"]))
            ran += 1
    assert ran >= 60


@pytest.mark.parametrize("parameter_set", SETS)
def test_rfc_9881_examples(pem: Published, published: Published, parameter_set: mldsa.ParameterSet) -> None:
    folder = f"PublicKey/MLDSA/rfc9881_ml_dsa_{parameter_set}"
    key = key_of(bytes(range(32)), parameter_set)
    assert private_der(key) == pem(f"{folder}_seed.pem")
    assert public_der(key.public_key()) == pem(f"{folder}_public.pem")
    private = published(f"PublicKey/MLDSA/openssl_ml_dsa_{parameter_set}_private.der")
    public = published(f"PublicKey/MLDSA/openssl_ml_dsa_{parameter_set}_public.der")
    assert public_der(load_private(private).public_key()) == public_der(load_public(public)) == public


@pytest.mark.parametrize("parameter_set", SETS)
def test_a_message_and_its_mu_are_signed_alike(parameter_set: mldsa.ParameterSet) -> None:
    key = mldsa.generate(parameter_set)
    public = key.public_key()
    mu = mldsa.external_mu(public, b"message")
    for signature in (mldsa.sign(key, b"message"), mldsa.sign_mu(key, mu)):
        mldsa.verify(public, b"message", signature)
        mldsa.verify_mu(public, mu, signature)
        assert (len(public_der(public)), len(signature)) == SIZES[parameter_set]
        with pytest.raises(InvalidSignature):
            mldsa.verify(public, b"massage", signature)
    with pytest.raises(ValueError, match="64 bytes"):
        mldsa.sign_mu(key, mu[:-1])
