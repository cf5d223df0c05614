"""One key for each message: SP 800-108 counter mode with HMAC-SHA-256 as the pseudorandom function.

AES-GCM with random 96-bit IVs is safe for about 2^32 messages under one key. Deriving a fresh key from a
fresh nonce for every message moves that limit out of reach, and the backing key itself encrypts nothing.
pyca/cryptography has this as KBKDFHMAC and the tests compare with it; the formula is short enough to be
read, and written out it takes half the time.
"""

import hashlib
import hmac

BLOCK_BYTES = 64  # of SHA-256
INNER_PAD, OUTER_PAD = 0x36, 0x5C


def derive(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """Derive `length` bytes from `key` for the purpose `label` and the circumstances `context`.

    The fixed input is label || 00 || context || length in bits as 32 bits (NIST SP 800-108r1, section 4).
    Raises ValueError for a length below one, or for a label that contains 00: label and context would
    then have more than one reading.
    """
    if length < 1:
        raise ValueError(f"cannot derive {length} bytes")
    if b"\x00" in label:
        raise ValueError("a label must not contain the byte 00, which ends it")
    return counter_mode(key, label + b"\x00" + context + (length * 8).to_bytes(4, "big"), length)


def counter_mode(key: bytes, fixed_input: bytes, length: int) -> bytes:
    """Return the first `length` bytes of HMAC(key, 1 || fixed input) || HMAC(key, 2 || fixed input) || ...

    The counter has 32 bits and stands before the fixed input (NIST SP 800-108r1, section 4.1).
    """
    if length < 1:
        raise ValueError(f"cannot derive {length} bytes")
    stream, counter = b"", 0
    while len(stream) < length:
        counter += 1
        stream += hmac.digest(key, counter.to_bytes(4, "big") + fixed_input, "sha256")
    return stream[:length]


class MessageKeys:
    """A key from which many others will be derived, 32 bytes each, all for one purpose.

    HMAC begins two hashes with the key. They are begun here, once; each derivation goes on from copies, which
    takes a third of the time (RFC 2104, section 4). What it gives is what `derive` gives.
    """

    __slots__ = ("_inner", "_label", "_outer")

    def __init__(self, key: bytes, label: bytes) -> None:
        block = (key if len(key) <= BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(BLOCK_BYTES, b"\x00")
        self._inner = hashlib.sha256(bytes(byte ^ INNER_PAD for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ OUTER_PAD for byte in block))
        self._label = b"\x00\x00\x00\x01" + label + b"\x00"

    def derive(self, context: bytes) -> bytes:
        """The 32 bytes that belong to `context`."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(self._label + context + b"\x00\x00\x01\x00")  # 256 bits are asked for
        outer.update(inner.digest())
        return outer.digest()
