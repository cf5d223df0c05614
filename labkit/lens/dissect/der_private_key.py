"""A private key as data key pairs give it, in the clear: PKCS#8 (RFC 5208, RFC 5958).

Of all that is dissected here, this alone is a secret: it shows what was already in hand. What holds the
secret is called so, and no repr shows it.
"""

from labkit.crypto.der import BIT_STRING, OCTET_STRING, SEQUENCE, context_tag
from labkit.lens.dissect.der_algorithms import ED25519, ML_DSA, ML_KEM, RSA, Algorithm, read_algorithm
from labkit.lens.dissect.der_public_key import read_modulus, read_point, read_unused_bits
from labkit.lens.dissect.der_reader import DerReader, contents
from labkit.lens.dissect.fields import Field

KIND = "PKCS#8 private key, a secret"
EXPECTS = "a private key (30)"
PEM = "PRIVATE KEY"

_BEGINNING = bytes((0x02, 0x01, 0x00))  # version 0
_RSA_NUMBERS = {
    "privateExponent": ("d", "SECRET: the power that decrypts and signs"),
    "prime1": ("p", "SECRET: one prime of the modulus; either gives away all the rest"),
    "prime2": ("q", "SECRET: the other prime"),
    "exponent1": ("dP", "SECRET: d mod (p - 1), which makes decrypting faster"),
    "exponent2": ("dQ", "SECRET: d mod (q - 1)"),
    "coefficient": ("qInv", "SECRET: the inverse of q mod p, to put both halves together"),
}
_ED25519_BYTES = 32
_ML_DSA_SEED_BYTES = 32
_ML_KEM_HALF_SEED_BYTES = 32


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be PKCS#8: a SEQUENCE that begins with the version 0."""
    return contents(data).startswith(_BEGINNING)


def read(data: bytes) -> tuple[Field, ...]:
    """Return the key's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    der = DerReader(KIND, data)
    origin = "RFC 5958, section 2"
    with der.inside("PrivateKeyInfo", SEQUENCE, "an algorithm, and a private key for it", origin):
        der.constant("version", 0, "no public key is added to it at this level", origin)
        algorithm = read_algorithm(der, "privateKeyAlgorithm")
        with der.inside("privateKey", OCTET_STRING, "SECRET: whoever has it can do all it is for", origin):
            _read_key(der, algorithm)
    return der.done()


def _read_key(der: DerReader, algorithm: Algorithm) -> None:
    if algorithm.identifier == RSA:
        _read_rsa(der)
    elif algorithm.identifier == ED25519:
        origin = "RFC 8410, section 7"
        with der.inside("CurvePrivateKey", OCTET_STRING, "an envelope in the envelope", origin):
            meaning = "SECRET: 32 random bytes, hashed into the number that signs"
            der.take("seed", _ED25519_BYTES, meaning, "RFC 8032, section 5.1.5")
    elif algorithm.identifier in ML_DSA:
        with der.inside(
            "seed", context_tag(0, constructed=False), "the key as its seed", "RFC 9881, section 6"
        ):
            meaning = "SECRET: all of the key is computed from it"
            der.take("xi", _ML_DSA_SEED_BYTES, meaning, "FIPS 204, algorithm 1")
    elif algorithm.identifier in ML_KEM:
        with der.inside(
            "seed", context_tag(0, constructed=False), "the key as its seed", "RFC 9935, section 6"
        ):
            origin, size = "FIPS 203, algorithm 19", _ML_KEM_HALF_SEED_BYTES
            der.take("d", size, "SECRET: the keys are computed from it", origin)
            der.take("z", size, "SECRET: answers for ciphertexts that were changed", origin)
    else:
        _read_ec(der, algorithm)


def _read_rsa(der: DerReader) -> None:
    origin = "RFC 8017, appendix A.1.2"
    with der.inside("RSAPrivateKey", SEQUENCE, "the public numbers, then the secret ones", origin):
        der.constant("version", 0, "two primes", origin)
        read_modulus(der)
        for name, (letter, meaning) in _RSA_NUMBERS.items():
            der.integer(name, letter, meaning, origin)


def _read_ec(der: DerReader, algorithm: Algorithm) -> None:
    origin, public = "RFC 5915, section 3", context_tag(1, constructed=True)
    with der.inside("ECPrivateKey", SEQUENCE, "the secret number, and the point it gives", origin):
        der.constant("version", 1, "the only one there is", origin)
        with der.inside("scalar", OCTET_STRING, "as long as a coordinate of the curve", origin):
            der.take("d", algorithm.coordinate_bytes, "SECRET: d; d times G is the public key", origin)
        if der.next_is(public):
            with (
                der.inside("publicKey", public, "the public key, which anyone could compute from d", origin),
                der.inside("point", BIT_STRING, "the public key", origin),
            ):
                read_unused_bits(der)
                read_point(der, algorithm)
