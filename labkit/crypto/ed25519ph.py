"""Ed25519ph: Ed25519 over the SHA-512 hash of a message (RFC 8032, section 5.1; FIPS 186-5, section 7.8).

Pure Ed25519 reads its message twice, so it can't sign a stream; the hashed variant can. A prefix separates
the two: a signature of one never verifies as the other. pyca does not have it; pycryptodome does.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from labkit.crypto.errors import InvalidSignature


# pycryptodome is imported where it is used: it takes a tenth of a second to load, and few labs sign with it.
def sign(key: Ed25519PrivateKey, message: bytes) -> bytes:
    """Hash `message` with SHA-512 and sign the hash, the context empty. Returns 64 bytes, always the same."""
    from Crypto.Hash import SHA512
    from Crypto.Signature import eddsa

    signer = eddsa.new(eddsa.import_private_key(key.private_bytes_raw()), "rfc8032")
    return signer.sign(SHA512.new(message))


def verify(key: Ed25519PublicKey, message: bytes, signature: bytes) -> None:
    """Return if `signature` is `message`'s; raise InvalidSignature if it is not."""
    from Crypto.Hash import SHA512
    from Crypto.Signature import eddsa

    verifier = eddsa.new(eddsa.import_public_key(key.public_bytes_raw()), "rfc8032")
    try:
        verifier.verify(SHA512.new(message), signature)
    except ValueError:
        raise InvalidSignature("the signature does not belong to this message and key") from None
