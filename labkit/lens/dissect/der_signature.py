"""An ECDSA signature: two numbers, r and s, in a SEQUENCE (RFC 3279, section 2.2.3).

Nothing in it says who signed, what, or on which curve: that must be known from elsewhere. KMS gives SM2DSA
signatures the same form.
"""

from labkit.crypto.der import INTEGER, SEQUENCE
from labkit.lens.dissect.der_private_key import matches as is_private_key
from labkit.lens.dissect.der_reader import DerReader, contents
from labkit.lens.dissect.fields import Field

KIND = "ECDSA signature"
EXPECTS = "an ECDSA signature (30)"

_LONGEST = 66  # bytes of a number, on P-521
_ORIGIN = "Ecdsa-Sig-Value, RFC 3279, section 2.2.3; FIPS 186-5, section 6.4"


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be a signature: a SEQUENCE that begins with a number above zero."""
    return contents(data)[:1] == bytes((INTEGER,)) and not is_private_key(data)


def read(data: bytes) -> tuple[Field, ...]:
    """Return the signature's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    der = DerReader(KIND, data)
    with der.inside("Ecdsa-Sig-Value", SEQUENCE, "the two numbers of a signature", _ORIGIN):
        meaning = "the X coordinate of a point with a fresh random number; the same r twice tells the key"
        der.integer("INTEGER r", "r", meaning, _ORIGIN, longest=_LONGEST)
        meaning = "ties r, the digest of the message and the private key together"
        der.integer("INTEGER s", "s", meaning, _ORIGIN, longest=_LONGEST)
    return der.done()
