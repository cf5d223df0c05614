"""What the module does with key material that comes from outside: open the wrapping, and trust nothing.

An import token is the private half of a wrapping key, sealed by the module for one KMS key until one moment.
So the module need not remember a wrapping key: whoever brings the token brings it back, and can't read it.

    version 01, length and name of the domain key, nonce 16, IV 12, tag 16, ciphertext

The form of the token is the lab's own; AWS's is not public.
Source: KMS Developer Guide, "Requirements for imported key material", "Select a wrapping algorithm".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from labkit.cloud.services.kms.hsm_keys import generate_pair
from labkit.cloud.services.kms.key_specs import KeySpec
from labkit.crypto import aead, kdf, keys, rsa, wrap
from labkit.crypto.digests import HashName
from labkit.crypto.errors import AuthenticationFailed, CryptoError
from labkit.crypto.randomness import random_bytes
from labkit.crypto.sm2 import encryption
from labkit.crypto.sm2.keys import Sm2PrivateKey

WrappingKey = RSAPrivateKey | Sm2PrivateKey

DIRECT: dict[str, HashName] = {"RSAES_OAEP_SHA_1": "SHA-1", "RSAES_OAEP_SHA_256": "SHA-256"}
HYBRID: dict[str, HashName] = {"RSA_AES_KEY_WRAP_SHA_1": "SHA-1", "RSA_AES_KEY_WRAP_SHA_256": "SHA-256"}
SM2PKE = "SM2PKE"

_VERSION = b"\x01"
_LABEL = b"labkit import token"
_NONCE_BYTES = 16
_TIME_BYTES = 8
_CURVES = {"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1", "secp256k1": "secp256k1"}
_LEAST_WRAPPED = 16  # AES-KWP of 1 to 8 bytes


class BadImportTokenError(Exception):
    """These bytes are no import token for this KMS key."""


class ExpiredImportTokenError(Exception):
    """The import token was good for this KMS key, and is no longer."""


class WrappedSizeError(Exception):
    """What is said to be wrapped key material has a length that the wrapping algorithm never gives."""


class UnwrappingError(Exception):
    """The key material was not wrapped under this wrapping key with this algorithm."""


class BadMaterialError(Exception):
    """What was wrapped is no key of the KMS key's spec."""


