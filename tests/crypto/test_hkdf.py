"""HKDF against the vectors of RFC 5869, and against pyca/cryptography."""

import pytest
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import hkdf
from labkit.crypto.digests import PYCA, HashName


def test_the_first_case_of_rfc_5869() -> None:
    inner = hkdf.extract(bytes(range(13)), b"\x0b" * 22, "SHA-256")
    assert inner.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    assert hkdf.expand(inner, bytes(range(0xF0, 0xFA)), 42, "SHA-256").hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_the_third_case_of_rfc_5869_has_neither_salt_nor_info() -> None:
    inner = hkdf.extract(b"", b"\x0b" * 22, "SHA-256")
    assert hkdf.expand(inner, b"", 42, "SHA-256").hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


@given(
    st.binary(max_size=80),
    st.binary(min_size=1, max_size=80),
    st.binary(max_size=40),
    st.integers(1, 300),
    st.sampled_from(["SHA-256", "SHA-384", "SHA-512"]),
)
def test_it_gives_what_cryptography_gives(
    salt: bytes, key: bytes, info: bytes, length: int, hash_name: HashName
) -> None:
    theirs = HKDF(PYCA[hash_name], length, salt, info).derive(key)
    assert hkdf.expand(hkdf.extract(salt, key, hash_name), info, length, hash_name) == theirs


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_a_length_it_cannot_give_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="does not give"):
        hkdf.expand(bytes(32), b"", length, "SHA-256")
