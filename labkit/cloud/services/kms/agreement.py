"""Two parties, one secret: DeriveSharedSecret with elliptic curves, Encapsulate and Decapsulate with ML-KEM.

What these operations return is a secret in the clear, for use outside of KMS: the point is not to keep it
from the caller, but that nobody who listens on the line between the two parties can compute it.
Source: KMS API Reference, "DeriveSharedSecret", "Encapsulate", "Decapsulate".
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from labkit.cloud.services.kms.key_specs import ENCAPSULATE_DECAPSULATE, KEY_AGREEMENT
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import KmsService, faults, would_succeed
from labkit.crypto import ecdh, mlkem
from labkit.crypto.keys import PublicKey, load_public
from labkit.crypto.mlkem import MlKemPrivateKey
from labkit.crypto.sm2.keys import Sm2PrivateKey


class Agreement(KmsService):
    """Shared secrets under KEY_AGREEMENT and ENCAPSULATE_DECAPSULATE keys."""

    def derive_shared_secret(
        self,
        KeyId: str,
        KeyAgreementAlgorithm: str,
        PublicKey: bytes,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
        Recipient: Mapping[str, Any] = {},
    ) -> dict[str, Any]:
        """The secret that the peer derives from its own private key and this key's public half.

        Raises:
            ValidationException: PublicKey is no DER public key, or not a point on this key's curve.
        """
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, KEY_AGREEMENT, KeyAgreementAlgorithm)
        peer = _peer(PublicKey)
        self.finish(DryRun, Recipient)
        answer: dict[str, Any] = {
            "KeyId": key.Arn,
            "SharedSecret": self._shared_secret(key, peer, KeyAgreementAlgorithm),
            "KeyAgreementAlgorithm": KeyAgreementAlgorithm,
            "KeyOrigin": key.Origin,
        }
        return self.for_recipient(answer, "SharedSecret", Recipient) if Recipient else answer

    def encapsulate(
        self,
        KeyId: str,
        EncapsulationAlgorithm: str,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """A fresh shared secret, and its ciphertext, from which the owner of the private key recovers it."""
        key, private = self._mlkem_key(KeyId, EncapsulationAlgorithm, DryRun, "encapsulate", {})
        secret, ciphertext = mlkem.encapsulate(private.public_key())
        return {
            "KeyId": key.Arn,
            "SharedSecret": secret,
            "SharedSecretCiphertextBlob": ciphertext,
            "EncapsulationAlgorithm": EncapsulationAlgorithm,
        }

    def decapsulate(
        self,
        KeyId: str,
        SharedSecretCiphertextBlob: bytes,
        EncapsulationAlgorithm: str,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """The shared secret in a ciphertext; a changed ciphertext yields another secret, and no error.

        Raises:
            InvalidCiphertextException: it has not the length that this key spec's ciphertexts have.
        """
        size = {"bytes": len(SharedSecretCiphertextBlob)}
        key, private = self._mlkem_key(KeyId, EncapsulationAlgorithm, DryRun, "decapsulate", size)
        try:
            secret = mlkem.decapsulate(private, SharedSecretCiphertextBlob)
        except ValueError:
            raise faults.InvalidCiphertextException() from None
        return {"KeyId": key.Arn, "SharedSecret": secret, "EncapsulationAlgorithm": EncapsulationAlgorithm}

    def _shared_secret(self, key: Key, peer: PublicKey, algorithm: str) -> bytes:
        loaded = self.hsm.use(self.material_of(key), "derive shared secret", algorithm, {})
        try:
            return ecdh.shared_secret(cast(EllipticCurvePrivateKey | Sm2PrivateKey, loaded), peer)
        except ValueError:
            raise faults.ValidationException() from None

    def _mlkem_key(
        self, KeyId: str, algorithm: str, dry_run: bool, action: str, noted: Mapping[str, Any]
    ) -> tuple[Key, MlKemPrivateKey]:
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, ENCAPSULATE_DECAPSULATE, algorithm)
        if dry_run:
            raise would_succeed()
        return key, cast(MlKemPrivateKey, self.hsm.use(self.material_of(key), action, algorithm, noted))


def _peer(public_key: bytes) -> PublicKey:
    """The peer's public key. AWS refuses what is none without a message."""
    try:
        return load_public(public_key)
    except ValueError:
        raise faults.ValidationException() from None
