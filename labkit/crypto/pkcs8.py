"""The two envelopes a key travels in: PKCS#8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280).

    PrivateKeyInfo        =  SEQUENCE { version, algorithm, OCTET STRING private key, ... }
    SubjectPublicKeyInfo  =  SEQUENCE { algorithm, BIT STRING public key }

Both say which algorithm the key is for, and that is why AWS hands out these and not bare numbers. pyca writes
them for most keys; this module does it for the kinds that pyca does not know.
"""

from labkit.crypto import der

Envelope = tuple[bytes, bytes]


def algorithm_identifier(*dotted: str) -> bytes:
    """Return an AlgorithmIdentifier of an algorithm and, where it has one, a parameter such as a curve."""
    identifiers = (der.element(der.OBJECT_IDENTIFIER, der.object_identifier(one)) for one in dotted)
    return der.element(der.SEQUENCE, *identifiers)


def private_key_info(algorithm: bytes, private_key: bytes) -> bytes:
    """Put a private key into PKCS#8; what the bytes mean is the algorithm's to say."""
    return der.element(der.SEQUENCE, der.integer(0), algorithm, der.element(der.OCTET_STRING, private_key))


def subject_public_key_info(algorithm: bytes, public_key: bytes) -> bytes:
    """Put a public key into SubjectPublicKeyInfo. The zero says that no bit of the last byte is unused."""
    return der.element(der.SEQUENCE, algorithm, der.element(der.BIT_STRING, b"\0", public_key))


def open_private_key_info(data: bytes) -> Envelope:
    """Return (algorithm identifier, private key) out of PKCS#8. Raises ValueError for anything else.

    A version 2 key may carry attributes and its public key behind the private one; they are passed over.
    """
    parts = _inside(data)
    if [tag for tag, _ in parts[:3]] != [der.INTEGER, der.SEQUENCE, der.OCTET_STRING]:
        raise ValueError("these bytes are not PKCS#8")
    return der.element(*parts[1]), parts[2][1]


def open_subject_public_key_info(data: bytes) -> Envelope:
    """Return (algorithm identifier, public key) out of SubjectPublicKeyInfo. Raises ValueError otherwise."""
    parts = _inside(data)
    if [tag for tag, _ in parts] != [der.SEQUENCE, der.BIT_STRING] or parts[1][1][:1] != b"\0":
        raise ValueError("these bytes are not a SubjectPublicKeyInfo")
    return der.element(*parts[0]), parts[1][1][1:]


def _inside(data: bytes) -> list[tuple[int, bytes]]:
    """The elements of the one SEQUENCE that `data` must be."""
    outer = der.parse(data)
    if len(outer) != 1 or outer[0][0] != der.SEQUENCE:
        raise ValueError("these bytes are not one SEQUENCE")
    return der.parse(outer[0][1])
