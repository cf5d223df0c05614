"""AES-256-GCM against NIST's and Wycheproof's vectors, and against every flipped bit."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import aead
from labkit.crypto.errors import AuthenticationFailed

KEY = bytes(range(32))
IV = bytes(range(12))


def test_nist_encryption_vectors(nist: Callable[[str], Iterator[dict[str, str]]]) -> None:
    ran = 0
    for case in nist("ciphers/AES/GCM/gcmEncryptExtIV256.rsp"):
        if (case["IVlen"], case["Taglen"]) != ("96", "128"):
            continue
        key, iv, plaintext, aad, ciphertext, tag = (
            bytes.fromhex(case[name]) for name in ("Key", "IV", "PT", "AAD", "CT", "Tag")
        )
        assert aead.seal(key, iv, plaintext, aad) == (ciphertext, tag), case
        ran += 1
    assert ran >= 375


def test_nist_decryption_vectors(nist: Callable[[str], Iterator[dict[str, str]]]) -> None:
    ran = 0
    for case in nist("ciphers/AES/GCM/gcmDecrypt256.rsp"):
        if (case["IVlen"], case["Taglen"]) != ("96", "128"):
            continue
        sealed = [bytes.fromhex(case[name]) for name in ("Key", "IV", "CT", "Tag", "AAD")]
        if "FAIL" in case:
            with pytest.raises(AuthenticationFailed):
                aead.open_(*sealed)
        else:
            assert aead.open_(*sealed) == bytes.fromhex(case["PT"]), case
        ran += 1
    assert ran >= 375


def test_wycheproof(wycheproof: Callable[[str], list[dict[str, Any]]]) -> None:
    ran = 0
    for group in wycheproof("Cipher/aes_gcm_test"):
        for case in group["tests"]:
            sealed = [bytes.fromhex(case[name]) for name in ("key", "iv", "ct", "tag", "aad")]
            if (group["keySize"], group["ivSize"]) != (256, 96):
                with pytest.raises(ValueError, match="bytes, not"):
                    aead.open_(*sealed)
            elif case["result"] == "valid":
                assert aead.open_(*sealed) == bytes.fromhex(case["msg"]), case
            else:
                with pytest.raises(AuthenticationFailed):
                    aead.open_(*sealed)
            ran += 1
    assert ran >= 316


@given(plaintext=st.binary(max_size=64), aad=st.binary(max_size=64), data=st.data())
def test_any_flipped_bit_is_refused(plaintext: bytes, aad: bytes, data: st.DataObject) -> None:
    ciphertext, tag = aead.seal(KEY, IV, plaintext, aad)
    assert aead.open_(KEY, IV, ciphertext, tag, aad) == plaintext

    inputs = [KEY, IV, ciphertext, tag, aad]
    which = data.draw(st.sampled_from([index for index, value in enumerate(inputs) if value]))
    bit = data.draw(st.integers(0, 8 * len(inputs[which]) - 1))
    inputs[which] = flip(inputs[which], bit)
    with pytest.raises(AuthenticationFailed):
        aead.open_(*inputs)


@pytest.mark.parametrize(
    ("key", "iv", "tag"), [(KEY[:16], IV, bytes(16)), (KEY, bytes(16), bytes(16)), (KEY, IV, bytes(12))]
)
def test_other_sizes_are_no_variants(key: bytes, iv: bytes, tag: bytes) -> None:
    with pytest.raises(ValueError, match="bytes, not"):
        aead.open_(key, iv, b"", tag, b"")


def flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
