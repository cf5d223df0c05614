"""A keyring that needs no KMS: an RSA public key wraps the data keys, and the private one unwraps them.

Who has only the public key can write messages that they can't read. RSA-OAEP has no place for the encryption
context; the header's tag alone binds it.
Source: AWS Encryption SDK Developer Guide, "Raw RSA keyrings". Of its paddings, OAEP is here; PKCS #1 v1.5 is
left out, as whoever decrypts it can be made to tell the plaintext (Bleichenbacher 1998).
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from labkit.crypto import rsa
from labkit.crypto.digests import HashName
from labkit.crypto.errors import DecryptionFailed
from labkit.crypto.randomness import random_bytes
from labkit.esdk.errors import CannotUnwrap, NotAllowed
from labkit.esdk.header import EncryptedDataKey


class RawRsaKeyring:
    """Data keys under RSA-OAEP, by either half of a key pair; `hash_name` is OAEP's and MGF1's."""

    def __init__(
        self, namespace: str, name: str, key: RSAPrivateKey | RSAPublicKey, hash_name: HashName = "SHA-256"
    ) -> None:
        if namespace == "aws-kms":
            raise ValueError("the namespace aws-kms is KMS's own")
        self.namespace, self.name = namespace, name
        self._private = key if isinstance(key, RSAPrivateKey) else None
        self._public = key.public_key() if isinstance(key, RSAPrivateKey) else key
        self._hash: HashName = hash_name

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """A random data key, and its wrapping."""
        data_key = random_bytes(size)
        return data_key, self.wrap(data_key, context)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """The data key under RSA-OAEP. NotAllowed for a key that is too short for it."""
        try:
            ciphertext = rsa.encrypt(self._public, data_key, self._hash)
        except ValueError:
            raise NotAllowed(f"the RSA key {self.name!r} is too short for OAEP with {self._hash}") from None
        return (EncryptedDataKey(self.namespace, self.name.encode(), ciphertext),)

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """The data key, if the private half is here and it fits."""
        if (wrapped.provider, wrapped.info) != (self.namespace, self.name.encode()):
            raise CannotUnwrap(f"it is not under the key {self.name!r} of {self.namespace!r}")
        if self._private is None:
            raise CannotUnwrap(f"of {self.name!r} only the public key is here, which can't decrypt")
        try:
            return rsa.decrypt(self._private, wrapped.ciphertext, self._hash)
        except DecryptionFailed as failure:
            raise CannotUnwrap(str(failure)) from None
