"""Where a symmetric ciphertext is made and opened, whichever module holds the key.

    AWS_KMS, EXTERNAL     KMS's own modules
    AWS_CLOUDHSM          the cluster of the key store
    EXTERNAL_KEY_STORE    KMS's own modules first, then the external key manager: double encryption

Encrypt, ReEncrypt and the data keys all come here; none of them needs to know where a key lives.
Source: KMS Developer Guide, "Key stores", "How external key stores work: Double encryption".
"""

from collections.abc import Mapping

from labkit.cloud.services.kms.blob import NONCE_BYTES, Blob, MalformedBlob, header
from labkit.cloud.services.kms.keystores.backing import KeyStoreService
from labkit.cloud.services.kms.keystores.failures import CORRUPT, FAILURES, XksError
from labkit.cloud.services.kms.keystores.model import AWS_CLOUDHSM, EXTERNAL_KEY_STORE
from labkit.cloud.services.kms.model import Key, KeyMaterial
from labkit.cloud.services.kms.service import faults
from labkit.crypto.aad import encode_context
from labkit.crypto.errors import AuthenticationFailed
from labkit.crypto.randomness import random_bytes
from labkit.records import Record


class Recognised(Record):
    """A ciphertext blob that has been taken apart, and the material that it names."""

    blob: Blob
    material: KeyMaterial


class Sealing(KeyStoreService):
    """Symmetric encryption under a KMS key, by the module its `Origin` says."""

    def seal(self, key: Key, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """The ciphertext blob of `plaintext` under the key's current material.

        Raises:
            KMSInvalidStateException: the key store of the key does not answer as it should.
        """
        material = self.material_of(key)
        if key.Origin == AWS_CLOUDHSM:
            module = self.module_of(key)
            return module.encrypt(self.material_in(module, key, material), plaintext, context)
        blob = self.hsm.encrypt(material, plaintext, context)
        return self._seal_outside(key, material, blob, context) if key.Origin == EXTERNAL_KEY_STORE else blob

    def open(self, key: Key, sealed: Recognised, context: Mapping[str, str]) -> bytes:
        """What is in a ciphertext blob that names a material of this key.

        Raises:
            InvalidCiphertextException: a bit of it has changed, or the context is another one.
            KMSInvalidStateException: the key store of the key does not answer as it should.
        """
        blob, material = sealed.blob, sealed.material
        try:
            if key.Origin == AWS_CLOUDHSM:
                module = self.module_of(key)
                return module.decrypt(self.material_in(module, key, material), blob, context)
            if key.Origin == EXTERNAL_KEY_STORE:
                return self._open_outside(key, material, blob, context)
            return self.hsm.decrypt(material, blob, context)
        except AuthenticationFailed:
            raise faults.InvalidCiphertextException() from None

    def _seal_outside(
        self, key: Key, material: KeyMaterial, blob: bytes, context: Mapping[str, str]
    ) -> bytes:
        """Have the external key manager seal KMS's own ciphertext once more; the layout stays the same."""
        assert key.XksKeyId is not None
        reference, nonce = bytes.fromhex(material.KeyMaterialId), random_bytes(NONCE_BYTES)
        aad = header(reference, nonce) + encode_context(context)
        try:
            sealed = self.proxy_of(self.key_store_of(key)).encrypt(key.XksKeyId, key.Arn, blob, aad)
        except XksError as error:
            raise faults.KMSInvalidStateException(error.failure.message) from None
        content = bytes([len(sealed.metadata)]) + sealed.metadata + sealed.ciphertext
        return Blob(reference, nonce, sealed.iv, content, sealed.tag).encode()

    def _open_outside(self, key: Key, material: KeyMaterial, blob: Blob, context: Mapping[str, str]) -> bytes:
        """Have the external key manager open its layer, and open KMS's own below it."""
        from labkit.cloud.services.kms.keystores.xks_client import Sealed

        assert key.XksKeyId is not None
        aad = blob.bound_to(context)
        end = 1 + int.from_bytes(blob.ciphertext[:1], "big")
        sealed = Sealed(blob.iv, blob.ciphertext[1:end], blob.ciphertext[end:], blob.tag)
        try:
            within = self.proxy_of(self.key_store_of(key)).decrypt(key.XksKeyId, key.Arn, sealed, aad)
            return self.hsm.decrypt(material, Blob.decode(within), context)
        except XksError as error:
            raise faults.KMSInvalidStateException(error.failure.message) from None
        except (MalformedBlob, AuthenticationFailed):
            raise faults.KMSInvalidStateException(FAILURES[CORRUPT].message) from None
