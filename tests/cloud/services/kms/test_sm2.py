"""SM2 keys: in the regions of China, three usages; outside of KMS, GB/T 32918 holds."""

from typing import Any

import pytest

from labkit import Lab, lens
from labkit.crypto.keys import load_public
from labkit.crypto.sm2 import curve, encryption, keys, signature
from labkit.crypto.sm2.keys import Sm2PublicKey
from tests.cloud.services.kms.helpers import Refusal, new_key, refusal

USAGES = {
    "ENCRYPT_DECRYPT": ("EncryptionAlgorithms", "SM2PKE"),
    "SIGN_VERIFY": ("SigningAlgorithms", "SM2DSA"),
    "KEY_AGREEMENT": ("KeyAgreementAlgorithms", "ECDH"),
}
SM2DSA, SM2PKE = {"SigningAlgorithm": "SM2DSA"}, {"EncryptionAlgorithm": "SM2PKE"}
MESSAGE = "签名".encode()
INVALID_SIGNATURE = Refusal("KMSInvalidSignatureException", "")
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")


@pytest.fixture(scope="module")
def china(shared_lab: Lab, client: Any) -> Any:
    """Return a KMS client in Beijing's region."""
    return client("kms", "cn-north-1")


@pytest.fixture(scope="module")
def sm2(china: Any) -> dict[str, str]:
    """Return the ARN of an SM2 key of each usage."""
    return {usage: new_key(china, "SM2", usage) for usage in USAGES}


