"""Post-quantum keys: ML-DSA signs, ML-KEM carries secrets, and pyca agrees with both."""

import hashlib
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem

from labkit import Lab, lens
from labkit.crypto.keys import load_public
from labkit.crypto.mlkem512 import MLKEM512PublicKey
from tests.cloud.services.kms.helpers import Refusal, invalid, is_disabled, new_key, refusal

SIGNING = {"ML_DSA_44": 2420, "ML_DSA_65": 3309, "ML_DSA_87": 4627}
CARRYING = {"ML_KEM_512": 768, "ML_KEM_768": 1088, "ML_KEM_1024": 1568}
PUBLIC_KEY_BYTES = {
    "ML_DSA_44": 1334,
    "ML_DSA_65": 1974,
    "ML_DSA_87": 2614,
    "ML_KEM_512": 822,
    "ML_KEM_768": 1206,
    "ML_KEM_1024": 1590,
}
MLDSA, MLKEM = {"SigningAlgorithm": "ML_DSA_SHAKE_256"}, {"EncapsulationAlgorithm": "ML_KEM"}
MESSAGE = b"to be believed in thirty years"
INVALID_SIGNATURE = Refusal("KMSInvalidSignatureException", "")
INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")

MlDsaPublicKey = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey


@pytest.fixture(scope="module")
def keys(shared_lab: Lab, kms: Any) -> dict[str, str]:
    """Return the ARN of a key of each post-quantum spec."""
    made = {spec: new_key(kms, spec, "SIGN_VERIFY") for spec in SIGNING}
    return made | {spec: new_key(kms, spec, "ENCAPSULATE_DECAPSULATE") for spec in CARRYING}


def signing_key_outside(kms: Any, key: str) -> MlDsaPublicKey:
    loaded = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(loaded, MlDsaPublicKey)
    return loaded


def mu_of(public: MlDsaPublicKey, message: bytes) -> bytes:
    """As the KMS Developer Guide computes it with openssl, for messages of any length."""
    identity = hashlib.shake_256(public.public_bytes_raw()).digest(64)
    return hashlib.shake_256(identity + b"\0\0" + message).digest(64)


@pytest.mark.parametrize("spec", [*SIGNING, *CARRYING])
def test_the_public_key_says_what_it_is_for(keys: dict[str, str], kms: Any, spec: str) -> None:
    told = kms.get_public_key(KeyId=keys[spec])
    described = kms.describe_key(KeyId=keys[spec])["KeyMetadata"]
    name, usage, algorithms = (
        ("SigningAlgorithms", "SIGN_VERIFY", ["ML_DSA_SHAKE_256"])
        if spec in SIGNING
        else ("EncapsulationAlgorithms", "ENCAPSULATE_DECAPSULATE", ["ML_KEM"])
    )
    assert len(told.pop("PublicKey")) == PUBLIC_KEY_BYTES[spec]
    del told["ResponseMetadata"]
    assert told == {
        "KeyId": keys[spec],
        "KeySpec": spec,
        "CustomerMasterKeySpec": spec,
        "KeyUsage": usage,
        name: algorithms,
    }
    assert [described[each] for each in ("KeySpec", "KeyUsage", name)] == [spec, usage, algorithms]
    assert len([each for each in described if each.endswith("Algorithms")]) == 1


@pytest.mark.parametrize("spec", SIGNING)
def test_a_signature_holds_inside_and_outside(keys: dict[str, str], kms: Any, spec: str) -> None:
    asked = {"KeyId": keys[spec], "Message": MESSAGE, **MLDSA}
    signed = kms.sign(**asked)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (keys[spec], "ML_DSA_SHAKE_256")
    assert len(signed["Signature"]) == SIGNING[spec]
    assert kms.verify(**asked, Signature=signed["Signature"])["SignatureValid"]
    outside = signing_key_outside(kms, keys[spec])
    outside.verify(signed["Signature"], MESSAGE)
    with pytest.raises(InvalidSignature):
        outside.verify(signed["Signature"], MESSAGE + b"!")


@pytest.mark.parametrize("spec", SIGNING)
def test_an_external_mu_signs_a_message_of_any_length(keys: dict[str, str], kms: Any, spec: str) -> None:
    outside, long = signing_key_outside(kms, keys[spec]), MESSAGE * 1000
    asked = {"KeyId": keys[spec], "Message": mu_of(outside, long), "MessageType": "EXTERNAL_MU", **MLDSA}
    signature = kms.sign(**asked)["Signature"]
    assert kms.verify(**asked, Signature=signature)["SignatureValid"]
    outside.verify(signature, long)


