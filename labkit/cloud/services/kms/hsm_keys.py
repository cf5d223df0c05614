"""The module's working memory: backing keys unwrapped for use, and how a new one is made.

AWS's modules unwrap a token when they need it and keep the key for a while. So does this one; what it keeps
never leaves the process, and is erased when its key is deleted.
"""

from collections.abc import Callable

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.services.kms.key_specs import KeySpec
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.crypto import ecc, keys
from labkit.crypto import rsa as rsa_
from labkit.crypto.keys import PrivateKey
from labkit.crypto.randomness import random_bytes

CAPACITY = 1024

LoadedKey = PrivateKey | bytes


class HsmKeys:
    """Unwrapped backing keys by KeyMaterialId; the one that came first leaves when there are too many."""

    def __init__(self, cloud: Cloud) -> None:
        self._secrets: dict[str, bytes] = {}
        self._loaded: dict[str, LoadedKey] = {}

    def __repr__(self) -> str:
        return f"<HsmKeys: {len(self._secrets) + len(self._loaded)} in use>"

    def secret(self, material_id: str, unwrap: Callable[[], bytes]) -> bytes:
        """The bytes of a symmetric backing key, unwrapped if it is not at hand."""
        found = self._secrets.get(material_id)
        if found is None:
            found = self._secrets[material_id] = unwrap()
            if len(self._secrets) > CAPACITY:
                del self._secrets[next(iter(self._secrets))]
        return found

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
        self._secrets.pop(material_id, None)
        self._loaded.pop(material_id, None)


def generate(spec: KeySpec) -> tuple[bytes, bytes | None]:
    """New material for a key spec: the secret bytes (DER for a key pair), and the public key's DER."""
    if spec.symmetric:
        assert isinstance(spec.size, int)
        return random_bytes(spec.size), None
    if spec.primitive == "RSA":
        assert isinstance(spec.size, int)
        secret = rsa_.generate(spec.size)
    elif spec.size == "Ed25519":
        secret = ecc.generate_ed25519()
    else:
        secret = ecc.generate(spec.size)  # type: ignore[arg-type]
    return secret, keys.public_der(keys.load_private(secret, validate=False).public_key())
