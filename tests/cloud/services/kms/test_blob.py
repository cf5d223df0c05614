"""The ciphertext blob: small readable vectors with one failure each, driven by one loop, and properties."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.services.kms.blob import (
    HEADER_BYTES,
    INNER_HEADER,
    PREFIXES,
    Blob,
    MalformedBlob,
    header,
    layout,
    without_inner_header,
)
from labkit.crypto import aead
from labkit.crypto.aad import encode_context
from labkit.crypto.errors import AuthenticationFailed

CONTEXT = {"Department": "Engineering"}
VECTORS = sorted((Path(__file__).parents[3] / "vectors" / "kms_blob").glob("*.txt"))

blobs = st.builds(
    Blob,
    key_reference=st.binary(min_size=32, max_size=32),
    nonce=st.binary(min_size=16, max_size=16),
    iv=st.binary(min_size=12, max_size=12),
    ciphertext=st.binary(max_size=300),
    tag=st.binary(min_size=16, max_size=16),
    prefix=st.sampled_from(PREFIXES),
)


def read(vector: Path) -> tuple[dict[str, str], bytes]:
    """Return a vector's headings and its bytes: hexadecimal, with # before a comment."""
    headings, _, body = vector.read_text(encoding="utf-8").partition("\n\n")
    wanted = dict(line.split(": ", 1) for line in headings.splitlines())
    return wanted, bytes.fromhex("".join(line.partition("#")[0] for line in body.splitlines()))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.stem)
def test_vector(vector: Path) -> None:
    wanted, data = read(vector)
    if wanted["expect"] == "success":
        blob = Blob.decode(data)
        assert blob.encode() == data
        assert len(blob.ciphertext) == int(wanted["ciphertext-bytes"])
        for name in ("prefix", "key-reference", "nonce", "iv", "tag"):
            assert getattr(blob, name.replace("-", "_")).hex() == wanted[name]
    else:
        with pytest.raises(MalformedBlob) as caught:
            Blob.decode(data)
        assert (caught.value.field, caught.value.offset) == (wanted["field"], int(wanted["offset"]))
        assert caught.value.field in str(caught.value)


def test_there_are_vectors_of_both_kinds() -> None:
    assert {read(vector)[0]["expect"] for vector in VECTORS} == {"success", "malformed"}


def test_a_32_byte_data_key_gives_184_bytes() -> None:
    ciphertext = INNER_HEADER + bytes(32)
    assert len(Blob(bytes(32), bytes(16), bytes(12), ciphertext, bytes(16)).encode()) == 184


def test_the_largest_plaintext_fits_in_what_decrypt_takes() -> None:
    ciphertext = INNER_HEADER + bytes(4096)
    assert len(Blob(bytes(32), bytes(16), bytes(12), ciphertext, bytes(16)).encode()) <= 6144


@given(blob=blobs)
def test_decoding_gives_the_blob_back(blob: Blob) -> None:
    data = blob.encode()
    assert Blob.decode(data) == blob
    assert data[:HEADER_BYTES] == header(blob.key_reference, blob.nonce, blob.prefix) == blob.bound_to({})
    assert sum(part.size for part in layout(len(data))) == len(data)


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_never_raise_anything_else(data: bytes) -> None:
    with pytest.raises(MalformedBlob):
        Blob.decode(data)


@pytest.mark.parametrize("plaintext_bytes", [1, 32, 100])
def test_no_flipped_bit_goes_unnoticed(plaintext_bytes: int) -> None:
    """Every byte has one right value, or is authenticated: as the HSM would seal, so is every bit checked."""
    key, plaintext = bytes(range(32)), INNER_HEADER + bytes(plaintext_bytes)
    sealed = aead.seal(key, bytes(12), plaintext, header(bytes(32), bytes(16)) + encode_context(CONTEXT))
    data = Blob(bytes(32), bytes(16), bytes(12), *sealed).encode()
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((MalformedBlob, AuthenticationFailed)):
            unseal(bytes(changed), key)
    assert unseal(data, key) == plaintext


def unseal(data: bytes, key: bytes) -> bytes:
    blob = Blob.decode(data)
    return aead.open_(key, blob.iv, blob.ciphertext, blob.tag, blob.bound_to(CONTEXT))


@given(plaintext=st.binary(max_size=40))
def test_the_inner_header_comes_off_again(plaintext: bytes) -> None:
    assert without_inner_header(INNER_HEADER + plaintext) == plaintext


@pytest.mark.parametrize("content", [b"", bytes(10), b"\x01" + INNER_HEADER])
def test_content_without_the_inner_header_is_refused(content: bytes) -> None:
    with pytest.raises(AuthenticationFailed):
        without_inner_header(content)


@pytest.mark.parametrize("sizes", [(31, 16, 12, 16), (32, 15, 12, 16), (32, 16, 16, 16), (32, 16, 12, 12)])
def test_fields_of_another_size_are_not_encoded(sizes: tuple[int, int, int, int]) -> None:
    reference, nonce, iv, tag = (bytes(size) for size in sizes)
    with pytest.raises(ValueError, match="a blob has"):
        Blob(reference, nonce, iv, b"", tag).encode()


def test_an_unknown_prefix_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="a known prefix"):
        Blob(bytes(32), bytes(16), bytes(12), b"", bytes(16), prefix=b"\x01\x02\x04\x00\x78").encode()
