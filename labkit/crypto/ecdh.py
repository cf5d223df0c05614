"""Key agreement: two key pairs, one secret (ECDH; NIST SP 800-56A, section 5.7.1.2).

Each side multiplies the other's public point by its own secret number and both arrive at one point; its
x-coordinate is the shared secret. Derive a key from it before use: as it stands, it is not uniformly random.
"""

from cryptography.hazmat.primitives.asymmetric import ec

from labkit.crypto.keys import PublicKey
from labkit.crypto.sm2 import curve
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey


def shared_secret(key: ec.EllipticCurvePrivateKey | Sm2PrivateKey, peer: PublicKey) -> bytes:
    """Return the raw secret: 32, 48 or 66 bytes on P-256, P-384 and P-521, and 32 on SM2's curve.

    Raises ValueError for a public key of another curve. That its point is on the curve was checked when it
    was loaded; without that, a made-up point gives the private key away bit by bit (invalid-curve attack).
    """
    if isinstance(key, Sm2PrivateKey) and isinstance(peer, Sm2PublicKey):
        return curve.coordinates(curve.multiply(key.scalar, peer.point)[0])
    if (
        isinstance(key, ec.EllipticCurvePrivateKey)
        and isinstance(peer, ec.EllipticCurvePublicKey)
        and peer.curve.name == key.curve.name
    ):
        return key.exchange(ec.ECDH(), peer)
    raise ValueError("the public key is not on the curve of the private key")
