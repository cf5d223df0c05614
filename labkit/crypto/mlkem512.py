"""ML-KEM-512, the one size that pyca lacks, in the shape of pyca's ML-KEM-768 and ML-KEM-1024 (FIPS 203).

The arithmetic is kyber-py's: pure Python that follows FIPS 203 line by line and is worth reading beside it.
It takes milliseconds, and not always equally many, so a real service must not use it; see its own warning.
"""

from typing import Any, ClassVar

from labkit.records import Record

SEED_BYTES = 64
ENCAPSULATION_KEY_BYTES = 800
CIPHERTEXT_BYTES = 768


class MLKEM512PublicKey(Record):
    """An encapsulation key: 800 bytes, not secret."""

    _encapsulation_key: bytes

    @classmethod
    def from_public_bytes(cls, data: bytes) -> "MLKEM512PublicKey":
        """Load an encapsulation key. Raises ValueError unless it has 800 bytes."""
        if len(data) != ENCAPSULATION_KEY_BYTES:
            raise ValueError(f"an ML-KEM-512 public key has {ENCAPSULATION_KEY_BYTES} bytes, not {len(data)}")
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """Return the 800 bytes."""
        return self._encapsulation_key

    def encapsulate(self) -> tuple[bytes, bytes]:
        """Return (shared secret, ciphertext). Raises ValueError for a key with numbers above the modulus."""
        secret, ciphertext = _ml_kem_512().encaps(self._encapsulation_key)
        return secret, ciphertext


class MLKEM512PrivateKey(Record):
    """A decapsulation key, with the seed that it was expanded from."""

    hidden: ClassVar = ("_seed", "_decapsulation_key", "_public_key")

    _seed: bytes
    _decapsulation_key: bytes
    _public_key: MLKEM512PublicKey

    @classmethod
    def from_seed_bytes(cls, seed: bytes) -> "MLKEM512PrivateKey":
        """Expand a seed. Raises ValueError unless it has 64 bytes."""
        encapsulation_key, decapsulation_key = _ml_kem_512().key_derive(seed)
        return cls(seed, decapsulation_key, MLKEM512PublicKey(encapsulation_key))

    def private_bytes_raw(self) -> bytes:
        """Return the 64 bytes of the seed."""
        return self._seed

    def public_key(self) -> MLKEM512PublicKey:
        """Return the encapsulation key."""
        return self._public_key

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """Return the shared secret. Raises ValueError unless the ciphertext has 768 bytes."""
        if len(ciphertext) != CIPHERTEXT_BYTES:
            raise ValueError(f"an ML-KEM-512 ciphertext has {CIPHERTEXT_BYTES} bytes, not {len(ciphertext)}")
        secret: bytes = _ml_kem_512().decaps(self._decapsulation_key, ciphertext)
        return secret


def _ml_kem_512() -> Any:
    """The library, which is loaded when it is first used: few labs have such a key."""
    from kyber_py.ml_kem import ML_KEM_512

    return ML_KEM_512
