"""HMAC against RFC 4231."""

from collections.abc import Callable, Iterator

import pytest

from labkit.crypto import mac
from labkit.crypto.digests import HashName, digest_size
from labkit.crypto.errors import AuthenticationFailed

HASHES: list[HashName] = ["SHA-224", "SHA-256", "SHA-384", "SHA-512"]


@pytest.mark.parametrize("hash_name", HASHES)
def test_rfc_4231_vectors(nist: Callable[[str], Iterator[dict[str, str]]], hash_name: HashName) -> None:
    ran = 0
    for case in nist(f"HMAC/rfc-4231-{hash_name.replace('-', '').lower()}.txt"):
        key, message, tag = (bytes.fromhex(case[name]) for name in ("Key", "Msg", "MD"))
        assert mac.generate(key, message, hash_name) == tag, case
        mac.verify(key, message, tag, hash_name)
        ran += 1
    assert ran >= 6


@pytest.mark.parametrize("hash_name", HASHES)
def test_another_message_another_key_and_a_shortened_tag_are_refused(hash_name: HashName) -> None:
    tag = mac.generate(b"key", b"message", hash_name)
    assert len(tag) == digest_size(hash_name)
    for key, message, claimed in [
        (b"key", b"massage", tag),
        (b"kez", b"message", tag),
        (b"key", b"message", tag[:-1]),
    ]:
        with pytest.raises(AuthenticationFailed):
            mac.verify(key, message, claimed, hash_name)
