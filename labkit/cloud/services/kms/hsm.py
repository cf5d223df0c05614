"""The hardware security module: the only module in labkit that touches the bytes of a KMS key.

    root secret -> domain key (one a region and day) -> wraps backing keys -> derive one key a message

Everything outside holds tokens: material wrapped under a domain key, worthless without this module. Every
operation leaves a note for the lens, with the nonce, the IV and the AAD, and never with a key or a plaintext.
Source: "AWS KMS Cryptographic Details" for the hierarchy. The labels given to the key derivation, and the
form of a token, are the lab's own: AWS publishes neither.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.cloud.core.call import Call, HsmOperation
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.services.kms.blob import NONCE_BYTES, Blob, header, with_inner_header, without_inner_header
from labkit.cloud.services.kms.hsm_keys import HsmKeys, LoadedKey, generate
from labkit.cloud.services.kms.key_specs import KeySpec
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.crypto import aead, kdf, wrap
from labkit.crypto.aad import encode_context
from labkit.crypto.randomness import random_bytes

MESSAGE_KEY = b"labkit message key"
DOMAIN_KEY = b"labkit domain key"
MATERIAL_ID = b"labkit key material id"


class Hsm:
    """The module, as one call sees it. It notes what it does in `call.hsm`."""

    def __init__(self, cloud: Cloud, call: Call) -> None:
        self._root = cloud.hsm_memory.root
        self._keys = cloud.part(HsmKeys)
        self._call = call

    def create_material(self, key_id: str, spec: KeySpec, now: datetime) -> KeyMaterial:
        """Make a backing key. What leaves the module is its token, and its public half if it has one."""
        secret, public = generate(spec)
        material_id = kdf.derive(secret, MATERIAL_ID, key_id.encode(), 32).hex()
        domain = f"{self._call.region}/{now:%Y-%m-%d}"
        token = wrap.wrap_padded(self._domain_key(domain), secret)
        self._note("create", spec.title, material_id, {"wrapped_under": domain})
        return KeyMaterial(material_id, key_id, token, domain, now, PublicKey=public)

    def encrypt(self, material: KeyMaterial, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Seal `plaintext` under a key derived for this one message; returns the ciphertext blob."""
        reference = bytes.fromhex(material.KeyMaterialId)
        fresh = random_bytes(NONCE_BYTES + aead.IV_BYTES)
        nonce, iv = fresh[:NONCE_BYTES], fresh[NONCE_BYTES:]
        aad = header(reference, nonce) + encode_context(context)
        message_key = kdf.derive(self._secret(material), MESSAGE_KEY, nonce, aead.KEY_BYTES)
        ciphertext, tag = aead.seal(message_key, iv, with_inner_header(plaintext), aad)
        self._note(
            "encrypt", "AES-256-GCM", material.KeyMaterialId, _gcm(nonce, iv, aad, tag, len(plaintext))
        )
        return Blob(reference, nonce, iv, ciphertext, tag).encode()

    def decrypt(self, material: KeyMaterial, blob: Blob, context: Mapping[str, str]) -> bytes:
        """Open a blob made under `material`.

        Raises:
            AuthenticationFailed: the context is another one, or a bit of the blob has changed.
        """
        aad = header(blob.key_reference, blob.nonce, blob.prefix) + encode_context(context)
        message_key = kdf.derive(self._secret(material), MESSAGE_KEY, blob.nonce, aead.KEY_BYTES)
        size = len(blob.ciphertext)
        self._note(
            "decrypt", "AES-256-GCM", material.KeyMaterialId, _gcm(blob.nonce, blob.iv, aad, blob.tag, size)
        )
        return without_inner_header(aead.open_(message_key, blob.iv, blob.ciphertext, blob.tag, aad))

    def random(self, count: int) -> bytes:
        """`count` random bytes."""
        self._note("random", "random bit generator", "", {"bytes": count})
        return random_bytes(count)

    def use(
        self, material: KeyMaterial, action: str, algorithm: str, details: Mapping[str, Any]
    ) -> LoadedKey:
        """The loaded RSA, ECC or HMAC key behind `material`, for one operation that is noted here."""
        self._note(action, algorithm, material.KeyMaterialId, dict(details))
        return self._keys.load(material, lambda: self._unwrap(material))

    def forget(self, material: KeyMaterial) -> None:
        """Erase the unwrapped form of a backing key from the module's memory."""
        self._keys.forget(material.KeyMaterialId)

    def reveal(self, material: KeyMaterial) -> bytes:
        """The bytes of a backing key. AWS has no such operation, and never will: the lens alone calls it."""
        return self._unwrap(material)

    def _secret(self, material: KeyMaterial) -> bytes:
        return self._keys.secret(material.KeyMaterialId, lambda: self._unwrap(material))

    def _unwrap(self, material: KeyMaterial) -> bytes:
        return wrap.unwrap_padded(self._domain_key(material.DomainKey), material.Token)

    def _domain_key(self, name: str) -> bytes:
        return kdf.derive(self._root, DOMAIN_KEY, name.encode(), 32)

    def _note(self, action: str, primitive: str, material: str, details: dict[str, Any]) -> None:
        self._call.hsm.append(HsmOperation(action, primitive, material, details))


def _gcm(nonce: bytes, iv: bytes, aad: bytes, tag: bytes, size: int) -> dict[str, Any]:
    return {"nonce": nonce, "iv": iv, "aad": aad, "tag": tag, "bytes": size}
