"""Sign and Verify: the private key signs inside the HSM, the public key may check anywhere.

Source: KMS API Reference, "Sign", "Verify", "GetPublicKey"; KMS Developer Guide, "Key spec reference".
"""

from collections.abc import Sequence
from typing import Any, cast

from labkit.cloud.services.kms.key_specs import KEY_SPECS, SIGN_VERIFY
from labkit.cloud.services.kms.metadata import algorithms
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import KmsService, faults, would_succeed
from labkit.cloud.services.kms.signature_schemes import RAW, SCHEMES, Scheme
from labkit.crypto.errors import InvalidSignature
from labkit.crypto.keys import PrivateKey


class Signing(KmsService):
    """Signatures under RSA, elliptic-curve and ML-DSA keys."""

    def sign(
        self,
        KeyId: str,
        Message: bytes,
        SigningAlgorithm: str,
        MessageType: str = RAW,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Sign a message of up to 4096 bytes, or what stands for a longer one."""
        key, scheme = self._scheme(KeyId, SigningAlgorithm, MessageType, Message, DryRun)
        private = self._private(key, "sign", SigningAlgorithm, MessageType)
        return {
            "KeyId": key.Arn,
            "Signature": scheme.sign(private, Message),
            "SigningAlgorithm": SigningAlgorithm,
        }

    def verify(
        self,
        KeyId: str,
        Message: bytes,
        Signature: bytes,
        SigningAlgorithm: str,
        MessageType: str = RAW,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Check a signature. A wrong one is an error, never `SignatureValid: false`.

        Raises:
            KMSInvalidSignatureException: it does not belong to this message, key and algorithm.
        """
        key, scheme = self._scheme(KeyId, SigningAlgorithm, MessageType, Message, DryRun)
        private = self._private(key, "verify", SigningAlgorithm, MessageType)
        try:
            scheme.verify(private.public_key(), Message, Signature)
        except InvalidSignature:
            raise faults.KMSInvalidSignatureException() from None
        return {"KeyId": key.Arn, "SignatureValid": True, "SigningAlgorithm": SigningAlgorithm}

    def get_public_key(self, KeyId: str, GrantTokens: Sequence[str] = ()) -> dict[str, Any]:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280), to be used outside of KMS.

        Raises:
            UnsupportedOperationException: a symmetric key has none.
        """
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        if KEY_SPECS[key.KeySpec].symmetric:
            raise faults.UnsupportedOperationException()
        return {
            "KeyId": key.Arn,
            "PublicKey": self.material_of(key).PublicKey,
            "CustomerMasterKeySpec": key.KeySpec,
            "KeySpec": key.KeySpec,
            "KeyUsage": key.KeyUsage,
            **algorithms(key),
        }

    def _scheme(
        self, KeyId: str, algorithm: str, message_type: str, message: bytes, dry_run: bool
    ) -> tuple[Key, Scheme]:
        """The key, and how it signs such a message; every check in the order in which AWS makes them.

        Raises:
            ValidationException: the algorithm does not take this message type, or not a message this long.
        """
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, SIGN_VERIFY, algorithm)
        scheme = SCHEMES[algorithm].get(message_type)
        if scheme is None:
            raise faults.ValidationException(
                f"Message type {message_type} is incompatible with {_what_refuses(key, algorithm)}."
            )
        if scheme.size is not None and len(message) != scheme.size:
            raise faults.ValidationException(f"Digest is invalid length for algorithm {algorithm}.")
        if dry_run:
            raise would_succeed()
        return key, scheme

    def _private(self, key: Key, action: str, algorithm: str, message_type: str) -> PrivateKey:
        details = {"message_type": message_type}
        return cast(PrivateKey, self.hsm.use(self.material_of(key), action, algorithm, details))


def _what_refuses(key: Key, algorithm: str) -> str:
    """AWS's sentence names the key spec; with Ed25519 the algorithm, as its two take different types."""
    if key.KeySpec == "ECC_NIST_EDWARDS25519":
        return f"algorithm {algorithm}"
    return f"key spec {key.KeySpec}"