class ImportTicket(NamedTuple):
    """What an import token says, once the module has opened it. It holds a secret and stays in the module."""

    algorithm: str
    valid_to: datetime
    wrapping_key: WrappingKey

    def __repr__(self) -> str:
        return f"<an import ticket for {self.algorithm}>"

    @classmethod
    def new(cls, spec: KeySpec, algorithm: str, valid_to: datetime) -> "ImportTicket":
        """A ticket with a fresh wrapping key of this spec, which is one of RSA or SM2."""
        return cls(algorithm, valid_to, _loaded(generate_pair(spec)[0]))

    @property
    def public_key(self) -> bytes:
        """The wrapping public key as DER SubjectPublicKeyInfo."""
        return keys.public_der(self.wrapping_key.public_key())

    def seal(self, domain: str, domain_key: bytes, arn: str) -> bytes:
        """The import token: nobody but the module opens it, and for no other KMS key than `arn`."""
        name, algorithm = domain.encode(), self.algorithm.encode()
        fresh = random_bytes(_NONCE_BYTES + aead.IV_BYTES)
        header = _VERSION + bytes([len(name)]) + name + fresh
        until = int(self.valid_to.timestamp()).to_bytes(_TIME_BYTES, "big")
        secret = until + bytes([len(algorithm)]) + algorithm + keys.private_der(self.wrapping_key)
        token_key = kdf.derive(domain_key, _LABEL, fresh[:_NONCE_BYTES], aead.KEY_BYTES)
        ciphertext, tag = aead.seal(token_key, fresh[_NONCE_BYTES:], secret, header + arn.encode())
        return header + tag + ciphertext

    @classmethod
    def open(
        cls, token: bytes, arn: str, domain_key: Callable[[str], bytes], now: datetime
    ) -> "ImportTicket":
        """The ticket that `seal` sealed; `domain_key` tells a domain key by its name.

        Raises:
            BadImportTokenError: it is another key's, changed, or no token at all.
            ExpiredImportTokenError: its time is over.
        """
        name_end = 2 + (token[1] if len(token) > 1 else 0)
        nonce_end = name_end + _NONCE_BYTES
        iv_end = nonce_end + aead.IV_BYTES
        tag_end = iv_end + aead.TAG_BYTES
        if token[:1] != _VERSION or len(token) < tag_end:
            raise BadImportTokenError
        header, tag, ciphertext = token[:iv_end], token[iv_end:tag_end], token[tag_end:]
        nonce, iv = token[name_end:nonce_end], token[nonce_end:iv_end]
        try:
            token_key = kdf.derive(domain_key(token[2:name_end].decode()), _LABEL, nonce, aead.KEY_BYTES)
            secret = aead.open_(token_key, iv, ciphertext, tag, header + arn.encode())
        except (UnicodeDecodeError, AuthenticationFailed):
            raise BadImportTokenError from None
        valid_to = datetime.fromtimestamp(int.from_bytes(secret[:_TIME_BYTES], "big"), UTC)
        if valid_to <= now:
            raise ExpiredImportTokenError
        algorithm_at = _TIME_BYTES + 1
        key_at = algorithm_at + secret[_TIME_BYTES]
        return cls(secret[algorithm_at:key_at].decode(), valid_to, _loaded(secret[key_at:]))


def unwrap_material(ticket: ImportTicket, wrapped: bytes) -> bytes:
    """The bytes that the caller wrapped. Raises WrappedSizeError, UnwrappingError."""
    private = ticket.wrapping_key
    try:
        if isinstance(private, Sm2PrivateKey):
            return encryption.decrypt(private, wrapped)
        beyond = len(wrapped) - private.key_size // 8
        if ticket.algorithm in DIRECT:
            if beyond:
                raise WrappedSizeError
            return rsa.decrypt(private, wrapped, DIRECT[ticket.algorithm])
        if beyond < _LEAST_WRAPPED or beyond % 8:
            raise WrappedSizeError
        return wrap.rsa_aes_unwrap(private, wrapped, HYBRID[ticket.algorithm])
    except CryptoError:
        raise UnwrappingError from None


def check_material(spec: KeySpec, material: bytes) -> tuple[bytes, bytes | None]:
    """The material as the module keeps it, and its public half: bytes as they are, or a key pair's DER.

    A private key is written anew, so that one key has one form, whatever its optional fields held: the
    same key imported again must give the same KeyMaterialId. Raises BadMaterialError.
    """
    if spec.symmetric:
        if len(material) != spec.size:
            raise BadMaterialError
        return material, None
    try:
        private = keys.load_private(material, validate=True)
    except ValueError:
        raise BadMaterialError from None
    if not _fits(spec, private):
        raise BadMaterialError
    return keys.private_der(private), keys.public_der(private.public_key())


def _fits(spec: KeySpec, private: keys.PrivateKey) -> bool:
    if isinstance(private, RSAPrivateKey):
        return spec.primitive == "RSA" and private.key_size == spec.size
    if isinstance(private, EllipticCurvePrivateKey):
        return spec.primitive == "ECC" and private.curve.name == _CURVES.get(str(spec.size))
    if isinstance(private, Sm2PrivateKey):
        return spec.size == "SM2"
    return isinstance(private, Ed25519PrivateKey) and spec.size == "Ed25519"


def _loaded(der: bytes) -> WrappingKey:
    # Wrapping keys are the module's own, so their primes need no second test.
    return cast(WrappingKey, keys.load_private(der, validate=False))
