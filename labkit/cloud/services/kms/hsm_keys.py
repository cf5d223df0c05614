"""The module's working memory: backing keys unwrapped for use, and how a new one is made.

AWS's modules unwrap a token when they need it and keep the key for a while. So does this one; what it keeps
never leaves the process, and is erased when its key is deleted.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.services.kms.blob import header
from labkit.cloud.services.kms.key_specs import KeySpec
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.crypto import ecc, keys, mldsa, mlkem, rsa
from labkit.crypto.kdf import MessageKeys
from labkit.crypto.keys import PrivateKey
from labkit.crypto.randomness import random_bytes
from labkit.crypto.sm2 import keys as sm2
from labkit.records import Record

CAPACITY = 1024
MESSAGE_KEY = b"labkit message key"

LoadedKey = PrivateKey | bytes


class SymmetricKey(Record):
    """A symmetric backing key as it is used: what derives message keys from it, and what the header of each
    of its blobs begins with.
    """

    hidden: ClassVar = ("message_keys",)

    message_keys: MessageKeys
    header_start: bytes


class HsmKeys:
    """Unwrapped backing keys by KeyMaterialId; the one that came first leaves when there are too many."""

    def __init__(self, cloud: Cloud) -> None:
        self.symmetric: dict[str, SymmetricKey] = {}
        self._loaded: dict[str, LoadedKey] = {}

    def __repr__(self) -> str:
        return f"<HsmKeys: {len(self.symmetric) + len(self._loaded)} in use>"

    def load_symmetric(self, material_id: str, secret: bytes) -> SymmetricKey:
        """A symmetric backing key, ready for use; from now on it is at hand."""
        start = header(bytes.fromhex(material_id), nonce=b"")
        loaded = self.symmetric[material_id] = SymmetricKey(MessageKeys(secret, MESSAGE_KEY), start)
        if len(self.symmetric) > CAPACITY:
            del self.symmetric[next(iter(self.symmetric))]
        return loaded

    def load(self, material: KeyMaterial, unwrap: Callable[[], bytes]) -> LoadedKey:
        """The key behind `material`, ready for use: a private key, or the bytes of an HMAC key."""
        found = self._loaded.get(material.KeyMaterialId)
        if found is None:
            secret = unwrap()
            # The lab made this key itself, so its primes need no second test.
            found = secret if material.PublicKey is None else keys.load_private(secret, validate=False)
            self._loaded[material.KeyMaterialId] = found
            if len(self._loaded) > CAPACITY:
                del self._loaded[next(iter(self._loaded))]
        return found

    def forget(self, material_id: str) -> None:
        """Erase one backing key."""
        self.symmetric.pop(material_id, None)
        self._loaded.pop(material_id, None)


def generate(spec: KeySpec) -> tuple[bytes, bytes | None]:
    """New material for a key spec: the secret bytes (DER for a key pair), and the public key's DER."""
    if spec.symmetric:
        assert isinstance(spec.size, int)
        return random_bytes(spec.size), None
    return generate_pair(spec)


def generate_pair(spec: KeySpec) -> tuple[bytes, bytes]:
    """A new key pair of an asymmetric spec: the private key as PKCS#8 DER, the public key as DER."""
    size: Any = spec.size  # which type it is, the family decides
    private = _GENERATE[spec.primitive](size)
    return keys.private_der(private), keys.public_der(private.public_key())


def _elliptic(curve: str) -> PrivateKey:
    if curve == "SM2":
        return sm2.generate()
    secret = ecc.generate_ed25519() if curve == "Ed25519" else ecc.generate(curve)  # type: ignore[arg-type]
    return keys.load_private(secret, validate=False)


_GENERATE: dict[str, Callable[[Any], PrivateKey]] = {
    "RSA": lambda bits: keys.load_private(rsa.generate(bits), validate=False),
    "ECC": _elliptic,
    "ML-DSA": mldsa.generate,
    "ML-KEM": mlkem.generate,
}
