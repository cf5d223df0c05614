"""Attestation documents: only one that the lab's hypervisor signed just now says anything."""

from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.cloud.nitro import DocumentRefused, Enclave, read_document
from labkit.cloud.nitro.hypervisor import root_key

SECRET = bytes(range(32))
NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
ROOT = root_key(SECRET).public_key()
ENCLAVE = Enclave(SECRET, lambda: NOW, b"image")
DOCUMENT = ENCLAVE.attestation_document(nonce=b"n", user_data=b"u")


def test_a_document_says_what_was_measured_and_whose_key_it_is() -> None:
    told = read_document(DOCUMENT, ROOT, NOW)
    assert told.pcrs == ENCLAVE.pcrs
    assert told.module_id == ENCLAVE.module_id
    assert (told.nonce, told.user_data) == (b"n", b"u")
    assert told.public_key is not None


def test_the_same_image_has_the_same_pcr0_and_another_has_another() -> None:
    same, other = Enclave(SECRET, lambda: NOW, b"image"), Enclave(SECRET, lambda: NOW, b"other")
    assert same.pcrs[0] == ENCLAVE.pcrs[0] != other.pcrs[0]


def test_a_debug_enclave_attests_nothing_but_zeros() -> None:
    debug = Enclave(SECRET, lambda: NOW, b"image", debug=True)
    assert set(debug.pcrs.values()) == {bytes(48)}


@pytest.mark.parametrize("minutes", [-6, 6, 600])
def test_a_document_is_good_for_five_minutes(minutes: int) -> None:
    with pytest.raises(DocumentRefused):
        read_document(DOCUMENT, ROOT, NOW + timedelta(minutes=minutes))


def test_another_lab_s_document_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="do not lead to this lab's Nitro root"):
        read_document(Enclave(bytes(32), lambda: NOW, b"image").attestation_document(), ROOT, NOW)


def test_a_leaf_cannot_issue_certificates() -> None:
    protected, headers, payload, signature = cbor2.loads(DOCUMENT)
    told = cbor2.loads(payload)
    told["cabundle"].append(told["certificate"])
    forged = cbor2.dumps([protected, headers, cbor2.dumps(told), signature])
    with pytest.raises(DocumentRefused):
        read_document(forged, ROOT, NOW)


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x84\x40\xa0\x40\x40", cbor2.dumps([1, 2, 3, 4]), b"\xff" * 9]
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentRefused):
        read_document(data, ROOT, NOW)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(DOCUMENT) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    changed = bytearray(DOCUMENT)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        told = read_document(bytes(changed), ROOT, NOW)
    except DocumentRefused:
        return
    # An unprotected header, or another spelling of the same CBOR: nothing that is said may differ.
    assert told._replace(public_key=None) == read_document(DOCUMENT, ROOT, NOW)._replace(public_key=None)
