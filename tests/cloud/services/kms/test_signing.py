"""Sign and Verify, and that the world outside agrees with them."""

import hashlib
from typing import Any

import pytest
from Crypto.Hash import SHA512
from Crypto.Signature import eddsa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from labkit import Lab
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from tests.cloud.services.kms.helpers import (
    Refusal,
    invalid,
    is_disabled,
    is_pending_deletion,
    new_key,
    refusal,
)

INVALID_SIGNATURE = Refusal("KMSInvalidSignatureException", "")
HASHES: dict[str, Any] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]
SCHEMES = [
    (spec, algorithm)
    for spec in ("RSA_2048", *CURVES)
    for algorithm in KEY_SPECS[spec].algorithms["SIGN_VERIFY"]
]
SCHEMES.remove(("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512"))  # takes no whole messages: see below
HASHING = [(spec, algorithm) for spec, algorithm in SCHEMES if not algorithm.startswith("ED25519")]
MESSAGE = b"the world may check this"


@pytest.fixture(scope="module")
def keys(shared_lab: Lab, kms: Any) -> dict[str, str]:
    """Return the ARN of a signing key of each spec."""
    return {spec: new_key(kms, spec) for spec in ("RSA_2048", *CURVES)}


def verify_outside(public_der: bytes, message: bytes, signature: bytes, algorithm: str) -> None:
    """Check a signature with nothing but the public key. The PSS salt must be as long as the digest."""
    key = serialization.load_der_public_key(public_der)
    if isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, message)
        return
    hash_ = HASHES[algorithm[-3:]]
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(hash_))
        return
    assert isinstance(key, rsa.RSAPublicKey)
    pss = padding.PSS(padding.MGF1(hash_), salt_length=hash_.digest_size)
    key.verify(signature, message, pss if "PSS" in algorithm else padding.PKCS1v15(), hash_)


@pytest.mark.parametrize(("spec", "algorithm"), SCHEMES)
def test_a_signature_holds_inside_and_outside(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str
) -> None:
    key = keys[spec]
    asked = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": algorithm}
    signed = kms.sign(**asked)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (key, algorithm)
    verified = kms.verify(**asked, Signature=signed["Signature"])
    del verified["ResponseMetadata"]
    assert verified == {"KeyId": key, "SignatureValid": True, "SigningAlgorithm": algorithm}
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    verify_outside(public, MESSAGE, signed["Signature"], algorithm)


@pytest.mark.parametrize(("spec", "algorithm"), SCHEMES)
def test_another_message_signature_or_key_does_not_hold(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str
) -> None:
    asked = {"KeyId": keys[spec], "SigningAlgorithm": algorithm}
    signature = kms.sign(**asked, Message=MESSAGE)["Signature"]
    changed = bytearray(signature)
    changed[-1] ^= 1
    assert refusal(kms.verify, **asked, Message=b"another", Signature=signature) == INVALID_SIGNATURE
    for wrong in (bytes(changed), signature[:-1], signature + b"\0", b"x"):
        assert refusal(kms.verify, **asked, Message=MESSAGE, Signature=wrong) == INVALID_SIGNATURE
    if spec != "RSA_2048":
        stranger = asked | {"KeyId": new_key(kms, spec)}
        assert refusal(kms.verify, **stranger, Message=MESSAGE, Signature=signature) == INVALID_SIGNATURE


@pytest.mark.parametrize(("spec", "algorithm"), HASHING)
def test_a_digest_may_be_signed_instead_of_its_message(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str
) -> None:
    asked = {"KeyId": keys[spec], "SigningAlgorithm": algorithm}
    digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
    of_digest = kms.sign(**asked, Message=digest, MessageType="DIGEST")["Signature"]
    of_message = kms.sign(**asked, Message=MESSAGE, MessageType="RAW")["Signature"]
    assert kms.verify(**asked, Message=MESSAGE, Signature=of_digest)["SignatureValid"]
    assert kms.verify(**asked, Message=digest, MessageType="DIGEST", Signature=of_message)["SignatureValid"]
    assert refusal(kms.verify, **asked, Message=digest, Signature=of_digest) == INVALID_SIGNATURE


