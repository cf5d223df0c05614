"""Sign and Verify: the private key signs inside the HSM, the public key may check anywhere.

Source: KMS API Reference, "Sign", "Verify", "GetPublicKey"; KMS Developer Guide, "Key spec reference".
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from labkit.cloud.services.kms.hsm_keys import LoadedKey
from labkit.cloud.services.kms.key_specs import KEY_SPECS, SIGN_VERIFY
from labkit.cloud.services.kms.metadata import algorithms
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import KmsService, faults
from labkit.crypto import ecc, rsa
from labkit.crypto.digests import HashName, digest, digest_size
from labkit.crypto.errors import InvalidSignature

RAW, DIGEST = "RAW", "DIGEST"


class Signing(KmsService):
    """Signatures under RSA and elliptic-curve keys."""

    def sign(
        self,
        KeyId: str,
        Message: bytes,
        SigningAlgorithm: str,
        MessageType: str = RAW,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Sign a message of up to 4096 bytes, or the digest of a longer one."""
        key = self._signing_key(KeyId, SigningAlgorithm, MessageType, Message, DryRun)
        signer, _ = self._scheme(key, SigningAlgorithm, MessageType, "sign")
        return {"KeyId": key.Arn, "Signature": signer(Message), "SigningAlgorithm": SigningAlgorithm}

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
        key = self._signing_key(KeyId, SigningAlgorithm, MessageType, Message, DryRun)
        _, verifier = self._scheme(key, SigningAlgorithm, MessageType, "verify")
        try:
            verifier(Message, Signature)
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

    def _signing_key(
        self, KeyId: str, algorithm: str, message_type: str, message: bytes, dry_run: bool
    ) -> Key:
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, SIGN_VERIFY, algorithm)
        edwards = algorithm.startswith("ED25519")
        if message_type not in (RAW, DIGEST) or (edwards and message_type != RAW):
            raise faults.ValidationException(
                f"Message type {message_type} is incompatible with algorithm {algorithm}."
            )
        if message_type == DIGEST and len(message) != digest_size(_hash_of(algorithm)):
            raise faults.ValidationException(f"Digest is invalid length for algorithm {algorithm}.")
        self.finish(dry_run, {})
        return key

    def _scheme(
        self, key: Key, algorithm: str, message_type: str, action: str
    ) -> tuple[Callable[[bytes], bytes], Callable[[bytes, bytes], None]]:
        """How an algorithm signs and verifies, with this key."""
        loaded = self.hsm.use(self.material_of(key), action, algorithm, {"message_type": message_type})
        if algorithm.startswith("ED25519"):
            return _edwards(loaded)
        hash_name = _hash_of(algorithm)
        hashed = (
            (lambda message: digest(message, hash_name)) if message_type == RAW else (lambda message: message)
        )
        if algorithm.startswith("ECDSA"):
            curve_key = cast(EllipticCurvePrivateKey, loaded)
            return (
                lambda message: ecc.sign_digest(curve_key, hashed(message), hash_name),
                lambda message, signature: ecc.verify_digest(
                    curve_key.public_key(), hashed(message), signature, hash_name
                ),
            )
        rsa_key = cast(RSAPrivateKey, loaded)
        padding: rsa.Scheme = "PSS" if "_PSS_" in algorithm else "PKCS1-v1_5"
        return (
            lambda message: rsa.sign_digest(rsa_key, hashed(message), padding, hash_name),
            lambda message, signature: rsa.verify_digest(
                rsa_key.public_key(), hashed(message), signature, padding, hash_name
            ),
        )


def _edwards(loaded: LoadedKey) -> tuple[Callable[[bytes], bytes], Callable[[bytes, bytes], None]]:
    key = cast(Ed25519PrivateKey, loaded)
    return (
        lambda message: ecc.sign_ed25519(key, message),
        lambda message, signature: ecc.verify_ed25519(key.public_key(), message, signature),
    )


def _hash_of(algorithm: str) -> HashName:
    return cast(HashName, f"SHA-{algorithm[-3:]}")
