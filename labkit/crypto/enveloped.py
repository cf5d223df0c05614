"""CMS EnvelopedData: bytes for the holder of one RSA key, and for nobody else (RFC 5652, section 6).

A fresh AES-256 key encrypts the content in CBC mode; RSAES-OAEP with SHA-256 encrypts that key. It is
envelope encryption once more, in the form that KMS answers attested enclaves with. CBC carries no tag: that a
bit was changed shows, if at all, only in the padding.
"""

from dataclasses import dataclass
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509 import ObjectIdentifier, SubjectKeyIdentifier

from labkit.crypto import rsa
from labkit.crypto.errors import DecryptionFailed
from labkit.crypto.randomness import random_bytes

ENVELOPED_DATA = ObjectIdentifier("1.2.840.113549.1.7.3")
DATA = ObjectIdentifier("1.2.840.113549.1.7.1")
RSAES_OAEP = ObjectIdentifier("1.2.840.113549.1.1.7")
MGF1 = ObjectIdentifier("1.2.840.113549.1.1.8")
SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
AES256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")
KEY_BYTES, BLOCK_BYTES = 32, 16


@asn1.sequence
@dataclass
class HashAlgorithm:
    """AlgorithmIdentifier of a hash function (RFC 5280, section 4.1.1.2)."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
@dataclass
class MaskAlgorithm:
    """AlgorithmIdentifier of a mask generation function, whose parameter is a hash (RFC 8017, A.2.1)."""

    algorithm: ObjectIdentifier
    parameters: HashAlgorithm


@asn1.sequence
@dataclass
class OaepParameters:
    """RSAES-OAEP-params (RFC 8017, A.2.1); the label is the empty one."""

    hash_algorithm: Annotated[HashAlgorithm, asn1.Explicit(0)]
    mask_algorithm: Annotated[MaskAlgorithm, asn1.Explicit(1)]


@asn1.sequence
@dataclass
class KeyEncryptionAlgorithm:
    """AlgorithmIdentifier of RSAES-OAEP."""

    algorithm: ObjectIdentifier
    parameters: OaepParameters


@asn1.sequence
@dataclass
class KeyTransRecipientInfo:
    """Who can open it: the holder of the RSA key with this identifier (RFC 5652, section 6.2.1)."""

    version: int
    subject_key_identifier: Annotated[bytes, asn1.Implicit(0)]
    key_encryption_algorithm: KeyEncryptionAlgorithm
    encrypted_key: bytes


@asn1.sequence
@dataclass
class ContentEncryptionAlgorithm:
    """AlgorithmIdentifier of AES-256-CBC; its parameter is the IV (RFC 3565, section 2.3)."""

    algorithm: ObjectIdentifier
    iv: bytes


@asn1.sequence
@dataclass
class EncryptedContentInfo:
    """What is inside, how it was encrypted, and the ciphertext (RFC 5652, section 6.1)."""

    content_type: ObjectIdentifier
    content_encryption_algorithm: ContentEncryptionAlgorithm
    encrypted_content: Annotated[bytes, asn1.Implicit(0)]


@asn1.sequence
@dataclass
class EnvelopedData:
    """Recipients, and the content (RFC 5652, section 6.1)."""

    version: int
    recipient_infos: asn1.SetOf[KeyTransRecipientInfo]
    encrypted_content_info: EncryptedContentInfo


@asn1.sequence
@dataclass
class ContentInfo:
    """The outermost layer, which names what it holds (RFC 5652, section 3)."""

    content_type: ObjectIdentifier
    content: Annotated[EnvelopedData, asn1.Explicit(0)]


_SHA256 = HashAlgorithm(SHA256, asn1.Null())
_OAEP = KeyEncryptionAlgorithm(RSAES_OAEP, OaepParameters(_SHA256, MaskAlgorithm(MGF1, _SHA256)))


def seal_for(key: RSAPublicKey, content: bytes) -> bytes:
    """`content` as the DER of an EnvelopedData that only the holder of `key`'s private half can open."""
    content_key, iv = random_bytes(KEY_BYTES), random_bytes(BLOCK_BYTES)
    padder = PKCS7(AES256.block_size).padder()
    encryptor = Cipher(AES256(content_key), CBC(iv)).encryptor()
    ciphertext = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    recipient = KeyTransRecipientInfo(
        version=2,
        subject_key_identifier=SubjectKeyIdentifier.from_public_key(key).digest,
        key_encryption_algorithm=_OAEP,
        encrypted_key=rsa.encrypt(key, content_key, "SHA-256"),
    )
    inside = EncryptedContentInfo(DATA, ContentEncryptionAlgorithm(AES256_CBC, iv), ciphertext)
    enveloped = EnvelopedData(2, asn1.SetOf([recipient]), inside)
    return asn1.encode_der(ContentInfo(ENVELOPED_DATA, enveloped))


def open_with(key: RSAPrivateKey, der: bytes) -> bytes:
    """The content of what `seal_for` made for this key.

    Raises:
        DecryptionFailed: it was made for another key, or is not an EnvelopedData of this kind.
    """
    try:
        enveloped = asn1.decode_der(ContentInfo, der).content
        (recipient,) = enveloped.recipient_infos.as_list()
        inside = enveloped.encrypted_content_info
        content_key = rsa.decrypt(key, recipient.encrypted_key, "SHA-256")
        decryptor = Cipher(AES256(content_key), CBC(inside.content_encryption_algorithm.iv)).decryptor()
        unpadder = PKCS7(AES256.block_size).unpadder()
        padded = decryptor.update(inside.encrypted_content) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise DecryptionFailed("this is not an EnvelopedData for this key") from None
