"""Answers for enclaves: an attested caller gets its plaintext sealed under the key in its own document.

The request carries an attestation document. Its PCRs become condition keys, so that a key policy can name
the image that may decrypt; its public key is the only one that can read the answer.
Source: KMS Developer Guide, "Cryptographic attestation support in AWS KMS". AWS does not document
how it words the refusal of a document; these words are the lab's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.nitro import Attestation, DocumentRefused, read_document
from labkit.cloud.nitro.hypervisor import root_key
from labkit.cloud.policy.question import Facts

faults = Faults("kms")

IMAGE_PCR = 0


def attested_key(cloud: Cloud, recipient: Mapping[str, Any], now: datetime) -> RSAPublicKey:
    """The public key in a Recipient's attestation document.

    Raises:
        ValidationException: the document is not good, or has no public key.
    """
    try:
        key = _read(cloud, recipient, now).public_key
    except DocumentRefused as refused:
        raise faults.ValidationException(f"The attestation document is not valid: {refused}.") from None
    if key is None:
        raise faults.ValidationException("The attestation document has no public key.")
    return key


def attested_facts(cloud: Cloud, recipient: Mapping[str, Any], now: datetime) -> Facts:
    """The condition keys that a document gives; none where there is no document, or not a good one."""
    try:
        pcrs = _read(cloud, recipient, now).pcrs if recipient else {}
    except DocumentRefused:
        return {}
    told = {f"kms:RecipientAttestation:PCR{number}": value.hex() for number, value in pcrs.items()}
    return told | (
        {"kms:RecipientAttestation:ImageSha384": pcrs[IMAGE_PCR].hex()} if IMAGE_PCR in pcrs else {}
    )


def _read(cloud: Cloud, recipient: Mapping[str, Any], now: datetime) -> Attestation:
    root = root_key(cloud.hsm_memory.root).public_key()
    return read_document(recipient.get("AttestationDocument", b""), root, now)
