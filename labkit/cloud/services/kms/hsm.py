"""The hardware security module: the only module in labkit that touches the bytes of a KMS key.

    root secret -> domain key (one a region and day) -> wraps backing keys -> derive one key a message

Everything outside holds tokens: material wrapped under a domain key, worthless without this module. Every
operation leaves a note for the lens, with the nonce, the IV and the AAD, and never with a key or a plaintext.
Source: "AWS KMS Cryptographic Details" for the hierarchy. The labels given to the key derivation, and the
form of a token, are the lab's own: AWS publishes neither.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from labkit.cloud.core.call import Call, HsmOperation
from labkit.cloud.services.kms.blob import INNER_HEADER, NONCE_BYTES, Blob, body, without_inner_header
from labkit.cloud.services.kms.hsm_imports import ImportTicket, check_material, unwrap_material
from labkit.cloud.services.kms.hsm_keys import HsmKeys, LoadedKey, SymmetricKey, generate, generate_pair
from labkit.cloud.services.kms.key_specs import KeySpec
from labkit.cloud.services.kms.model import KeyMaterial
from labkit.crypto import aead, kdf, wrap
from labkit.crypto.aad import encode_context
from labkit.crypto.randomness import public_bytes, random_bytes
from labkit.records import Record, replace

DOMAIN_KEY = b"labkit domain key"
MATERIAL_ID = b"labkit key material id"


class Hsm(Record):
    """The module, as one call sees it: its root secret, its working memory, and the call, in whose `hsm` it
    notes what it does.
    """

    hidden: ClassVar = ("root", "keys", "call")

    root: bytes
    keys: HsmKeys
    call: Call

    def create_material(self, key_id: str, spec: KeySpec, now: datetime) -> KeyMaterial:
        """Make a backing key. What leaves the module is its token, and its public half if it has one."""
        return self._keep("create", key_id, spec, generate(spec), now)

    def make_wrapping_key(
        self, arn: str, spec: KeySpec, algorithm: str, valid_to: datetime
    ) -> tuple[bytes, bytes]:
        """A key pair to wrap material for import with: its public half, and the import token."""
        ticket = ImportTicket.new(spec, algorithm, valid_to)
        domain = self._domain(self.call.time)
        self._note("make a wrapping key", spec.title, "", {"sealed_under": domain})
        return ticket.public_key, ticket.seal(domain, self._domain_key(domain), arn)

    def import_material(
        self, arn: str, token: bytes, wrapped: bytes, spec: KeySpec, now: datetime
    ) -> KeyMaterial:
        """Unwrap material that was made elsewhere, and keep it as a backing key of the KMS key `arn`.

        Raises an error of `hsm_imports` if the token, the wrapping or the material is not what it must be.
        """
        ticket = ImportTicket.open(token, arn, self._domain_key, now)
        self._note("unwrap", ticket.algorithm, "", {"bytes": len(wrapped)})
        checked = check_material(spec, unwrap_material(ticket, wrapped))
        return self._keep("import", arn.rsplit("/", 1)[1], spec, checked, now)

    def rewrap(self, material: KeyMaterial, region: str, now: datetime) -> KeyMaterial:
        """The same backing key as a token of another region, for a replica of a multi-Region key."""
        domain = f"{region}/{now:%Y-%m-%d}"
        token = wrap.wrap_padded(self._domain_key(domain), self._unwrap(material))
        self._note("wrap again", "AES-KWP", material.KeyMaterialId, {"wrapped_under": domain})
        return replace(material, Token=token, DomainKey=domain)

    def encrypt(self, material: KeyMaterial, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Seal `plaintext` under a key derived for this one message; returns the ciphertext blob."""
        key = self.keys.symmetric.get(material.KeyMaterialId) or self._load(material)
        fresh = public_bytes(NONCE_BYTES + aead.IV_BYTES)
        nonce, iv = fresh[:NONCE_BYTES], fresh[NONCE_BYTES:]
        header = key.header_start + nonce
        aad = header + encode_context(context)
        message_key = key.message_keys.derive(nonce)
        ciphertext, tag = aead.seal(message_key, iv, INNER_HEADER + plaintext, aad)
        used = {"nonce": nonce, "iv": iv, "aad": aad, "tag": tag, "bytes": len(plaintext)}
        self._note("encrypt", "AES-256-GCM", material.KeyMaterialId, used)
        return header + body(iv, ciphertext, tag)

    def decrypt(self, material: KeyMaterial, blob: Blob, context: Mapping[str, str]) -> bytes:
        """Open a blob made under `material`.

        Raises:
            AuthenticationFailed: the context is another one, or a bit of the blob has changed.
        """
        nonce, iv, ciphertext, tag = blob.nonce, blob.iv, blob.ciphertext, blob.tag
        aad = blob.bound_to(context)
        key = self.keys.symmetric.get(material.KeyMaterialId) or self._load(material)
        message_key = key.message_keys.derive(nonce)
        used = {"nonce": nonce, "iv": iv, "aad": aad, "tag": tag, "bytes": len(ciphertext)}
        self._note("decrypt", "AES-256-GCM", material.KeyMaterialId, used)
        return without_inner_header(aead.open_(message_key, iv, ciphertext, tag, aad))

    def seal_for(self, public_key: RSAPublicKey, plaintext: bytes) -> bytes:
        """`plaintext` as a CMS EnvelopedData that only the holder of this key can open."""
        self._note("seal for recipient", "RSAES-OAEP, AES-256-CBC", "", {"bytes": len(plaintext)})
        from labkit.crypto.enveloped import (
            seal_for,
        )  # with it come certificates, and they take long to import

        return seal_for(public_key, plaintext)

    def random(self, count: int) -> bytes:
        """`count` random bytes."""
        self._note("random", "random bit generator", "", {"bytes": count})
        return random_bytes(count)

    def random_pair(self, spec: KeySpec) -> tuple[bytes, bytes]:
        """A new key pair that the module will not keep: its private key as PKCS#8, its public key as DER."""
        self._note("make a data key pair", spec.title, "", {})
        return generate_pair(spec)

    def use(
        self, material: KeyMaterial, action: str, algorithm: str, details: Mapping[str, Any]
    ) -> LoadedKey:
        """The loaded key pair or HMAC key behind `material`, for one operation that is noted here."""
        self._note(action, algorithm, material.KeyMaterialId, dict(details))
        return self.keys.load(material, lambda: self._unwrap(material))

    def forget(self, material: KeyMaterial) -> None:
        """Erase the unwrapped form of a backing key from the module's memory."""
        self.keys.forget(material.KeyMaterialId)

    def reveal(self, material: KeyMaterial) -> bytes:
        """The bytes of a backing key. AWS has no such operation, and never will: the lens alone calls it."""
        return self._unwrap(material)

    def _keep(
        self, action: str, key_id: str, spec: KeySpec, pair: tuple[bytes, bytes | None], now: datetime
    ) -> KeyMaterial:
        secret, public = pair
        material_id = kdf.derive(secret, MATERIAL_ID, key_id.encode(), 32).hex()
        domain = self._domain(now)
        token = wrap.wrap_padded(self._domain_key(domain), secret)
        self._note(action, spec.title, material_id, {"wrapped_under": domain})
        return KeyMaterial(material_id, key_id, token, domain, now, PublicKey=public)

    def _domain(self, now: datetime) -> str:
        return f"{self.call.region}/{now:%Y-%m-%d}"

    def _load(self, material: KeyMaterial) -> SymmetricKey:
        return self.keys.load_symmetric(material.KeyMaterialId, self._unwrap(material))

    def _unwrap(self, material: KeyMaterial) -> bytes:
        return wrap.unwrap_padded(self._domain_key(material.DomainKey), material.Token)

    def _domain_key(self, name: str) -> bytes:
        return kdf.derive(self.root, DOMAIN_KEY, name.encode(), 32)

    def _note(self, action: str, primitive: str, material: str, details: dict[str, Any]) -> None:
        self.call.hsm.append(HsmOperation(action, primitive, material, details))
