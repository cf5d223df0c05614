"""The curve of SM2 (GB/T 32918.5): y^2 = x^3 + ax + b over the integers modulo a 256-bit prime.

No maintained library has this curve in a form the lab could use, so its arithmetic is written out here, as a
textbook has it. It takes a millisecond a product and is *not constant in time*: how long it takes depends on
the secret number. That is harmless in a lab, and would give a real service's private keys away.
"""

from labkit.crypto.randomness import random_bytes

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
BYTES = 32

Point = tuple[int, int]
# Jacobian coordinates: (X, Y, Z) stands for (X / Z^2, Y / Z^3), and Z = 0 is the point at infinity. Adding
# such triples needs no division, the slow part of modular arithmetic.
_Jacobian = tuple[int, int, int]

_INFINITY: _Jacobian = (1, 1, 0)

G: Point = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)


def on_curve(point: Point) -> bool:
    """Whether a point is one of this curve's. One of another curve in its place betrays the private key."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def random_scalar() -> int:
    """Return a fresh secret number between 1 and N - 2.

    Eight bytes more than needed are drawn, so that the remainder is uniform to 1 in 2^64 (FIPS 186-5, A.2.1).
    """
    return int.from_bytes(random_bytes(BYTES + 8), "big") % (N - 2) + 1


def multiply(scalar: int, point: Point) -> Point:
    """Return `point` added to itself `scalar` times, for a scalar between 1 and N - 1."""
    return _affine(_multiply(scalar, point))


def multiply_add(first: int, point: Point, second: int, other: Point) -> Point | None:
    """Return first * point + second * other; None if that is the point at infinity."""
    total = _add(_multiply(first, point), _multiply(second, other))
    return _affine(total) if total[2] else None


def coordinates(*numbers: int) -> bytes:
    """Return each number as 32 bytes, one after another."""
    return b"".join(number.to_bytes(BYTES, "big") for number in numbers)


def _multiply(scalar: int, point: Point) -> _Jacobian:
    """Double and add, from the scalar's top bit down."""
    total = _INFINITY
    for bit in bin(scalar)[2:]:
        total = _double(total)
        if bit == "1":
            total = _add(total, (*point, 1))
    return total


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    square = y * y % P
    along = 4 * x * square % P
    slope = (3 * x * x + A * pow(z, 4, P)) % P
    doubled_x = (slope * slope - 2 * along) % P
    return doubled_x, (slope * (along - doubled_x) - 8 * square * square) % P, 2 * y * z % P


def _add(one: _Jacobian, other: _Jacobian) -> _Jacobian:
    if not one[2]:
        return other
    if not other[2]:
        return one
    (x1, y1, z1), (x2, y2, z2) = one, other
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * z2 * z2 * z2 % P, y2 * z1 * z1 * z1 % P
    across, up = (u2 - u1) % P, (s2 - s1) % P
    if not across:
        return _INFINITY if up else _double(one)
    square = across * across % P
    along, cube = u1 * square % P, across * square % P
    x = (up * up - cube - 2 * along) % P
    return x, (up * (along - x) - s1 * cube) % P, across * z1 * z2 % P


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * inverse * inverse * inverse % P
