"""An enclave: an isolated machine that is known by the hashes of what it booted, and holds its own RSA key.

    enclave = lab.enclave(b"my image")
    answer = kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    enclave.open(answer["CiphertextForRecipient"])

Whoever carries the answer, the parent instance included, finds nothing in it to read.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from labkit.cloud.nitro.document import PCR_BYTES, Attestation, write_document
from labkit.cloud.nitro.hypervisor import leaf_certificate, root_certificate
from labkit.crypto import enveloped
from labkit.crypto.randomness import random_bytes

KEY_BITS = 2048
PCRS = 16
ROLE_PCR = 3


class Enclave:
    """One running enclave. `pcrs` are what the hypervisor measured: 0 the image, 3 the role of its instance.

    In debug mode all PCRs are zero, as anybody can look inside: no policy should ever accept those.
    """

    def __init__(
        self,
        secret: bytes,
        now: Callable[[], datetime],
        image: bytes,
        role_arn: str = "",
        debug: bool = False,
    ) -> None:
        self._secret = secret
        self._now = now
        self._key = rsa.generate_private_key(65537, KEY_BITS)
        self._signer = ec.generate_private_key(ec.SECP384R1())
        self.module_id = f"i-{random_bytes(8).hex()}-enc{random_bytes(8).hex()}"
        measured = {0: image, 1: b"kernel " + image, 2: b"application " + image}
        if role_arn:
            measured[ROLE_PCR] = role_arn.encode()
        zeros = dict.fromkeys(range(PCRS), bytes(PCR_BYTES))
        self.pcrs = zeros if debug else zeros | {number: _extend(data) for number, data in measured.items()}

    def attestation_document(self, nonce: bytes | None = None, user_data: bytes | None = None) -> bytes:
        """A document signed just now, with the enclave's public key in it; good for five minutes."""
        now = self._now()
        attestation = Attestation(self.module_id, now, self.pcrs, self._key.public_key(), user_data, nonce)
        leaf = leaf_certificate(self._signer.public_key(), self.module_id, self._secret, now)
        return write_document(attestation, self._signer, leaf, root_certificate(self._secret))

    def recipient(self) -> dict[str, Any]:
        """The Recipient parameter of a KMS call, with a fresh document."""
        return {
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            "AttestationDocument": self.attestation_document(),
        }

    def open(self, ciphertext_for_recipient: bytes) -> bytes:
        """What KMS sealed for this enclave; DecryptionFailed if it was for another."""
        return enveloped.open_with(self._key, ciphertext_for_recipient)

    def __repr__(self) -> str:
        return f"<Enclave {self.module_id}, PCR0 {self.pcrs[0].hex()[:16]}...>"


def _extend(data: bytes) -> bytes:
    """A PCR starts as zeros, and is replaced by the hash of itself and of the hash of what is measured."""
    return hashlib.sha384(bytes(PCR_BYTES) + hashlib.sha384(data).digest()).digest()