@pytest.mark.parametrize(("spec", "algorithm"), HASHING)
def test_a_digest_of_another_length_is_refused(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str
) -> None:
    asked = {"KeyId": keys[spec], "SigningAlgorithm": algorithm, "MessageType": "DIGEST"}
    wrong = ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.", 400)
    for message in (b"x", bytes(int(algorithm[-3:]) // 8 + 1)):
        assert refusal(kms.sign, **asked, Message=message) == wrong
        assert refusal(kms.verify, **asked, Message=message, Signature=b"s") == wrong


@pytest.mark.parametrize(
    ("algorithm", "message_type"),
    [
        ("ED25519_SHA_512", "DIGEST"),
        ("ED25519_SHA_512", "EXTERNAL_MU"),
        ("ED25519_PH_SHA_512", "RAW"),
        ("ED25519_PH_SHA_512", "EXTERNAL_MU"),
    ],
)
def test_each_ed25519_algorithm_takes_one_message_type(
    keys: dict[str, str], kms: Any, algorithm: str, message_type: str
) -> None:
    asked = {"KeyId": keys["ECC_NIST_EDWARDS25519"], "SigningAlgorithm": algorithm, "Message": bytes(64)}
    refused = (
        "ValidationException",
        f"Message type {message_type} is incompatible with algorithm {algorithm}.",
        400,
    )
    assert refusal(kms.sign, **asked, MessageType=message_type) == refused
    assert refusal(kms.verify, **asked, Signature=b"s", MessageType=message_type) == refused


def test_ed25519ph_hashes_the_digest_once_more(keys: dict[str, str], kms: Any) -> None:
    """Outside of KMS, the digest is what Ed25519ph calls the message (FIPS 186-5, section 7.8.1)."""
    asked = {"KeyId": keys["ECC_NIST_EDWARDS25519"], "SigningAlgorithm": "ED25519_PH_SHA_512"}
    digest = hashlib.sha512(MESSAGE).digest()
    signed = kms.sign(**asked, Message=digest, MessageType="DIGEST")["Signature"]
    assert len(signed) == 64
    verified = kms.verify(**asked, Message=digest, MessageType="DIGEST", Signature=signed)
    assert verified["SignatureValid"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=asked["KeyId"])["PublicKey"])
    assert isinstance(public, ed25519.Ed25519PublicKey)
    outside = eddsa.new(eddsa.import_public_key(public.public_bytes_raw()), "rfc8032")
    outside.verify(SHA512.new(digest), signed)
    with pytest.raises(ValueError, match="not authentic"):
        outside.verify(SHA512.new(MESSAGE), signed)
    other = hashlib.sha512(b"another").digest()
    refused = refusal(kms.verify, **asked, Message=other, MessageType="DIGEST", Signature=signed)
    assert refused == INVALID_SIGNATURE
    pure = {**asked, "SigningAlgorithm": "ED25519_SHA_512"}
    assert refusal(kms.verify, **pure, Message=digest, Signature=signed) == INVALID_SIGNATURE


@pytest.mark.parametrize("size", [1, 32, 63, 65])
def test_ed25519ph_takes_one_sha_512_digest(keys: dict[str, str], kms: Any, size: int) -> None:
    asked = {
        "KeyId": keys["ECC_NIST_EDWARDS25519"],
        "SigningAlgorithm": "ED25519_PH_SHA_512",
        "Message": bytes(size),
        "MessageType": "DIGEST",
    }
    wrong = ("ValidationException", "Digest is invalid length for algorithm ED25519_PH_SHA_512.", 400)
    assert refusal(kms.sign, **asked) == wrong
    assert refusal(kms.verify, **asked, Signature=bytes(64)) == wrong


@pytest.mark.parametrize(("spec", "algorithm"), HASHING)
def test_an_external_mu_is_for_post_quantum_keys_only(
    keys: dict[str, str], kms: Any, spec: str, algorithm: str
) -> None:
    asked = {"KeyId": keys[spec], "SigningAlgorithm": algorithm}
    assert refusal(kms.sign, **asked, Message=bytes(64), MessageType="EXTERNAL_MU") == (
        "ValidationException",
        f"Message type EXTERNAL_MU is incompatible with key spec {spec}.",
        400,
    )


def test_the_key_spec_is_looked_at_before_the_message(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "SigningAlgorithm": "ED25519_PH_SHA_512"}
    assert refusal(kms.sign, **asked, Message=b"x", MessageType="DIGEST") == (
        "InvalidKeyUsageException",
        "Algorithm ED25519_PH_SHA_512 is incompatible with key spec ECC_NIST_P256.",
        400,
    )


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_the_state_is_looked_at_before_the_algorithm(shared_lab: Lab, kms: Any, state: str) -> None:
    arn = new_key(kms, "ECC_NIST_P256")
    if state == "Disabled":
        kms.disable_key(KeyId=arn)
    else:
        kms.schedule_key_deletion(KeyId=arn)
    asked = {"KeyId": arn, "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_384"}
    expected = is_disabled(arn) if state == "Disabled" else is_pending_deletion(arn)
    assert refusal(kms.sign, **asked) == expected
    assert refusal(kms.verify, **asked, Signature=b"s") == expected


def test_a_message_has_1_to_4096_bytes(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "SigningAlgorithm": "ECDSA_SHA_256"}
    kms.sign(**asked, Message=bytes(4096))
    assert refusal(kms.sign, **asked, Message=bytes(4097)) == invalid(
        "message", "Member must have length less than or equal to 4096"
    )
    assert refusal(kms.sign, **asked, Message=b"") == invalid(
        "message", "Member must have length greater than or equal to 1"
    )


def test_an_algorithm_of_another_spec_is_refused(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_384"}
    incompatible = (
        "InvalidKeyUsageException",
        "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.",
        400,
    )
    assert refusal(kms.sign, **asked) == incompatible
    assert refusal(kms.verify, **asked, Signature=b"s") == incompatible


def test_a_key_that_encrypts_does_not_sign(shared_lab: Lab, kms: Any) -> None:
    for arn, usage in (
        (new_key(kms), "ENCRYPT_DECRYPT"),
        (new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT"), "ENCRYPT_DECRYPT"),
        (new_key(kms, "HMAC_256"), "GENERATE_VERIFY_MAC"),
        (new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT"), "KEY_AGREEMENT"),
        (new_key(kms, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE"), "ENCAPSULATE_DECAPSULATE"),
    ):
        asked = {"KeyId": arn, "Message": MESSAGE, "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
        for call, name, further in ((kms.sign, "Sign", {}), (kms.verify, "Verify", {"Signature": b"s"})):
            assert refusal(call, **asked, **further) == (
                "InvalidKeyUsageException",
                f"{arn} key usage is {usage} which is not valid for {name}.",
                400,
            )


def test_a_dry_run_signs_nothing(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert refusal(kms.sign, **asked, DryRun=True).code == "DryRunOperationException"
    assert refusal(kms.verify, **asked, Signature=b"s", DryRun=True).code == "DryRunOperationException"


@pytest.mark.parametrize("spec", ["RSA_2048", *CURVES])
def test_the_public_key_says_what_it_is_for(keys: dict[str, str], kms: Any, spec: str) -> None:
    told = kms.get_public_key(KeyId=keys[spec])
    del told["ResponseMetadata"]
    public = told.pop("PublicKey")
    assert told == {
        "KeyId": keys[spec],
        "KeySpec": spec,
        "CustomerMasterKeySpec": spec,
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": list(KEY_SPECS[spec].algorithms["SIGN_VERIFY"]),
    }
    assert kms.get_public_key(KeyId=keys[spec])["PublicKey"] == public
    parsed: Any = serialization.load_der_public_key(public)
    if spec == "RSA_2048":
        assert (parsed.key_size, parsed.public_numbers().e) == (2048, 65537)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256"])
def test_a_symmetric_key_has_no_public_key(shared_lab: Lab, kms: Any, spec: str) -> None:
    assert refusal(kms.get_public_key, KeyId=new_key(kms, spec)) == ("UnsupportedOperationException", "", 400)


def test_a_refusal_without_a_message_sends_none(shared_lab: Lab, kms: Any) -> None:
    with pytest.raises(kms.exceptions.UnsupportedOperationException) as caught:
        kms.get_public_key(KeyId=new_key(kms))
    assert "message" not in caught.value.response
    assert b"essage" not in shared_lab.gateway.calls[-1].response.body  # type: ignore[union-attr]


def test_ecdsa_signatures_are_der_with_fresh_numbers(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ECC_NIST_P256"], "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"}
    pairs = [utils.decode_dss_signature(kms.sign(**asked)["Signature"]) for _ in range(5)]
    assert len({r for r, _ in pairs}) == 5
