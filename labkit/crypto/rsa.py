"""RSA: OAEP for encryption, PSS and PKCS#1 v1.5 for signatures (RFC 8017).

RSA works on numbers, and everything that makes it safe is in the padding. OAEP and PSS are randomised and
come with proofs; PKCS#1 v1.5 signatures are deterministic and older, and much of the world knows
only those.
"""

from typing import Literal

from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from labkit.crypto.digests import PYCA, HashName, digest
from labkit.crypto.errors import DecryptionFailed, InvalidSignature
from labkit.crypto.keys import private_der

Scheme = Literal["PSS", "PKCS1-v1_5"]


def generate(bits: int) -> bytes:
    """Make an RSA key of `bits` bits with the exponent 65537; return it as PKCS#8 DER."""
    return private_der(rsa.generate_private_key(public_exponent=65537, key_size=bits))


def encrypt(key: rsa.RSAPublicKey, plaintext: bytes, hash_name: HashName) -> bytes:
    """Encrypt with RSAES-OAEP, `hash_name` serving both as its hash and in MGF1, the label empty.

    Takes at most modulus bytes - 2 * hash bytes - 2 bytes, such as 190 for RSA 2048 with SHA-256, and
    raises ValueError beyond. Returns as many bytes as the modulus has.
    """
    return key.encrypt(plaintext, _oaep(hash_name))


def decrypt(key: rsa.RSAPrivateKey, ciphertext: bytes, hash_name: HashName) -> bytes:
    """Decrypt RSAES-OAEP. Raises DecryptionFailed, with one message for every reason there may be."""
    try:
        return key.decrypt(ciphertext, _oaep(hash_name))
    except ValueError:
        raise DecryptionFailed("the ciphertext was not made for this key with this padding") from None


def sign(key: rsa.RSAPrivateKey, message: bytes, scheme: Scheme, hash_name: HashName) -> bytes:
    """Hash and sign a message: KMS's MessageType RAW. Returns as many bytes as the modulus has."""
    return sign_digest(key, digest(message, hash_name), scheme, hash_name)


def sign_digest(key: rsa.RSAPrivateKey, hashed: bytes, scheme: Scheme, hash_name: HashName) -> bytes:
    """Sign a message already hashed: KMS's MessageType DIGEST. Raises ValueError for a wrong size."""
    return key.sign(hashed, _signature_padding(scheme, hash_name), Prehashed(PYCA[hash_name]))


def verify(
    key: rsa.RSAPublicKey, message: bytes, signature: bytes, scheme: Scheme, hash_name: HashName
) -> None:
    """Return if `signature` is `message`'s; raise InvalidSignature if it is not."""
    verify_digest(key, digest(message, hash_name), signature, scheme, hash_name)


def verify_digest(
    key: rsa.RSAPublicKey, hashed: bytes, signature: bytes, scheme: Scheme, hash_name: HashName
) -> None:
    """Like `verify`, for a message already hashed. Raises ValueError for a digest of another size."""
    try:
        key.verify(signature, hashed, _signature_padding(scheme, hash_name), Prehashed(PYCA[hash_name]))
    except PycaInvalidSignature:
        raise InvalidSignature("the signature does not belong to this message and key") from None


def _oaep(hash_name: HashName) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(PYCA[hash_name]), PYCA[hash_name], label=None)


def _signature_padding(scheme: Scheme, hash_name: HashName) -> padding.AsymmetricPadding:
    if scheme == "PSS":
        # The salt is as long as the digest, as in FIPS 186-5 and KMS; a longer one would not verify there.
        return padding.PSS(padding.MGF1(PYCA[hash_name]), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()
