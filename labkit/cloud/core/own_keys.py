"""What a service holds for a while, and no key of a customer's protects: it lies under the service's own key.

Events that wait for their function, or for their queue, may hold anything. On AWS they are encrypted under
keys that the service owns and nobody sees; here such a key is derived from the secret of the lab's HSMs.
Source: KMS Developer Guide, "KMS keys" ("AWS owned keys"); EventBridge User Guide, "Encryption at rest".
"""

from labkit.cloud.state.hsm_memory import HsmMemory
from labkit.crypto import aead, kdf
from labkit.crypto.randomness import random_bytes

LABEL = b"labkit own key of a service"


def seal_own(memory: HsmMemory, service: str, plaintext: bytes) -> bytes:
    """`plaintext` under the key that belongs to `service`: IV, ciphertext, tag."""
    iv = random_bytes(aead.IV_BYTES)
    ciphertext, tag = aead.seal(_key(memory, service), iv, plaintext, b"")
    return iv + ciphertext + tag


def open_own(memory: HsmMemory, service: str, sealed: bytes) -> bytes:
    """What `seal_own` was given. AuthenticationFailed: it was another service's, or a byte is another."""
    iv, ciphertext = sealed[: aead.IV_BYTES], sealed[aead.IV_BYTES : -aead.TAG_BYTES]
    return aead.open_(_key(memory, service), iv, ciphertext, sealed[-aead.TAG_BYTES :], b"")


def _key(memory: HsmMemory, service: str) -> bytes:
    return kdf.derive(memory.root, LABEL, service.encode(), aead.KEY_BYTES)
