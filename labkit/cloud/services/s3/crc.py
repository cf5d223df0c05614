"""Two cyclic redundancy checks that Python's library lacks: CRC-32C and CRC-64/NVME.

A CRC is the remainder of a division of polynomials whose coefficients are bits. It finds what noise on a wire
does; it keeps nobody from changing bytes on purpose, as whoever does that computes it anew.
Bytes go through a table, one after the other: some 10 MB a second, which is enough to be read.
Source: RFC 3720, appendix B.4 (CRC-32C); NVM Express NVM Command Set Specification, section 5.2.1.3.4.
"""

from typing import ClassVar


def table_of(polynomial: int) -> tuple[int, ...]:
    """What one byte does to the remainder, for each of the 256; `polynomial` has its lowest power first."""
    found = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (polynomial if rest & 1 else 0)
        found.append(rest)
    return tuple(found)


class Crc:
    """A CRC whose bits are reflected, which begins with ones and ends inverted."""

    bits: ClassVar[int]
    table: ClassVar[tuple[int, ...]]

    def __init__(self) -> None:
        self._rest = (1 << self.bits) - 1

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        rest, table = self._rest, self.table
        for byte in data:
            rest = rest >> 8 ^ table[(rest ^ byte) & 0xFF]
        self._rest = rest

    def digest(self) -> bytes:
        """The remainder, the highest byte first."""
        return (self._rest ^ (1 << self.bits) - 1).to_bytes(self.bits // 8, "big")


class CRC32C(Crc):
    """Castagnoli's polynomial."""

    bits = 32
    table = table_of(0x82F63B78)


class CRC64NVME(Crc):
    """The polynomial of NVM Express."""

    bits = 64
    table = table_of(0x9A6C9329AC4BC9B5)
