"""AES key wrap, plain and padded, against NIST's and Wycheproof's vectors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import wrap
from labkit.crypto.errors import AuthenticationFailed

Function = Callable[[bytes, bytes], bytes]
MODES = [
    pytest.param("KW", "aes_wrap", wrap.wrap, wrap.unwrap, id="KW"),
    pytest.param("KWP", "aes_kwp", wrap.wrap_padded, wrap.unwrap_padded, id="KWP"),
]


@pytest.mark.parametrize(("mode", "wycheproof_name", "seal", "open_"), MODES)
def test_nist_vectors(
    nist: Callable[[str], Iterator[dict[str, str]]],
    mode: str,
    wycheproof_name: str,
    seal: Function,
    open_: Function,
) -> None:
    ran = 0
    for direction, size in [("AE", 128), ("AE", 256), ("AD", 128), ("AD", 256)]:
        for case in nist(f"keywrap/kwtestvectors/{mode}_{direction}_{size}.txt"):
            key, wrapped = bytes.fromhex(case["K"]), bytes.fromhex(case["C"])
            if "FAIL" in case:
                with pytest.raises(AuthenticationFailed):
                    open_(key, wrapped)
            elif direction == "AE":
                assert seal(key, bytes.fromhex(case["P"])) == wrapped, case
            else:
                assert open_(key, wrapped) == bytes.fromhex(case["P"]), case
            ran += 1
    assert ran >= 2000


@pytest.mark.parametrize(("mode", "wycheproof_name", "seal", "open_"), MODES)
def test_wycheproof(
    wycheproof: Callable[[str], list[dict[str, Any]]],
    mode: str,
    wycheproof_name: str,
    seal: Function,
    open_: Function,
) -> None:
    ran = 0
    for group in wycheproof(f"Cipher/{wycheproof_name}_test"):
        for case in group["tests"]:
            key, plain, wrapped = (bytes.fromhex(case[name]) for name in ("key", "msg", "ct"))
            if case["result"] == "valid":
                assert (seal(key, plain), open_(key, wrapped)) == (wrapped, plain), case
            elif case["result"] == "invalid":
                with pytest.raises(AuthenticationFailed):
                    open_(key, wrapped)
            ran += case["result"] != "acceptable"
    assert ran >= 100


@given(key=st.binary(min_size=32, max_size=32), data=st.binary(min_size=1, max_size=80))
def test_padded_wrap_takes_any_length(key: bytes, data: bytes) -> None:
    wrapped = wrap.wrap_padded(key, data)
    assert len(wrapped) % 8 == 0
    assert 8 <= len(wrapped) - len(data) <= 15
    assert wrap.unwrap_padded(key, wrapped) == data


@given(bit=st.integers(0, 8 * 40 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    wrapped = bytearray(wrap.wrap(bytes(32), bytes(range(32))))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AuthenticationFailed):
        wrap.unwrap(bytes(32), bytes(wrapped))


def test_no_key_cannot_be_wrapped() -> None:
    with pytest.raises(ValueError, match="no key to wrap"):
        wrap.wrap_padded(bytes(32), b"")