def test_a_message_and_its_mu_are_the_same_to_verify(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ML_DSA_44"], **MLDSA}
    mu = mu_of(signing_key_outside(kms, keys["ML_DSA_44"]), MESSAGE)
    of_message = kms.sign(**asked, Message=MESSAGE)["Signature"]
    of_mu = kms.sign(**asked, Message=mu, MessageType="EXTERNAL_MU")["Signature"]
    assert kms.verify(**asked, Message=mu, MessageType="EXTERNAL_MU", Signature=of_message)["SignatureValid"]
    assert kms.verify(**asked, Message=MESSAGE, Signature=of_mu)["SignatureValid"]
    assert refusal(kms.verify, **asked, Message=mu, Signature=of_mu) == INVALID_SIGNATURE


@pytest.mark.parametrize("spec", SIGNING)
def test_what_is_not_its_signature_does_not_hold(keys: dict[str, str], kms: Any, spec: str) -> None:
    asked = {"KeyId": keys[spec], **MLDSA}
    signature = kms.sign(**asked, Message=MESSAGE)["Signature"]
    changed = bytes((signature[0] ^ 1,)) + signature[1:]
    assert refusal(kms.verify, **asked, Message=b"another", Signature=signature) == INVALID_SIGNATURE
    for wrong in (changed, signature[:-1], signature + b"\0", b"x"):
        assert refusal(kms.verify, **asked, Message=MESSAGE, Signature=wrong) == INVALID_SIGNATURE


@pytest.mark.parametrize("spec", SIGNING)
def test_a_digest_is_refused(keys: dict[str, str], kms: Any, spec: str) -> None:
    asked = {"KeyId": keys[spec], "Message": bytes(64), "MessageType": "DIGEST", **MLDSA}
    refused = ("ValidationException", f"Message type DIGEST is incompatible with key spec {spec}.", 400)
    assert refusal(kms.sign, **asked) == refused
    assert refusal(kms.verify, **asked, Signature=b"s") == refused


@pytest.mark.parametrize("size", [1, 63, 65, 4096])
def test_an_external_mu_has_64_bytes(keys: dict[str, str], kms: Any, size: int) -> None:
    asked = {"KeyId": keys["ML_DSA_44"], "Message": bytes(size), "MessageType": "EXTERNAL_MU", **MLDSA}
    assert refusal(kms.sign, **asked) == (
        "ValidationException",
        "Digest is invalid length for algorithm ML_DSA_SHAKE_256.",
        400,
    )


def test_messages_up_to_4096_bytes_are_signed_whole(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ML_DSA_44"], **MLDSA}
    kms.sign(**asked, Message=bytes(4096))
    assert refusal(kms.sign, **asked, Message=bytes(4097)) == invalid(
        "message", "Member must have length less than or equal to 4096"
    )


def test_an_algorithm_of_another_spec_is_refused(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ML_DSA_44"], "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert refusal(kms.sign, **asked) == (
        "InvalidKeyUsageException",
        "Algorithm ECDSA_SHA_256 is incompatible with key spec ML_DSA_44.",
        400,
    )


@pytest.mark.parametrize("spec", CARRYING)
def test_decapsulate_recovers_the_secret(keys: dict[str, str], kms: Any, spec: str) -> None:
    asked = {"KeyId": keys[spec], **MLKEM}
    made = kms.encapsulate(**asked)
    assert (made["KeyId"], made["EncapsulationAlgorithm"]) == (keys[spec], "ML_KEM")
    assert (len(made["SharedSecret"]), len(made["SharedSecretCiphertextBlob"])) == (32, CARRYING[spec])
    opened = kms.decapsulate(**asked, SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"])
    del opened["ResponseMetadata"]
    assert opened == {
        "KeyId": keys[spec],
        "SharedSecret": made["SharedSecret"],
        "EncapsulationAlgorithm": "ML_KEM",
    }
    assert kms.encapsulate(**asked)["SharedSecret"] != made["SharedSecret"]


@pytest.mark.parametrize("spec", CARRYING)
def test_a_secret_encapsulated_outside_is_recovered_inside(keys: dict[str, str], kms: Any, spec: str) -> None:
    public = kms.get_public_key(KeyId=keys[spec])["PublicKey"]
    outside: Any = load_public(public) if spec == "ML_KEM_512" else serialization.load_der_public_key(public)
    assert isinstance(outside, MLKEM512PublicKey | mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey)
    secret, ciphertext = outside.encapsulate()
    asked = {"KeyId": keys[spec], "SharedSecretCiphertextBlob": ciphertext, **MLKEM}
    assert kms.decapsulate(**asked)["SharedSecret"] == secret


@pytest.mark.parametrize("spec", CARRYING)
def test_a_changed_ciphertext_yields_another_secret_and_no_error(
    keys: dict[str, str], kms: Any, spec: str
) -> None:
    asked = {"KeyId": keys[spec], **MLKEM}
    made = kms.encapsulate(**asked)
    blob = made["SharedSecretCiphertextBlob"]
    changed = blob[:-1] + bytes((blob[-1] ^ 1,))
    secrets = [kms.decapsulate(**asked, SharedSecretCiphertextBlob=changed)["SharedSecret"] for _ in range(2)]
    assert secrets[0] == secrets[1] != made["SharedSecret"]
    stranger = {"KeyId": new_key(kms, spec, "ENCAPSULATE_DECAPSULATE"), **MLKEM}
    assert (
        kms.decapsulate(**stranger, SharedSecretCiphertextBlob=blob)["SharedSecret"] != made["SharedSecret"]
    )


@pytest.mark.parametrize("spec", CARRYING)
def test_a_ciphertext_of_another_length_is_refused(keys: dict[str, str], kms: Any, spec: str) -> None:
    asked = {"KeyId": keys[spec], **MLKEM}
    for size in {1, CARRYING[spec] - 1, CARRYING[spec] + 1, *CARRYING.values()} - {CARRYING[spec]}:
        refused = refusal(kms.decapsulate, **asked, SharedSecretCiphertextBlob=bytes(size))
        assert refused == INVALID_CIPHERTEXT


def test_only_keys_that_encapsulate_do(keys: dict[str, str], kms: Any) -> None:
    for arn, usage in ((keys["ML_DSA_44"], "SIGN_VERIFY"), (new_key(kms), "ENCRYPT_DECRYPT")):
        for call, name, further in (
            (kms.encapsulate, "Encapsulate", {}),
            (kms.decapsulate, "Decapsulate", {"SharedSecretCiphertextBlob": b"x"}),
        ):
            assert refusal(call, KeyId=arn, **MLKEM, **further) == (
                "InvalidKeyUsageException",
                f"{arn} key usage is {usage} which is not valid for {name}.",
                400,
            )


def test_a_disabled_key_carries_no_secrets(shared_lab: Lab, kms: Any) -> None:
    arn = new_key(kms, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE")
    kms.disable_key(KeyId=arn)
    assert refusal(kms.encapsulate, KeyId=arn, **MLKEM) == is_disabled(arn)
    blob = {"SharedSecretCiphertextBlob": bytes(1088)}
    assert refusal(kms.decapsulate, KeyId=arn, **MLKEM, **blob) == is_disabled(arn)


def test_a_dry_run_makes_no_secret(keys: dict[str, str], kms: Any) -> None:
    asked = {"KeyId": keys["ML_KEM_768"], "DryRun": True, **MLKEM}
    assert refusal(kms.encapsulate, **asked).code == "DryRunOperationException"
    refused = refusal(kms.decapsulate, **asked, SharedSecretCiphertextBlob=b"x")
    assert refused.code == "DryRunOperationException"


@pytest.mark.parametrize("spec", CARRYING)
def test_the_regions_of_china_have_no_ml_kem(shared_lab: Lab, client: Any, spec: str) -> None:
    there = client("kms", "cn-north-1")
    refused = ("UnsupportedOperationException", f"KeySpec {spec} is not supported in this Region", 400)
    assert refusal(there.create_key, KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE") == refused
    pair = {"KeyId": new_key(there), "KeyPairSpec": spec}
    assert refusal(there.generate_data_key_pair, **pair).code == "UnsupportedOperationException"
    new_key(there, "ML_DSA_44", "SIGN_VERIFY")


@pytest.mark.parametrize("spec", [*SIGNING, *CARRYING])
def test_the_lens_shows_the_private_key_as_its_seed(keys: dict[str, str], kms: Any, spec: str) -> None:
    with Lab() as lab:
        arn = new_key(kms, spec, "SIGN_VERIFY" if spec in SIGNING else "ENCAPSULATE_DECAPSULATE")
        kms.get_public_key(KeyId=arn)
        (shown,) = lens.reveal(lab, arn)
        assert len(shown.secret) == (54 if spec in SIGNING else 86)
        assert shown.text.startswith("-----BEGIN PRIVATE KEY-----\nMF" if spec in CARRYING else "-----BEGIN")
        assert shown.secret.hex() not in repr(shown)
        assert lab.trace[-1].steps[4].gist == f"create ({spec.replace('_', '-')})"
