"""ML-KEM against NIST's, Wycheproof's, OpenSSL's and RFC 9935's vectors."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem as pyca

from labkit.crypto import mlkem, randomness
from labkit.crypto.keys import load_private, load_public, private_der, public_der
from labkit.crypto.mlkem512 import MLKEM512PrivateKey, MLKEM512PublicKey

Groups = Callable[[str], list[dict[str, Any]]]
Published = Callable[[str], bytes]

SETS: list[mlkem.ParameterSet] = [512, 768, 1024]
PUBLIC: dict[mlkem.ParameterSet, type[mlkem.MlKemPublicKey]] = {
    512: MLKEM512PublicKey,
    768: pyca.MLKEM768PublicKey,
    1024: pyca.MLKEM1024PublicKey,
}
REFUSED = "bytes|length|ML-KEM|alidation"
CIPHERTEXT_BYTES = {512: 768, 768: 1088, 1024: 1568}
# The files have 1000 cases each; kyber-py takes about ten milliseconds a case.
CASES: dict[mlkem.ParameterSet, int] = {512: 50, 768: 200, 1024: 200}


def key_of(seed: bytes, parameter_set: mlkem.ParameterSet) -> mlkem.MlKemPrivateKey:
    with randomness.source(lambda _: seed):
        return mlkem.generate(parameter_set)


@pytest.mark.parametrize("parameter_set", SETS)
def test_nist_known_answers(
    nist: Callable[[str], Iterator[dict[str, str]]], parameter_set: mlkem.ParameterSet
) -> None:
    """Each case has a ciphertext that was made for the key, and one that was not: implicit rejection."""
    ran = 0
    for case in islice(nist(f"asymmetric/MLKEM/kat_MLKEM_{parameter_set}.rsp"), CASES[parameter_set]):
        key = key_of(bytes.fromhex(case["d"] + case["z"]), parameter_set)
        assert key.public_key().public_bytes_raw() == bytes.fromhex(case["pk"])
        assert mlkem.decapsulate(key, bytes.fromhex(case["ct"])) == bytes.fromhex(case["ss"])
        assert mlkem.decapsulate(key, bytes.fromhex(case["ct_n"])) == bytes.fromhex(case["ss_n"])
        ran += 1
    assert ran == CASES[parameter_set]


@pytest.mark.parametrize("parameter_set", SETS)
def test_wycheproof_decapsulation(wycheproof: Groups, parameter_set: mlkem.ParameterSet) -> None:
    ran = 0
    for group in wycheproof(f"Protocol/mlkem_{parameter_set}_test"):
        for case in group["tests"]:
            seed, ciphertext = bytes.fromhex(case["seed"]), bytes.fromhex(case["c"])
            if case["result"] == "valid":
                key = key_of(seed, parameter_set)
                assert key.public_key().public_bytes_raw() == bytes.fromhex(case["ek"])
                assert mlkem.decapsulate(key, ciphertext) == bytes.fromhex(case["K"])
            else:
                with pytest.raises(ValueError, match=REFUSED):
                    mlkem.decapsulate(key_of(seed, parameter_set), ciphertext)
            ran += 1
    assert ran >= 200


@pytest.mark.parametrize("parameter_set", SETS)
def test_wycheproof_public_keys_that_must_be_refused(
    wycheproof: Groups, parameter_set: mlkem.ParameterSet
) -> None:
    """Nearly all of them have a number that is not below the modulus."""
    ran = 0
    for group in wycheproof(f"Protocol/mlkem_{parameter_set}_encaps_test"):
        for case in (case for case in group["tests"] if case["result"] == "invalid"):
            with pytest.raises(ValueError, match=REFUSED):
                mlkem.encapsulate(PUBLIC[parameter_set].from_public_bytes(bytes.fromhex(case["ek"])))
            ran += 1
    assert ran >= 128


@pytest.mark.parametrize("parameter_set", SETS)
def test_wycheproof_key_generation(wycheproof: Groups, parameter_set: mlkem.ParameterSet) -> None:
    ran = 0
    for group in wycheproof(f"Protocol/mlkem_{parameter_set}_keygen_seed_test"):
        for case in group["tests"]:
            key = key_of(bytes.fromhex(case["seed"]), parameter_set)
            assert key.public_key().public_bytes_raw() == bytes.fromhex(case["ek"])
            ran += 1
    assert ran == 100


@pytest.mark.parametrize("parameter_set", SETS)
def test_rfc_9935_examples(pem: Published, parameter_set: mlkem.ParameterSet) -> None:
    folder = f"PublicKey/MLKEM/rfc9935_ml_kem_{parameter_set}"
    key = load_private(pem(f"{folder}_seed.pem"))
    assert isinstance(key, mlkem.MlKemPrivateKey)
    assert key.private_bytes_raw() == bytes(range(64))
    assert private_der(key) == pem(f"{folder}_seed.pem")
    public = pem(f"{folder}_public.pem")
    assert public_der(key.public_key()) == public_der(load_public(public)) == public


@pytest.mark.parametrize("parameter_set", [768, 1024])
def test_openssl_agrees(published: Published, parameter_set: mlkem.ParameterSet) -> None:
    folder = f"PublicKey/MLKEM/openssl_ml_kem_{parameter_set}"
    key = load_private(published(f"{folder}_private.der"))
    assert isinstance(key, mlkem.MlKemPrivateKey)
    ciphertext, secret = (
        bytes.fromhex(published(f"{folder}_{name}.hex").decode()) for name in ("ciphertext", "shared_secret")
    )
    assert mlkem.decapsulate(key, ciphertext) == secret


@pytest.mark.parametrize("parameter_set", SETS)
def test_both_sides_get_one_secret_and_a_changed_ciphertext_gives_another(
    parameter_set: mlkem.ParameterSet,
) -> None:
    key = mlkem.generate(parameter_set)
    secret, ciphertext = mlkem.encapsulate(key.public_key())
    assert (len(secret), len(ciphertext)) == (32, CIPHERTEXT_BYTES[parameter_set])
    assert mlkem.decapsulate(key, ciphertext) == secret
    changed = bytes((ciphertext[0] ^ 1,)) + ciphertext[1:]
    other = mlkem.decapsulate(key, changed)
    assert len(other) == 32
    assert other == mlkem.decapsulate(key, changed) != secret
    for wrong in (b"", ciphertext[:-1], ciphertext + b"\0"):
        with pytest.raises(ValueError, match=REFUSED):
            mlkem.decapsulate(key, wrong)


def test_a_private_key_shows_nothing_of_itself() -> None:
    key = key_of(b"secret" + bytes(58), 512)
    assert "secret" not in repr(key)


def test_a_512_key_without_its_seed_is_refused(pem: Published) -> None:
    for form in ("expanded", "both"):
        with pytest.raises(ValueError, match="these bytes are not"):
            load_private(pem(f"PublicKey/MLKEM/rfc9935_ml_kem_512_{form}.pem"))


def test_a_512_public_key_of_another_length_is_refused(pem: Published) -> None:
    key = load_private(pem("PublicKey/MLKEM/rfc9935_ml_kem_512_seed.pem"))
    assert isinstance(key, MLKEM512PrivateKey)
    with pytest.raises(ValueError, match="800 bytes, not 799"):
        MLKEM512PublicKey.from_public_bytes(key.public_key().public_bytes_raw()[:-1])
