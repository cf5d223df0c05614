"""AlgorithmIdentifier: what a key is for, said before the key itself (RFC 5280, section 4.1.1.2).

The identifier settles how the bytes of the key are to be read; for elliptic curves it takes two, one for
"a point on a curve" and one for which curve.
"""

from typing import NamedTuple

from labkit.crypto.der import SEQUENCE
from labkit.lens.dissect.der_names import NAMES
from labkit.lens.dissect.der_reader import DerReader

RSA = "1.2.840.113549.1.1.1"
EC = "1.2.840.10045.2.1"
ED25519 = "1.3.101.112"
ML_DSA = {  # bytes of the public key: FIPS 204, table 2
    "2.16.840.1.101.3.4.3.17": 1312,
    "2.16.840.1.101.3.4.3.18": 1952,
    "2.16.840.1.101.3.4.3.19": 2592,
}
ML_KEM = {  # bytes of the encapsulation key: FIPS 203, table 3
    "2.16.840.1.101.3.4.4.1": 800,
    "2.16.840.1.101.3.4.4.2": 1184,
    "2.16.840.1.101.3.4.4.3": 1568,
}
CURVES = {  # bytes of a coordinate, and of a private key
    "1.2.840.10045.3.1.7": 32,
    "1.3.132.0.34": 48,
    "1.3.132.0.35": 66,
    "1.3.132.0.10": 32,
    "1.2.156.10197.1.301": 32,
}


class Algorithm(NamedTuple):
    """What a key is for: the numbers of its algorithm, and of its curve if it is on one."""

    identifier: str
    curve: str = ""

    @property
    def name(self) -> str:
        """The curve, or the algorithm, by name."""
        return NAMES[self.curve or self.identifier].name

    @property
    def coordinate_bytes(self) -> int:
        """How long a coordinate of a point is, for a key on a curve."""
        return CURVES[self.curve]


def read_algorithm(der: DerReader, name: str) -> Algorithm:
    """Read the AlgorithmIdentifier of a key."""
    with der.inside(name, SEQUENCE, "what the key is for", "AlgorithmIdentifier, RFC 5280, section 4.1.1.2"):
        identifier = der.identifier("algorithm", RSA, EC, ED25519, *ML_DSA, *ML_KEM)
        if identifier == EC:
            return Algorithm(identifier, der.identifier("namedCurve", *CURVES))
        if identifier == RSA:
            der.null("parameters", "RSA has no parameters, and says so", "RFC 8017, appendix A.1")
    return Algorithm(identifier)
