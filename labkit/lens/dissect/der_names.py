"""Object identifiers by name: how ASN.1 says "RSA" or "SHA-256" in a few bytes that nobody else has taken.

An identifier is a path through a tree: 1.2.840.113549 is a company's branch, 1.2.840.113549.1.1.1 the first
algorithm in a document of that company's. Each is listed here with the document that gave it its name.
"""

from typing import NamedTuple

_SEVEN_BITS = 0x7F
_MORE = 0x80


class Named(NamedTuple):
    """What an object identifier stands for, and the document that says so."""

    name: str
    origin: str


NAMES: dict[str, Named] = {
    "1.2.840.113549.1.1.1": Named("rsaEncryption", "RFC 8017, appendix C"),
    "1.2.840.113549.1.1.7": Named("id-RSAES-OAEP", "RFC 8017, appendix C"),
    "1.2.840.113549.1.1.8": Named("id-mgf1", "RFC 8017, appendix C"),
    "1.2.840.113549.1.7.1": Named("id-data", "RFC 5652, section 4"),
    "1.2.840.113549.1.7.3": Named("id-envelopedData", "RFC 5652, section 6.1"),
    "1.2.840.10045.2.1": Named("id-ecPublicKey", "RFC 5480, section 2.1.1"),
    "1.2.840.10045.3.1.7": Named("secp256r1, also called P-256", "RFC 5480, section 2.1.1.1"),
    "1.3.132.0.34": Named("secp384r1, also called P-384", "RFC 5480, section 2.1.1.1"),
    "1.3.132.0.35": Named("secp521r1, also called P-521", "RFC 5480, section 2.1.1.1"),
    "1.3.132.0.10": Named("secp256k1", "SEC 2, appendix A"),
    "1.2.156.10197.1.301": Named("sm2p256v1, the curve of SM2", "GM/T 0006"),
    "1.3.101.112": Named("id-Ed25519", "RFC 8410, section 3"),
    "2.16.840.1.101.3.4.1.42": Named("id-aes256-CBC", "RFC 3565, section 4.1"),
    "2.16.840.1.101.3.4.2.1": Named("id-sha256", "RFC 8017, appendix C"),
    "2.16.840.1.101.3.4.3.17": Named("id-ml-dsa-44", "RFC 9881, section 2"),
    "2.16.840.1.101.3.4.3.18": Named("id-ml-dsa-65", "RFC 9881, section 2"),
    "2.16.840.1.101.3.4.3.19": Named("id-ml-dsa-87", "RFC 9881, section 2"),
    "2.16.840.1.101.3.4.4.1": Named("id-alg-ml-kem-512", "RFC 9935, section 3"),
    "2.16.840.1.101.3.4.4.2": Named("id-alg-ml-kem-768", "RFC 9935, section 3"),
    "2.16.840.1.101.3.4.4.3": Named("id-alg-ml-kem-1024", "RFC 9935, section 3"),
}


def dotted(value: bytes) -> str | None:
    """The numbers in the value of an OBJECT IDENTIFIER; None if it is none (X.690, section 8.19).

    Each number is written in base 128, with the top bit set on all of its bytes but the last. The first
    number stands for two: 40 times the first, plus the second.
    """
    numbers: list[int] = []
    number, begun = 0, False
    for byte in value:
        if byte == _MORE and not begun:
            return None
        number = number << 7 | byte & _SEVEN_BITS
        begun = bool(byte & _MORE)
        if not begun:
            numbers.append(number)
            number = 0
    if begun or not numbers:
        return None
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))
