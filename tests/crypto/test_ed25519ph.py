"""Ed25519ph against RFC 8032, and apart from Ed25519."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labkit.crypto import ecc, ed25519ph
from labkit.crypto.errors import InvalidSignature

# RFC 8032, section 7.3.
SECRET = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
PUBLIC = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"
SIGNATURE = (
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
    "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
)


def test_rfc_8032_vector() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SECRET))
    assert key.public_key().public_bytes_raw().hex() == PUBLIC
    assert ed25519ph.sign(key, b"abc").hex() == SIGNATURE
    ed25519ph.verify(key.public_key(), b"abc", bytes.fromhex(SIGNATURE))


def test_what_is_not_its_signature_is_refused() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    signature = ed25519ph.sign(key, b"message")
    assert len(signature) == 64
    changed = bytes((signature[0] ^ 1,)) + signature[1:]
    for public, message, claimed in [
        (key.public_key(), b"massage", signature),
        (key.public_key(), b"message", changed),
        (key.public_key(), b"message", signature[:-1]),
        (key.public_key(), b"message", b""),
        (other.public_key(), b"message", signature),
        (key.public_key(), b"message", ecc.sign_ed25519(key, b"message")),
    ]:
        with pytest.raises(InvalidSignature):
            ed25519ph.verify(public, message, claimed)
    with pytest.raises(InvalidSignature):
        ecc.verify_ed25519(key.public_key(), b"message", signature)
