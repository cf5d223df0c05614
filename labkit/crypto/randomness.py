"""The one door through which randomness enters: keys, nonces, IVs and tokens all ask here.

Everything else on this floor is a pure function of the bytes it is given, so a notebook can replay an
encryption byte for byte by exchanging the source. Two things stay outside, because the libraries draw them
themselves: new RSA and elliptic-curve keys, and the random part of OAEP, PSS, ECDSA, ML-DSA and ML-KEM.
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Source = Callable[[int], bytes]

# A context variable rather than a global: a seeded cell in a notebook must not weaken the keys that another
# thread (the HTTP endpoint, say) makes meanwhile, and a new thread starts from the operating system again.
_source: ContextVar[Source] = ContextVar("randomness_source", default=os.urandom)

_UUID_FIELDS = re.compile("(.{8})(.{4}).(.{3})(.)(.{3})(.{12})")
_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
# What will be public may wait in memory until it is needed: every call takes some, and asking the operating
# system for a few bytes takes as long as for thousands.
AT_ONCE = 256
_uuids: list[str] = []
_drawn: defaultdict[int, list[bytes]] = defaultdict(list)  # by their size
if hasattr(os, "register_at_fork"):  # else parent and child would hand out the same ones
    os.register_at_fork(after_in_child=_uuids.clear)
    os.register_at_fork(after_in_child=_drawn.clear)


def random_bytes(n: int) -> bytes:
    """Return `n` fresh bytes from the current source, which is the operating system's unless replaced."""
    return _source.get()(n)


def public_bytes(n: int) -> bytes:
    """Return `n` fresh bytes for what is no secret, such as a nonce or an IV.

    From the operating system they are drawn many at a time; a replaced source is asked each time.
    """
    if (current := _source.get()) is not os.urandom:
        return current(n)
    while True:
        try:
            return _drawn[n].pop()
        except IndexError:
            drawn = os.urandom(n * AT_ONCE)
            _drawn[n].extend(drawn[start : start + n] for start in range(0, len(drawn), n))


def random_uuid() -> str:
    """Return a fresh version 4 UUID (RFC 9562) as text: 122 random bits, and 6 that say so."""
    return _uuids_of(random_bytes(16))[0]


def _uuids_of(drawn: bytes) -> list[str]:
    fields = _UUID_FIELDS.findall(drawn.hex())
    return [f"{a}-{b}-4{c}-{_VARIANT[d]}{e}-{f}" for a, b, c, d, e, f in fields]


def public_uuid() -> str:
    """Return a fresh version 4 UUID for what is no secret, such as an event's id.

    They are drawn many at a time from the operating system, whatever the source is.
    """
    while True:
        try:
            return _uuids.pop()
        except IndexError:
            _uuids.extend(_uuids_of(os.urandom(16 * AT_ONCE)))


@contextmanager
def source(replacement: Source) -> Iterator[None]:
    """Draw from `replacement` inside a `with` block, in this thread or task only.

    For demonstrations and tests. A key made here is exactly as secret as `replacement` is.
    """
    token = _source.set(replacement)
    try:
        yield
    finally:
        _source.reset(token)


def seeded(seed: bytes) -> Source:
    """Return a source that gives the same bytes for the same seed, on every machine: never for real keys.

    Call number i yields SHAKE-256(length of seed || seed || i), so no two calls repeat each other's bytes.
    """
    prefix = len(seed).to_bytes(8, "big") + seed
    calls = 0

    def draw(n: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(prefix + calls.to_bytes(8, "big")).digest(n)

    return draw
