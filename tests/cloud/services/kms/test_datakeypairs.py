"""Data key pairs: every kind the model names, the private key sealed as any plaintext is."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from labkit import Lab
from labkit.crypto.keys import load_private, private_der, public_der
from tests.cloud.services.kms.helpers import invalid, is_disabled, new_key, refusal

BOTH = ["generate_data_key_pair", "generate_data_key_pair_without_plaintext"]
NAMES = dict(zip(BOTH, ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"], strict=True))
EVERYWHERE = [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
]
SPECS = [*EVERYWHERE, "SM2", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]
# A pair of RSA 4096 takes a second to make, and one of 3072 a third of one: once each is enough.
QUICK = [spec for spec in SPECS if spec not in ("RSA_3072", "RSA_4096")]


def region_of(spec: str) -> str:
    return "cn-north-1" if spec == "SM2" else "us-east-1"


def test_the_model_names_no_other_kinds(kms: Any) -> None:
    assert set(kms.meta.service_model.shape_for("DataKeyPairSpec").enum) == set(SPECS)


@pytest.mark.parametrize("spec", SPECS)
def test_a_pair_comes_with_its_private_key_in_the_clear_and_sealed(
    shared_lab: Lab, client: Any, spec: str
) -> None:
    kms = client("kms", region_of(spec))
    arn, context = new_key(kms), {"purpose": "mail"}
    made = kms.generate_data_key_pair(KeyId=arn, KeyPairSpec=spec, EncryptionContext=context)
    del made["ResponseMetadata"]
    private, public = made.pop("PrivateKeyPlaintext"), made.pop("PublicKey")
    opened = kms.decrypt(CiphertextBlob=made.pop("PrivateKeyCiphertextBlob"), EncryptionContext=context)
    assert opened["Plaintext"] == private
    assert made == {"KeyId": arn, "KeyPairSpec": spec, "KeyMaterialId": opened["KeyMaterialId"]}
    assert public_der(load_private(private, validate=False).public_key()) == public
    if spec not in ("SM2", "ML_KEM_512"):
        assert load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)


@pytest.mark.parametrize("spec", QUICK)
def test_a_pair_can_be_made_for_somebody_who_must_not_see_its_private_key(
    shared_lab: Lab, client: Any, spec: str
) -> None:
    kms = client("kms", region_of(spec))
    made = kms.generate_data_key_pair_without_plaintext(KeyId=new_key(kms), KeyPairSpec=spec)
    del made["ResponseMetadata"]
    assert set(made) == {"PrivateKeyCiphertextBlob", "PublicKey", "KeyId", "KeyPairSpec", "KeyMaterialId"}
    private = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert public_der(load_private(private, validate=False).public_key()) == made["PublicKey"]


@pytest.mark.parametrize("spec", ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"])
def test_a_private_key_of_ml_kem_is_its_seed(shared_lab: Lab, kms: Any, spec: str) -> None:
    private = kms.generate_data_key_pair(KeyId=new_key(kms), KeyPairSpec=spec)["PrivateKeyPlaintext"]
    assert len(private) == 86
    assert private_der(load_private(private)) == private


def test_no_pair_comes_twice(shared_lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms), "KeyPairSpec": "ECC_NIST_P256"}
    assert len({kms.generate_data_key_pair(**asked)["PublicKey"] for _ in range(5)}) == 5


def test_another_context_does_not_open_the_private_key(shared_lab: Lab, kms: Any) -> None:
    asked = {"KeyId": new_key(kms), "KeyPairSpec": "ECC_NIST_P256", "EncryptionContext": {"a": "b"}}
    blob = kms.generate_data_key_pair(**asked)["PrivateKeyCiphertextBlob"]
    refused = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "c"})
    assert refused == ("InvalidCiphertextException", "", 400)


@pytest.mark.parametrize("operation", BOTH)
def test_only_symmetric_encryption_keys_seal_pairs(shared_lab: Lab, kms: Any, operation: str) -> None:
    asymmetric = new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    call = getattr(kms, operation)
    assert refusal(call, KeyId=asymmetric, KeyPairSpec="ECC_NIST_P256") == (
        "InvalidKeyUsageException",
        "You cannot generate a data key with an asymmetric CMK",
        400,
    )
    for arn, usage in (
        (new_key(kms, "HMAC_256"), "GENERATE_VERIFY_MAC"),
        (new_key(kms, "ECC_NIST_P256"), "SIGN_VERIFY"),
    ):
        assert refusal(call, KeyId=arn, KeyPairSpec="ECC_NIST_P256") == (
            "InvalidKeyUsageException",
            f"{arn} key usage is {usage} which is not valid for {NAMES[operation]}.",
            400,
        )


@pytest.mark.parametrize("operation", BOTH)
def test_a_disabled_key_seals_no_pairs(shared_lab: Lab, kms: Any, operation: str) -> None:
    for arn in (new_key(kms), new_key(kms, "RSA_2048", "ENCRYPT_DECRYPT")):
        kms.disable_key(KeyId=arn)
        assert refusal(getattr(kms, operation), KeyId=arn, KeyPairSpec="RSA_2048") == is_disabled(arn)


@pytest.mark.parametrize("operation", BOTH)
def test_sm2_pairs_are_made_in_china_only(shared_lab: Lab, kms: Any, operation: str) -> None:
    assert refusal(getattr(kms, operation), KeyId=new_key(kms), KeyPairSpec="SM2") == (
        "UnsupportedOperationException",
        "KeyPairSpec SM2 is not supported in this Region",
        400,
    )


@pytest.mark.parametrize("operation", BOTH)
def test_a_kind_that_does_not_exist_is_refused_by_the_model(
    shared_lab: Lab, kms: Any, operation: str
) -> None:
    refused = refusal(getattr(kms, operation), KeyId=new_key(kms), KeyPairSpec="ML_DSA_44")
    assert refused.code == "ValidationException"
    assert refused.message.startswith(invalid("keyPairSpec", "", "'ML_DSA_44'").message)


@pytest.mark.parametrize("operation", BOTH)
def test_a_dry_run_makes_no_pair(shared_lab: Lab, kms: Any, operation: str) -> None:
    asked = {"KeyId": new_key(kms), "KeyPairSpec": "RSA_4096", "DryRun": True}
    assert refusal(getattr(kms, operation), **asked).code == "DryRunOperationException"
    assert shared_lab.gateway.calls[-1].hsm == []


def test_the_module_tells_of_a_pair_but_not_its_private_key(shared_lab: Lab, kms: Any) -> None:
    made = kms.generate_data_key_pair(KeyId=new_key(kms), KeyPairSpec="ECC_NIST_P256")
    call = shared_lab.gateway.calls[-1]
    assert [noted.action for noted in call.hsm] == ["make a data key pair", "encrypt"]
    assert call.hsm[0].primitive == "ECC P-256"
    shown = repr(call) + repr(call.hsm)
    assert repr(made["PrivateKeyPlaintext"])[2:-1] not in shown
    assert made["PrivateKeyPlaintext"].hex() not in shown