def public_key(china: Any, key: str) -> Sm2PublicKey:
    loaded = load_public(china.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(loaded, Sm2PublicKey)
    return loaded


@pytest.mark.parametrize("usage", USAGES)
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1"])
def test_elsewhere_there_are_no_sm2_keys(shared_lab: Lab, client: Any, region: str, usage: str) -> None:
    assert refusal(client("kms", region).create_key, KeySpec="SM2", KeyUsage=usage) == (
        "UnsupportedOperationException",
        "KeySpec SM2 is not supported in this Region",
        400,
    )


def test_both_regions_of_china_make_them(shared_lab: Lab, client: Any) -> None:
    for region in ("cn-north-1", "cn-northwest-1"):
        new_key(client("kms", region), "SM2", "SIGN_VERIFY")


@pytest.mark.parametrize("usage", USAGES)
def test_the_key_says_what_it_is_for(china: Any, sm2: dict[str, str], usage: str) -> None:
    name, algorithm = USAGES[usage]
    for told in (china.describe_key(KeyId=sm2[usage])["KeyMetadata"], china.get_public_key(KeyId=sm2[usage])):
        assert (told["KeySpec"], told["KeyUsage"], told[name]) == ("SM2", usage, [algorithm])
    assert len(china.get_public_key(KeyId=sm2[usage])["PublicKey"]) == 91


def test_a_signature_holds_inside_and_outside(china: Any, sm2: dict[str, str]) -> None:
    asked = {"KeyId": sm2["SIGN_VERIFY"], "Message": MESSAGE, **SM2DSA}
    signed = china.sign(**asked)
    assert china.verify(**asked, Signature=signed["Signature"])["SignatureValid"]
    signature.verify(public_key(china, sm2["SIGN_VERIFY"]), MESSAGE, signed["Signature"])
    changed = {**asked, "Message": b"another"}
    assert refusal(china.verify, **changed, Signature=signed["Signature"]) == INVALID_SIGNATURE
    for wrong in (b"x", signed["Signature"][:-1], signed["Signature"] + b"\0"):
        assert refusal(china.verify, **asked, Signature=wrong) == INVALID_SIGNATURE


def test_a_digest_brings_its_own_distinguishing_id(china: Any, sm2: dict[str, str]) -> None:
    asked = {"KeyId": sm2["SIGN_VERIFY"], **SM2DSA}
    public = public_key(china, sm2["SIGN_VERIFY"])
    usual = signature.message_digest(public, MESSAGE)
    own = signature.message_digest(public, MESSAGE, b"ALICE123@YAHOO.COM")
    signed = {
        digest: china.sign(**asked, Message=digest, MessageType="DIGEST")["Signature"]
        for digest in (usual, own)
    }
    assert china.verify(**asked, Message=MESSAGE, Signature=signed[usual])["SignatureValid"]
    assert china.verify(**asked, Message=own, MessageType="DIGEST", Signature=signed[own])["SignatureValid"]
    assert refusal(china.verify, **asked, Message=MESSAGE, Signature=signed[own]) == INVALID_SIGNATURE


def test_a_digest_has_32_bytes_and_there_is_no_external_mu(china: Any, sm2: dict[str, str]) -> None:
    asked = {"KeyId": sm2["SIGN_VERIFY"], **SM2DSA}
    for size in (1, 31, 33, 64):
        assert refusal(china.sign, **asked, Message=bytes(size), MessageType="DIGEST") == (
            "ValidationException",
            "Digest is invalid length for algorithm SM2DSA.",
            400,
        )
    assert refusal(china.sign, **asked, Message=bytes(64), MessageType="EXTERNAL_MU") == (
        "ValidationException",
        "Message type EXTERNAL_MU is incompatible with key spec SM2.",
        400,
    )


def test_1024_bytes_are_encrypted_and_1025_are_not(china: Any, sm2: dict[str, str]) -> None:
    asked = {"KeyId": sm2["ENCRYPT_DECRYPT"], **SM2PKE}
    for plaintext in (b"x", MESSAGE, bytes(1024)):
        sealed = china.encrypt(**asked, Plaintext=plaintext)
        assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (sm2["ENCRYPT_DECRYPT"], "SM2PKE")
        opened = china.decrypt(**asked, CiphertextBlob=sealed["CiphertextBlob"])
        assert opened["Plaintext"] == plaintext
        assert "KeyMaterialId" not in opened
    assert refusal(china.encrypt, **asked, Plaintext=bytes(1025)) == (
        "ValidationException",
        "Algorithm SM2PKE and key spec SM2 cannot encrypt data larger than 1024 bytes.",
        400,
    )


def test_what_is_encrypted_outside_opens_inside(china: Any, sm2: dict[str, str]) -> None:
    sealed = encryption.encrypt(public_key(china, sm2["ENCRYPT_DECRYPT"]), MESSAGE)
    asked = {"KeyId": sm2["ENCRYPT_DECRYPT"], **SM2PKE}
    assert china.decrypt(**asked, CiphertextBlob=sealed)["Plaintext"] == MESSAGE
    for noise in (sealed[:-1], sealed[:-1] + bytes((sealed[-1] ^ 1,)), b"x"):
        assert refusal(china.decrypt, **asked, CiphertextBlob=noise) == INVALID_CIPHERTEXT


def test_sm2_encryption_knows_no_context_and_needs_its_key_named(china: Any, sm2: dict[str, str]) -> None:
    asked = {"KeyId": sm2["ENCRYPT_DECRYPT"], **SM2PKE}
    refused = refusal(china.encrypt, **asked, Plaintext=b"x", EncryptionContext={"a": "b"})
    assert refused.code == "ValidationException"
    assert refusal(china.decrypt, CiphertextBlob=b"x", **SM2PKE).code == "ValidationException"


def test_re_encryption_crosses_from_sm2_to_symmetric(china: Any, sm2: dict[str, str]) -> None:
    sealed = china.encrypt(KeyId=sm2["ENCRYPT_DECRYPT"], Plaintext=MESSAGE, **SM2PKE)["CiphertextBlob"]
    crossed = china.re_encrypt(
        CiphertextBlob=sealed,
        SourceKeyId=sm2["ENCRYPT_DECRYPT"],
        SourceEncryptionAlgorithm="SM2PKE",
        DestinationKeyId=new_key(china),
    )
    assert china.decrypt(CiphertextBlob=crossed["CiphertextBlob"])["Plaintext"] == MESSAGE


def test_a_peer_outside_of_kms_gets_the_same_secret(china: Any, sm2: dict[str, str]) -> None:
    peer, asked = keys.generate(), {"KeyId": sm2["KEY_AGREEMENT"], "KeyAgreementAlgorithm": "ECDH"}
    there = china.derive_shared_secret(**asked, PublicKey=peer.public_key().public_der())["SharedSecret"]
    own = curve.multiply(peer.scalar, public_key(china, sm2["KEY_AGREEMENT"]).point)
    assert there == own[0].to_bytes(32, "big")
    other_curve = china.get_public_key(KeyId=new_key(china, "ECC_NIST_P256", "KEY_AGREEMENT"))["PublicKey"]
    refused = refusal(china.derive_shared_secret, **asked, PublicKey=other_curve)
    assert refused == ("ValidationException", "", 400)


@pytest.mark.parametrize("usage", USAGES)
def test_a_key_of_one_usage_has_no_other(china: Any, sm2: dict[str, str], usage: str) -> None:
    arn = sm2[usage]
    calls = {
        "ENCRYPT_DECRYPT": (china.encrypt, {"Plaintext": b"x", **SM2PKE}, "Encrypt"),
        "SIGN_VERIFY": (china.sign, {"Message": b"x", **SM2DSA}, "Sign"),
        "KEY_AGREEMENT": (
            china.derive_shared_secret,
            {"PublicKey": b"x", "KeyAgreementAlgorithm": "ECDH"},
            "DeriveSharedSecret",
        ),
    }
    for other, (call, asked, name) in calls.items():
        if other != usage:
            assert refusal(call, KeyId=arn, **asked) == (
                "InvalidKeyUsageException",
                f"{arn} key usage is {usage} which is not valid for {name}.",
                400,
            )


def test_the_lens_shows_the_private_key(shared_lab: Lab, china: Any, sm2: dict[str, str]) -> None:
    china.get_public_key(KeyId=sm2["SIGN_VERIFY"])
    (shown,) = lens.reveal(shared_lab, sm2["SIGN_VERIFY"])
    assert len(shown.secret) == 138
    assert shown.text.startswith("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG")
    assert shown.secret.hex() not in repr(shown)
