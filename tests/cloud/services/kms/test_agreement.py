"""DeriveSharedSecret: the same secret inside and outside, and public keys that must not be taken."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from labkit import Lab
from tests.cloud.services.kms.helpers import Refusal, is_disabled, new_key, refusal

CURVES: dict[str, ec.EllipticCurve] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
}
SECRET_BYTES = {"ECC_NIST_P256": 32, "ECC_NIST_P384": 48, "ECC_NIST_P521": 66}
ECDH = {"KeyAgreementAlgorithm": "ECDH"}
NO_SUCH_PUBLIC_KEY = Refusal("ValidationException", "")


@pytest.fixture(scope="module")
def keys(shared_lab: Lab, kms: Any) -> dict[str, str]:
    """Return the ARN of a key-agreement key on each curve."""
    return {spec: new_key(kms, spec, "KEY_AGREEMENT") for spec in CURVES}


def der_of(public: Any) -> bytes:
    der: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def derive(kms: Any, key: str, peer: bytes) -> bytes:
    secret: bytes = kms.derive_shared_secret(KeyId=key, PublicKey=peer, **ECDH)["SharedSecret"]
    return secret


@pytest.mark.parametrize("spec", CURVES)
def test_a_peer_outside_of_kms_gets_the_same_secret(keys: dict[str, str], kms: Any, spec: str) -> None:
    peer = ec.generate_private_key(CURVES[spec])
    told = kms.derive_shared_secret(KeyId=keys[spec], PublicKey=der_of(peer.public_key()), **ECDH)
    public = load_der_public_key(kms.get_public_key(KeyId=keys[spec])["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    del told["ResponseMetadata"]
    assert told == {
        "KeyId": keys[spec],
        "SharedSecret": peer.exchange(ec.ECDH(), public),
        "KeyAgreementAlgorithm": "ECDH",
        "KeyOrigin": "AWS_KMS",
    }
    assert len(told["SharedSecret"]) == SECRET_BYTES[spec]


@pytest.mark.parametrize("spec", CURVES)
def test_two_kms_keys_agree(keys: dict[str, str], kms: Any, spec: str) -> None:
    other = new_key(kms, spec, "KEY_AGREEMENT")
    public = {arn: kms.get_public_key(KeyId=arn)["PublicKey"] for arn in (keys[spec], other)}
    assert derive(kms, keys[spec], public[other]) == derive(kms, other, public[keys[spec]])


@pytest.mark.parametrize("spec", CURVES)
def test_the_key_says_that_it_agrees(keys: dict[str, str], kms: Any, spec: str) -> None:
    for told in (kms.describe_key(KeyId=keys[spec])["KeyMetadata"], kms.get_public_key(KeyId=keys[spec])):
        assert (told["KeyUsage"], told["KeyAgreementAlgorithms"]) == ("KEY_AGREEMENT", ["ECDH"])
        assert "SigningAlgorithms" not in told


@pytest.mark.parametrize("spec", CURVES)
def test_a_public_key_of_another_kind_is_refused(keys: dict[str, str], kms: Any, spec: str) -> None:
    strangers: list[Any] = [
        *(ec.generate_private_key(curve) for other, curve in CURVES.items() if other != spec),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 1024),
    ]
    for stranger in strangers:
        asked = {"KeyId": keys[spec], "PublicKey": der_of(stranger.public_key()), **ECDH}
        assert refusal(kms.derive_shared_secret, **asked) == NO_SUCH_PUBLIC_KEY


@pytest.mark.parametrize("spec", CURVES)
def test_a_point_off_the_curve_is_refused(keys: dict[str, str], kms: Any, spec: str) -> None:
    """With such points, an attacker would learn the private key bit by bit: the invalid-curve attack."""
    good = der_of(ec.generate_private_key(CURVES[spec]).public_key())
    off = good[:-1] + bytes((good[-1] ^ 1,))
    for peer in (off, good[:-1], good + b"\0", b"InvalidPublicKey"):
        refused = refusal(kms.derive_shared_secret, KeyId=keys[spec], PublicKey=peer, **ECDH)
        assert refused == NO_SUCH_PUBLIC_KEY


def test_the_only_algorithm_is_ecdh(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "PublicKey": b"x", "KeyAgreementAlgorithm": "INVALID"}
    assert refusal(kms.derive_shared_secret, **asked) == (
        "ValidationException",
        "1 validation error detected: Value 'INVALID' at 'keyAgreementAlgorithm' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ECDH]",
        400,
    )


def test_only_keys_that_agree_do(shared_lab: Lab, kms: Any) -> None:
    for arn, usage in (
        (new_key(kms), "ENCRYPT_DECRYPT"),
        (new_key(kms, "ECC_NIST_P256"), "SIGN_VERIFY"),
        (new_key(kms, "HMAC_256"), "GENERATE_VERIFY_MAC"),
    ):
        assert refusal(kms.derive_shared_secret, KeyId=arn, PublicKey=b"x", **ECDH) == (
            "InvalidKeyUsageException",
            f"{arn} key usage is {usage} which is not valid for DeriveSharedSecret.",
            400,
        )


@pytest.mark.parametrize("spec", ["ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"])
def test_some_curves_only_sign(shared_lab: Lab, kms: Any, spec: str) -> None:
    assert refusal(kms.create_key, KeySpec=spec, KeyUsage="KEY_AGREEMENT") == (
        "ValidationException",
        f"KeyUsage KEY_AGREEMENT is not compatible with KeySpec {spec}",
        400,
    )


def test_a_disabled_key_derives_nothing(shared_lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    kms.disable_key(KeyId=arn)
    assert refusal(kms.derive_shared_secret, KeyId=arn, PublicKey=b"x", **ECDH) == is_disabled(arn)


def test_a_dry_run_derives_nothing(shared_lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    peer = der_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    asked = {"KeyId": arn, "PublicKey": peer, "DryRun": True, **ECDH}
    assert refusal(kms.derive_shared_secret, **asked).code == "DryRunOperationException"
    assert shared_lab.gateway.calls[-1].hsm == []
