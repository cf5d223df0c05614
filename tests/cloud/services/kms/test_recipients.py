"""Answers for attested enclaves: sealed for them alone, and only if the policy knows their image."""

import json
from typing import Any

import pytest

from labkit import Lab
from labkit.crypto.errors import DecryptionFailed
from tests.cloud.services.kms.helpers import new_key, refusal


@pytest.fixture
def blob(lab: Lab, kms: Any) -> bytes:
    """Return a ciphertext of b"secret"."""
    sealed: bytes = kms.encrypt(KeyId=new_key(kms), Plaintext=b"secret")["CiphertextBlob"]
    return sealed


def test_an_enclave_alone_can_read_what_was_decrypted_for_it(lab: Lab, kms: Any, blob: bytes) -> None:
    enclave, other = lab.enclave(b"image"), lab.enclave(b"image")
    answer = kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    assert "Plaintext" not in answer
    assert enclave.open(answer["CiphertextForRecipient"]) == b"secret"
    with pytest.raises(DecryptionFailed):
        other.open(answer["CiphertextForRecipient"])


def test_data_keys_and_random_bytes_are_sealed_too(lab: Lab, kms: Any) -> None:
    enclave, key = lab.enclave(b"image"), new_key(kms)
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=enclave.recipient())
    assert "Plaintext" not in made
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]
    assert enclave.open(made["CiphertextForRecipient"]) == opened
    drawn = kms.generate_random(NumberOfBytes=20, Recipient=enclave.recipient())
    assert "Plaintext" not in drawn
    assert len(enclave.open(drawn["CiphertextForRecipient"])) == 20


def test_a_key_policy_can_insist_on_an_image(lab: Lab, kms: Any) -> None:
    good, bad = lab.enclave(b"image"), lab.enclave(b"another image")
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    known = {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": good.pcrs[0].hex()}}
    statements = [
        {
            "Effect": "Allow",
            "Principal": root,
            "Action": ["kms:Encrypt", "kms:PutKeyPolicy"],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": root,
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": known,
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=blob, Recipient=good.recipient())
    assert good.open(answer["CiphertextForRecipient"]) == b"secret"
    assert (
        refusal(kms.decrypt, CiphertextBlob=blob, Recipient=bad.recipient()).code == "AccessDeniedException"
    )
    assert refusal(kms.decrypt, CiphertextBlob=blob).code == "AccessDeniedException"
    debug = lab.enclave(b"image", debug=True).recipient()
    assert refusal(kms.decrypt, CiphertextBlob=blob, Recipient=debug).code == "AccessDeniedException"


def test_an_old_document_or_another_lab_s_is_refused(lab: Lab, kms: Any, blob: bytes) -> None:
    old = lab.enclave(b"image").recipient()
    lab.clock.advance(minutes=6)
    assert refusal(kms.decrypt, CiphertextBlob=blob, Recipient=old).code == "ValidationException"
    foreign = Lab().enclave(b"image").recipient()
    assert refusal(kms.decrypt, CiphertextBlob=blob, Recipient=foreign).code == "ValidationException"
