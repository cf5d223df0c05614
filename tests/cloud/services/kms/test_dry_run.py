"""DryRun, wherever the service model has it: everything is checked, nothing is done."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name

from labkit import Lab
from labkit.cloud.protocols import contract
from tests.cloud.services.kms.helpers import Refusal, kms_state, new_key, refusal

WOULD_SUCCEED = Refusal(
    "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
)
ROOT = "arn:aws:iam::123456789012:root"
Prepare = Callable[[Any], dict[str, Any]]


def sealed(kms: Any) -> dict[str, Any]:
    return {"CiphertextBlob": kms.encrypt(KeyId=new_key(kms), Plaintext=b"x")["CiphertextBlob"]}


def granted(kms: Any) -> dict[str, Any]:
    key = new_key(kms)
    made = kms.create_grant(KeyId=key, GranteePrincipal=ROOT, Operations=["Encrypt"])
    return {"KeyId": key, "GrantId": made["GrantId"]}


def signed(kms: Any) -> dict[str, Any]:
    asked = {"KeyId": new_key(kms, "ECC_NIST_P256"), "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    return {**asked, "Signature": kms.sign(**asked)["Signature"]}


def coded(kms: Any) -> dict[str, Any]:
    asked = {"KeyId": new_key(kms, "HMAC_256"), "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    return {**asked, "Mac": kms.generate_mac(**asked)["Mac"]}


def agreed(kms: Any) -> dict[str, Any]:
    mine, theirs = (new_key(kms, "ECC_NIST_P256", "KEY_AGREEMENT") for _ in range(2))
    public = kms.get_public_key(KeyId=theirs)["PublicKey"]
    return {"KeyId": mine, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public}


def encapsulated(kms: Any) -> dict[str, Any]:
    asked = {
        "KeyId": new_key(kms, "ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
        "EncapsulationAlgorithm": "ML_KEM",
    }
    return {**asked, "SharedSecretCiphertextBlob": kms.encapsulate(**asked)["SharedSecretCiphertextBlob"]}


def but(prepare: Prepare, name: str) -> Prepare:
    """Return the same parameters without one of them."""
    return lambda kms: {key: value for key, value in prepare(kms).items() if key != name}


CALLS: dict[str, Prepare] = {
    "CreateGrant": lambda kms: {
        "KeyId": new_key(kms),
        "GranteePrincipal": ROOT,
        "Operations": ["Encrypt"],
    },
    "Decapsulate": encapsulated,
    "Decrypt": sealed,
    "DeriveSharedSecret": agreed,
    "Encapsulate": but(encapsulated, "SharedSecretCiphertextBlob"),
    "Encrypt": lambda kms: {"KeyId": new_key(kms), "Plaintext": b"x"},
    "GenerateDataKey": lambda kms: {"KeyId": new_key(kms), "KeySpec": "AES_256"},
    "GenerateDataKeyPair": lambda kms: {"KeyId": new_key(kms), "KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": lambda kms: {
        "KeyId": new_key(kms),
        "KeyPairSpec": "ECC_NIST_P256",
    },
    "GenerateDataKeyWithoutPlaintext": lambda kms: {"KeyId": new_key(kms), "KeySpec": "AES_256"},
    "GenerateMac": but(coded, "Mac"),
    "ReEncrypt": lambda kms: sealed(kms) | {"DestinationKeyId": new_key(kms)},
    "RetireGrant": granted,
    "RevokeGrant": granted,
    "Sign": but(signed, "Signature"),
    "Verify": signed,
    "VerifyMac": coded,
}


def test_every_operation_that_has_a_dry_run_is_tried() -> None:
    model = contract("kms").model
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    assert {name for name, shape in shapes.items() if shape and "DryRun" in shape.members} == set(CALLS)


@pytest.mark.parametrize("operation", CALLS)
def test_a_dry_run_tells_that_it_would_succeed_and_changes_nothing(
    lab: Lab, kms: Any, operation: str
) -> None:
    parameters = CALLS[operation](kms)
    before = kms_state(lab)
    assert refusal(getattr(kms, xform_name(operation)), **parameters, DryRun=True) == WOULD_SUCCEED
    assert kms_state(lab) == before
    getattr(kms, xform_name(operation))(**parameters, DryRun=False)
