"""AES key wrap, plain and padded, against NIST's and Wycheproof's vectors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.Hash import SHA1, SHA256
from Crypto.PublicKey import RSA
from cryptography.hazmat.primitives.asymmetric import rsa as pyca_rsa
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import keys, rsa, wrap
from labkit.crypto.digests import HashName
from labkit.crypto.errors import AuthenticationFailed, CryptoError, DecryptionFailed

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


@pytest.fixture(scope="module")
def wrapping_key() -> pyca_rsa.RSAPrivateKey:
    """Return an RSA key; the tests share it, as making one takes long."""
    key = keys.load_private(rsa.generate(2048))
    assert isinstance(key, pyca_rsa.RSAPrivateKey)
    return key


HASHES: list[HashName] = ["SHA-1", "SHA-256"]
PYCRYPTODOME = {"SHA-1": SHA1, "SHA-256": SHA256}


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("aes_bytes", [16, 24, 32])
def test_what_another_library_wrapped_with_rsa_and_aes_is_unwrapped(
    wrapping_key: pyca_rsa.RSAPrivateKey, hash_name: HashName, aes_bytes: int
) -> None:
    key, ephemeral = b"a private key of any length", bytes(range(aes_bytes))
    theirs = RSA.import_key(keys.public_der(wrapping_key.public_key()))
    first = PKCS1_OAEP.new(theirs, hashAlgo=PYCRYPTODOME[hash_name]).encrypt(ephemeral)
    second = AES.new(ephemeral, AES.MODE_KWP).seal(key)
    assert wrap.rsa_aes_unwrap(wrapping_key, first + second, hash_name) == key


@pytest.mark.parametrize("hash_name", HASHES)
def test_another_library_unwraps_what_was_wrapped_with_rsa_and_aes(
    wrapping_key: pyca_rsa.RSAPrivateKey, hash_name: HashName
) -> None:
    wrapped = wrap.rsa_aes_wrap(wrapping_key.public_key(), b"a private key", hash_name)
    theirs = RSA.import_key(keys.private_der(wrapping_key))
    ephemeral = PKCS1_OAEP.new(theirs, hashAlgo=PYCRYPTODOME[hash_name]).decrypt(wrapped[:256])
    assert AES.new(ephemeral, AES.MODE_KWP).unseal(wrapped[256:]) == b"a private key"


@given(st.integers(min_value=0, max_value=2**16), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_is_unwrapped_with_rsa_and_aes(
    wrapping_key: pyca_rsa.RSAPrivateKey, position: int, change: int
) -> None:
    wrapped = bytearray(wrap.rsa_aes_wrap(wrapping_key.public_key(), bytes(40), "SHA-256"))
    wrapped[position % len(wrapped)] ^= change
    with pytest.raises(CryptoError):
        wrap.rsa_aes_unwrap(wrapping_key, bytes(wrapped), "SHA-256")


def test_a_key_wrapped_with_rsa_and_aes_has_both_parts(wrapping_key: pyca_rsa.RSAPrivateKey) -> None:
    wrapped = wrap.rsa_aes_wrap(wrapping_key.public_key(), bytes(40), "SHA-256")
    with pytest.raises(DecryptionFailed):
        wrap.rsa_aes_unwrap(wrapping_key, wrapped[:255], "SHA-256")
    with pytest.raises(AuthenticationFailed):
        wrap.rsa_aes_unwrap(wrapping_key, wrapped[:256], "SHA-256")
    # An AES key of a size that there is not.
    odd = rsa.encrypt(wrapping_key.public_key(), bytes(20), "SHA-256") + wrapped[256:]
    with pytest.raises(AuthenticationFailed):
        wrap.rsa_aes_unwrap(wrapping_key, odd, "SHA-256")
