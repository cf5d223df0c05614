"""A keyring that needs no KMS: an AES key of one's own wraps the data keys.

The info of such a data key is the key's name, the length of the tag in bits and that of the IV in bytes, and
the IV. The encryption context is the associated data. Who holds the key has to protect it, which is what
KMS is for. Source: AWS Encryption SDK Developer Guide, "Raw AES keyrings".
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.crypto.randomness import random_bytes
from labkit.esdk import context as contexts
from labkit.esdk.errors import CannotUnwrap
from labkit.esdk.header import IV_BYTES, TAG_BYTES, EncryptedDataKey

_SIZES = (TAG_BYTES * 8).to_bytes(4, "big") + IV_BYTES.to_bytes(4, "big")


class RawAesKeyring:
    """Data keys under an AES key of 16, 24 or 32 bytes, which `namespace` and `name` tell from others."""

    def __init__(self, namespace: str, name: str, key: bytes) -> None:
        if namespace == "aws-kms":
            raise ValueError("the namespace aws-kms is KMS's own")
        self.namespace, self.name = namespace, name
        self._cipher = AESGCM(key)
        self._start = name.encode() + _SIZES

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """A random data key, and its wrapping."""
        data_key = random_bytes(size)
        return data_key, self.wrap(data_key, context)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """The data key under AES-GCM."""
        iv = random_bytes(IV_BYTES)
        ciphertext = self._cipher.encrypt(iv, data_key, contexts.encode(context))
        return (EncryptedDataKey(self.namespace, self._start + iv, ciphertext),)

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """The data key, if this very key has wrapped it in this very context."""
        if wrapped.provider != self.namespace:
            raise CannotUnwrap(f"its provider is {wrapped.provider!r}, not {self.namespace!r}")
        if len(wrapped.info) != len(self._start) + IV_BYTES or not wrapped.info.startswith(self._start):
            raise CannotUnwrap(f"its info does not name the key {self.name!r}")
        iv = wrapped.info[-IV_BYTES:]
        try:
            return self._cipher.decrypt(iv, wrapped.ciphertext, contexts.encode(context))
        except InvalidTag:
            raise CannotUnwrap(
                f"the tag does not fit: the key {self.name!r} or the encryption context is another"
            ) from None
