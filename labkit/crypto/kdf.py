"""One key for each message: SP 800-108 counter mode with HMAC-SHA-256 as the pseudorandom function.

AES-GCM with random 96-bit IVs is safe for about 2^32 messages under one key. Deriving a fresh key from a
fresh nonce for every message moves that limit out of reach, and the backing key itself encrypts nothing.
pyca/cryptography has this as KBKDFHMAC and the tests compare with it; the formula is short enough to be
read, and written out it takes half the time.
"""

import hmac


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
