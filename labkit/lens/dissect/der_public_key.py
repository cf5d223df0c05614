"""A public key as GetPublicKey answers it: SubjectPublicKeyInfo, what it is for, then the key (RFC 5280)."""

from labkit.crypto.der import BIT_STRING, SEQUENCE
from labkit.lens.dissect.der_algorithms import ED25519, ML_DSA, ML_KEM, RSA, Algorithm, read_algorithm
from labkit.lens.dissect.der_reader import DerReader, contents
from labkit.lens.dissect.fields import Field

KIND = "SubjectPublicKeyInfo"
EXPECTS = "a public key (30)"
PEM = "PUBLIC KEY"

_ED25519_BYTES = 32
_SEED_BYTES = 32


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be a public key: a SEQUENCE that begins with a SEQUENCE."""
    return contents(data)[:1] == bytes((SEQUENCE,))


def read(data: bytes) -> tuple[Field, ...]:
    """Return the key's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    der = DerReader(KIND, data)
    with der.inside(KIND, SEQUENCE, "an algorithm, and a public key for it", "RFC 5280, section 4.1.2.7"):
        algorithm = read_algorithm(der, "algorithm")
        with der.inside("subjectPublicKey", BIT_STRING, "the public key", "RFC 5280, section 4.1.2.7"):
            read_unused_bits(der)
            _read_key(der, algorithm)
    return der.done()


def read_unused_bits(der: DerReader) -> None:
    """Read the first byte of a BIT STRING, which for keys is always zero."""
    meaning = "how many bits of the last byte do not count: none, a key is whole bytes"
    der.take("unused bits", 1, meaning, "DER (X.690, section 8.6)", must_be=b"\0")


def read_point(der: DerReader, algorithm: Algorithm) -> None:
    """Read a point of an elliptic curve, as 04, X, Y."""
    origin = f"RFC 5480, section 2.2; SEC 1, section 2.3.3, on {algorithm.name}"
    size = algorithm.coordinate_bytes
    der.take("form", 1, "04: uncompressed, both coordinates follow", origin, must_be=b"\x04")
    der.take("X", size, "the point's first coordinate, big-endian", origin)
    der.take("Y", size, "the point's second coordinate; X would tell it, up to its sign", origin)


def read_modulus(der: DerReader) -> None:
    """Read n and e of an RSA key, in which it is told how long the key is."""
    n = der.integer("modulus", "n", "the product of two secret primes", "RFC 8017, appendix A.1.1")
    bits = n.bit_length()
    last = der.fields[-1]
    der.fields[-1] = Field(last.path, last.offset, last.raw, f"{last.meaning}: {bits} bits", last.origin)
    der.integer("publicExponent", "e", "the power that encrypts and verifies", "RFC 8017, appendix A.1.1")


def _read_key(der: DerReader, algorithm: Algorithm) -> None:
    if algorithm.identifier == RSA:
        with der.inside("RSAPublicKey", SEQUENCE, "modulus and exponent", "RFC 8017, appendix A.1.1"):
            read_modulus(der)
    elif algorithm.identifier == ED25519:
        meaning = "the point A: its Y coordinate, and in the top bit the sign of X"
        der.take("A", _ED25519_BYTES, meaning, "RFC 8032, section 5.1.5")
    elif algorithm.identifier in ML_DSA:
        origin = "FIPS 204, algorithm 22 (pkEncode)"
        der.take("rho", _SEED_BYTES, "the seed from which the public matrix A is expanded", origin)
        meaning = "the high bits of t = A s1 + s2, in which s1 and s2 are hidden"
        der.take("t1", ML_DSA[algorithm.identifier] - _SEED_BYTES, meaning, origin)
    elif algorithm.identifier in ML_KEM:
        origin = "FIPS 203, algorithm 13 (K-PKE.KeyGen)"
        meaning = "t = A s + e, in which s is hidden, 12 bits a coefficient"
        der.take("t", ML_KEM[algorithm.identifier] - _SEED_BYTES, meaning, origin)
        der.take("rho", _SEED_BYTES, "the seed from which the public matrix A is expanded", origin)
    else:
        read_point(der, algorithm)
