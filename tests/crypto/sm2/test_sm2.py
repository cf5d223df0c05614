"""SM2 against the examples of GB/T 32918.5 and OpenSSL's test data, and its own round trips."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.crypto import der, randomness
from labkit.crypto.digests import sm3
from labkit.crypto.errors import DecryptionFailed, InvalidSignature
from labkit.crypto.keys import load_private, load_public, private_der, public_der
from labkit.crypto.sm2 import curve, encryption, keys, signature
from labkit.crypto.sm2.keys import Sm2PrivateKey, Sm2PublicKey

# GB/T 32918.5-2017, annexes A to C: one key and one random number for both examples.
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = (
    0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
    0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
)
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21

# OpenSSL 3, test/recipes/30-test_evp_data/evppkey_sm2.txt.
OPENSSL_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg0JFWczAXva2An9m72MaT9gIwWTFptvlKrxyO4TjMmbWhRANCAAQ5OirZ4n5D"
    "rKqrhaGdO4VZHhRAYVcXWt3Te/d/8Mr57Tf886i09VwDhSMmH8pmNq/mp6+ioUgqYG9cs6GLLioe"
)
OPENSSL_SIGNED = [
    (
        "d7ad397f6ffa5d4f7f11e7217f241607dc30618c236d2c09c1b9ea8fdadee2e8",
        "3046022100ab1db64de7c40edbde6651c9b8ebdb804673db836e5d5c7fe15dcf9ed2725037"
        "022100eba714451ff69b0bb930b379e192e7cd5fa6e3c41c7fbd8303b799ab54a54621",
    ),
    (
        "b1139602c6ecc9e15e2f3f9c635a1afe737058bc15387479c1ea0d0b3d90e9e5",
        "3045022100e6e0414ebd3a656c35602af14ab20287dbf30d57af75c49a188ed4b42391f224"
        "02202f54f277c606f4605e1ce9514947ffddf94c67a539804a4ed17f852288bdbe2e",
    ),
]
OPENSSL_SEALED = (
    "30818a0220466be2ef5c11782ec77864a0055417f407a5afc11d653c6bce69e417bb1d05b6022062b572e21ff0ddf5c726bd3f9ff2eae5"
    "6e6294713a607e9b9525628965f62cc804203c1b5713b5db2728eb7bf775e44f4689fc32668bdc564f52ea45b09e8df2a5f40422084a9d"
    "0cc2997092b7d3c404fce95956eb604d732b2307a8e5b8900ed6608ca5b197"
)
KEY = Sm2PrivateKey.from_scalar(PRIVATE)


@contextmanager
def drawing(k: int) -> Iterator[None]:
    """Let the next random scalars be `k`."""
    with randomness.source(lambda size: (k - 1).to_bytes(size, "big")):
        yield


def openssl_key() -> Sm2PrivateKey:
    key = load_private(base64.b64decode(OPENSSL_KEY))
    assert isinstance(key, Sm2PrivateKey)
    return key


def test_gbt_32905_hash() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(*[b"abcd"] * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_gbt_32918_key_and_digest() -> None:
    assert KEY.public_key().point == PUBLIC
    digest = signature.message_digest(KEY.public_key(), b"message digest")
    assert digest.hex() == "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"


def test_gbt_32918_signature() -> None:
    with drawing(K):
        signed = signature.sign(KEY, b"message digest")
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    assert signed == der.element(der.SEQUENCE, der.integer(r), der.integer(s))
    signature.verify(KEY.public_key(), b"message digest", signed)


def test_gbt_32918_encryption() -> None:
    with drawing(K):
        sealed = encryption.encrypt(KEY.public_key(), b"encryption standard")
    assert sealed == der.element(
        der.SEQUENCE,
        der.integer(0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73),
        der.integer(0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0),
        der.element(
            der.OCTET_STRING,
            bytes.fromhex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"),
        ),
        der.element(der.OCTET_STRING, bytes.fromhex("21886ca989ca9c7d58087307ca93092d651efa")),
    )
    assert encryption.decrypt(KEY, sealed) == b"encryption standard"


def test_openssl_writes_and_reads_the_same_keys() -> None:
    assert private_der(openssl_key()) == base64.b64decode(OPENSSL_KEY)
    public = public_der(openssl_key().public_key())
    assert (len(public), load_public(public)) == (91, openssl_key().public_key())


@pytest.mark.parametrize(("digest", "signed"), OPENSSL_SIGNED)
def test_openssl_signatures_hold(digest: str, signed: str) -> None:
    public = openssl_key().public_key()
    signature.verify_digest(public, bytes.fromhex(digest), bytes.fromhex(signed))
    with pytest.raises(InvalidSignature):
        signature.verify_digest(public, bytes.fromhex(digest)[::-1], bytes.fromhex(signed))


def test_openssl_ciphertext_opens() -> None:
    opened = encryption.decrypt(openssl_key(), bytes.fromhex(OPENSSL_SEALED))
    assert opened == b"The floofy bunnies hop at midnight"


@settings(max_examples=10, deadline=None)
@given(message=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_holds_for_its_message_alone(message: bytes, other: bytes) -> None:
    signed = signature.sign(KEY, message)
    signature.verify(KEY.public_key(), message, signed)
    if other != message:
        with pytest.raises(InvalidSignature):
            signature.verify(KEY.public_key(), other, signed)


@settings(max_examples=10, deadline=None)
@given(plaintext=st.binary(min_size=1, max_size=200))
def test_a_ciphertext_opens_under_its_key_alone(plaintext: bytes) -> None:
    sealed = encryption.encrypt(KEY.public_key(), plaintext)
    assert encryption.decrypt(KEY, sealed) == plaintext
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(openssl_key(), sealed)


def test_no_byte_of_a_ciphertext_can_be_changed() -> None:
    sealed = encryption.encrypt(KEY.public_key(), b"x")
    for at in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            encryption.decrypt(KEY, sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :])


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (curve.N, 1), (1, curve.N), (1, curve.N - 1)])
def test_signatures_out_of_range_are_refused(numbers: tuple[int, int]) -> None:
    r, s = numbers
    claimed = der.element(der.SEQUENCE, der.integer(r), der.integer(s))
    with pytest.raises(InvalidSignature):
        signature.verify(KEY.public_key(), b"message", claimed)


@pytest.mark.parametrize("noise", [b"", b"x", b"\x30\x00", b"\x30\x06\x02\x01\x01\x04\x01\x01", bytes(70)])
def test_bytes_that_are_no_signature_or_ciphertext_are_refused(noise: bytes) -> None:
    with pytest.raises(InvalidSignature):
        signature.verify(KEY.public_key(), b"message", noise)
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(KEY, noise)


def test_a_point_off_the_curve_is_refused() -> None:
    x, y = PUBLIC
    off = keys.ALGORITHM, b"\x04" + curve.coordinates(x, y ^ 1)
    with pytest.raises(ValueError, match="not a point on the curve"):
        Sm2PublicKey((x, y ^ 1))
    with pytest.raises(ValueError, match="these bytes are not"):
        load_public(der.element(der.SEQUENCE, off[0], der.element(der.BIT_STRING, b"\0", off[1])))
    forged = der.element(
        der.SEQUENCE,
        der.integer(x),
        der.integer(y ^ 1),
        der.element(der.OCTET_STRING, bytes(32)),
        der.element(der.OCTET_STRING, b"x"),
    )
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(KEY, forged)


@pytest.mark.parametrize("scalar", [0, curve.N - 1, curve.N, -1])
def test_private_keys_out_of_range_are_refused(scalar: int) -> None:
    with pytest.raises(ValueError, match="between 1 and n - 2"):
        Sm2PrivateKey.from_scalar(scalar)


def test_the_group_has_the_order_of_the_standard() -> None:
    assert curve.multiply_add(curve.N - 1, curve.G, 1, curve.G) is None
    assert curve.multiply(curve.N - 1, curve.G) == (curve.G[0], curve.P - curve.G[1])
    assert curve.multiply_add(1, curve.G, 1, curve.G) == curve.multiply(2, curve.G)
    assert curve.on_curve(curve.multiply(2, curve.G))


def test_nothing_is_not_encrypted() -> None:
    with pytest.raises(ValueError, match="nothing to encrypt"):
        encryption.encrypt(KEY.public_key(), b"")


def test_a_private_key_shows_nothing_of_itself() -> None:
    assert str(PRIVATE) not in repr(KEY)
    assert hex(PRIVATE)[2:] not in repr(KEY).lower()
