"""SP 800-108 counter mode against NIST's vectors and against pyca/cryptography's own implementation."""

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st

from labkit.crypto import kdf

WANTED = {"PRF": "HMAC_SHA256", "CTRLOCATION": "BEFORE_FIXED", "RLEN": "32_BITS"}


def test_nist_vectors(nist: Callable[[str], Iterator[dict[str, str]]]) -> None:
    ran = 0
    for case in nist("KDF/nist-800-108-KBKDF-CTR.txt"):
        if WANTED.items() <= case.items():
            key, fixed_input, derived = (bytes.fromhex(case[name]) for name in ("KI", "FixedInputData", "KO"))
            assert kdf.counter_mode(key, fixed_input, int(case["L"]) // 8) == derived, case
            ran += 1
    assert ran >= 40


@given(
    key=st.binary(min_size=16, max_size=64),
    label=st.binary(min_size=1, max_size=20).filter(lambda label: 0 not in label),
    context=st.binary(min_size=1, max_size=40),
    length=st.integers(1, 100),
)
def test_agrees_with_pyca(key: bytes, label: bytes, context: bytes, length: int) -> None:
    reference = KBKDFHMAC(
        SHA256(), Mode.CounterMode, length, 4, 4, CounterLocation.BeforeFixed, label, context, fixed=None
    )
    assert kdf.derive(key, label, context, length) == reference.derive(key)


def test_label_and_context_cannot_be_confused() -> None:
    with pytest.raises(ValueError, match="byte 00"):
        kdf.derive(bytes(32), b"label\x00con", b"text", 32)


@pytest.mark.parametrize("length", [0, -1])
def test_nothing_is_no_key(length: int) -> None:
    with pytest.raises(ValueError, match="cannot derive"):
        kdf.derive(bytes(32), b"label", b"context", length)
    with pytest.raises(ValueError, match="cannot derive"):
        kdf.counter_mode(bytes(32), b"fixed input", length)


@given(st.binary(max_size=150), st.binary(max_size=40).filter(lambda label: 0 not in label), st.binary())
def test_message_keys_are_what_deriving_each_alone_gives(key: bytes, label: bytes, context: bytes) -> None:
    prepared = kdf.MessageKeys(key, label)
    assert prepared.derive(context) == kdf.derive(key, label, context, 32)
    assert prepared.derive(context) == prepared.derive(context)
