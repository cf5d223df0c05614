"""Every way to sign: for each signing algorithm and message type, what is signed and how long it must be.

RAW is the message itself. DIGEST is its hash, made by the caller, and signed as it is; with one exception:
ED25519_PH_SHA_512 hashes the digest once more, so whoever verifies outside of KMS must take the *digest* for
Ed25519ph's message. EXTERNAL_MU is the 64 bytes that ML-DSA derives from public key and message. For SM2DSA
the digest is SM3 over the signer's identity and the message, as `sm2.signature.message_digest` makes it.
Source: KMS API Reference, "Sign"; KMS Developer Guide, "Example offline operations".
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from labkit.crypto import ecc, ed25519ph, mldsa, rsa
from labkit.crypto.digests import SM3_BYTES, HashName, digest_size
from labkit.crypto.sm2 import signature as sm2

RAW, DIGEST, EXTERNAL_MU = "RAW", "DIGEST", "EXTERNAL_MU"


class Scheme(NamedTuple):
    """`sign` takes the private key and the message, `verify` the public key, the message and the signature.

    `size` is how many bytes the message must have; None if that is the caller's to choose.
    """

    size: int | None
    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]


def _hashed(module: Any, bits: int, **parameters: str) -> dict[str, Scheme]:
    """An algorithm that hashes the message first, or is given the hash."""
    hash_name = cast(HashName, f"SHA-{bits}")
    chosen: dict[str, Any] = {**parameters, "hash_name": hash_name}
    return {
        RAW: Scheme(None, partial(module.sign, **chosen), partial(module.verify, **chosen)),
        DIGEST: Scheme(
            digest_size(hash_name),
            partial(module.sign_digest, **chosen),
            partial(module.verify_digest, **chosen),
        ),
    }


SCHEMES: dict[str, dict[str, Scheme]] = {
    **{f"RSASSA_PKCS1_V1_5_SHA_{bits}": _hashed(rsa, bits, scheme="PKCS1-v1_5") for bits in (256, 384, 512)},
    **{f"RSASSA_PSS_SHA_{bits}": _hashed(rsa, bits, scheme="PSS") for bits in (256, 384, 512)},
    **{f"ECDSA_SHA_{bits}": _hashed(ecc, bits) for bits in (256, 384, 512)},
    "ED25519_SHA_512": {RAW: Scheme(None, ecc.sign_ed25519, ecc.verify_ed25519)},
    "ED25519_PH_SHA_512": {DIGEST: Scheme(digest_size("SHA-512"), ed25519ph.sign, ed25519ph.verify)},
    "ML_DSA_SHAKE_256": {
        RAW: Scheme(None, mldsa.sign, mldsa.verify),
        EXTERNAL_MU: Scheme(mldsa.MU_BYTES, mldsa.sign_mu, mldsa.verify_mu),
    },
    "SM2DSA": {
        RAW: Scheme(None, sm2.sign, sm2.verify),
        DIGEST: Scheme(SM3_BYTES, sm2.sign_digest, sm2.verify_digest),
    },
}
