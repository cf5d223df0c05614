"""Whatever is changed in a message, an error says where, and nothing of its content comes out."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import esdk
from labkit.esdk import SUITES, EsdkError, Suite
from labkit.esdk.errors import (
    CommitmentMismatch,
    FrameNotAuthentic,
    HeaderNotAuthentic,
    MalformedMessage,
    MessageError,
    NoDataKey,
    SignatureNotValid,
)
from labkit.esdk.header import EncryptedDataKey
from tests.esdk.real_sdk import our_keyring, our_policy

EVERY_SUITE = pytest.mark.parametrize("suite", SUITES.values(), ids=str)
CONTEXT = {"a": "b"}
ALLOW = esdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT


def message_of(suite: Suite, frame_length: int = 16, length: int = 40) -> bytes:
    """A short message of a suite."""
    return esdk.encrypt(
        bytes(length),
        our_keyring(),
        CONTEXT,
        suite=suite,
        frame_length=frame_length,
        policy=our_policy(suite),
    )


def flipped(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Each byte of a message changed in turn."""
    for at in range(len(message)):
        yield at, message[:at] + bytes((message[at] ^ 0x01,)) + message[at + 1 :]


@EVERY_SUITE
@pytest.mark.parametrize("frame_length", [16, 0])
def test_every_changed_byte_is_refused(suite: Suite, frame_length: int) -> None:
    message = message_of(suite, frame_length)
    assert esdk.decrypt(message, our_keyring(), policy=ALLOW).plaintext == bytes(40)
    for at, changed in flipped(message):
        with pytest.raises(MessageError) as refusal:
            esdk.decrypt(changed, our_keyring(), policy=ALLOW)
        assert 0 <= refusal.value.offset <= len(message), at


@EVERY_SUITE
def test_every_message_cut_short_is_refused_at_its_end(suite: Suite) -> None:
    message = message_of(suite)
    for end in range(len(message)):
        with pytest.raises(MessageError) as refusal:
            esdk.decrypt(message[:end], our_keyring(), policy=ALLOW)
        assert isinstance(refusal.value, MalformedMessage)
        assert refusal.value.offset <= end


def test_the_check_that_refuses_is_the_one_for_the_place() -> None:
    message = message_of(SUITES[0x0578])
    opened = esdk.decrypt(message, our_keyring())
    header = len(opened.header.encode())
    body = header + 16
    footer = len(message) - 2 - int.from_bytes(message[-104:-102], "big")
    found = {}
    for at, changed in flipped(message):
        with pytest.raises(MessageError) as refusal:
            esdk.decrypt(changed, our_keyring())
        found[at] = type(refusal.value)
    assert found[0] is MalformedMessage  # version
    assert found[3] is CommitmentMismatch  # the message id is the salt of the derivation
    assert {found[at] for at in range(header - 32, header)} == {CommitmentMismatch}
    assert {found[at] for at in range(header, body)} == {HeaderNotAuthentic}
    assert found[body + 4] is FrameNotAuthentic  # IV
    assert {found[at] for at in range(body + 16, body + 48)} == {FrameNotAuthentic}
    assert found[len(message) - 1] in (SignatureNotValid, MalformedMessage)
    assert NoDataKey in found.values()
    assert footer < len(message)


def test_frames_that_are_swapped_left_out_or_repeated_are_refused() -> None:
    message = message_of(SUITES[0x0478], frame_length=16, length=64)
    start = len(message) - (3 * 48 + 56)
    frames = [message[start + 48 * number :][:48] for number in range(3)]
    rest = message[start + 144 :]
    for order in ((1, 0, 2), (0, 2), (0, 0, 1, 2), (0, 1)):
        with pytest.raises(MalformedMessage, match="sequence number"):
            esdk.decrypt(message[:start] + b"".join(frames[one] for one in order) + rest, our_keyring())
    renumbered = frames[1][:3] + b"\x01" + frames[1][4:]
    with pytest.raises(FrameNotAuthentic, match="frame 1"):
        esdk.decrypt(message[:start] + renumbered + message[start + 48 :], our_keyring())


def test_bytes_behind_a_message_are_refused() -> None:
    message = message_of(SUITES[0x0578])
    with pytest.raises(MalformedMessage, match=f"after the message, byte {len(message)}"):
        esdk.decrypt(message + b"\0", our_keyring())
    with pytest.raises(MalformedMessage, match="after the message"):
        list(esdk.decrypt_stream(io.BytesIO(message + b"\0"), our_keyring()))


def test_a_stream_gives_no_frame_that_is_not_authentic() -> None:
    message = bytearray(message_of(SUITES[0x0578]))
    message[-120] ^= 1  # in the last frame
    given_out = list[bytes]()
    with pytest.raises(FrameNotAuthentic, match="frame 3"):
        given_out.extend(esdk.decrypt_stream(io.BytesIO(message), our_keyring()))
    stream = esdk.decrypt_stream(io.BytesIO(message), our_keyring())
    assert [next(stream), next(stream)] == [bytes(16), bytes(16)]


def test_errors_tell_neither_keys_nor_plaintext() -> None:
    secret = b"attack at dawn!!"
    message = esdk.encrypt(secret, our_keyring(), frame_length=16)
    for _, changed in flipped(message):
        with pytest.raises(MessageError) as refusal:
            esdk.decrypt(changed, our_keyring())
        assert "attack" not in str(refusal.value)
    assert repr(secret) not in repr(esdk.decrypt(message, our_keyring()))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\x02\x05\x78", b"\x02\x04\x78", b"\x01\x80\x01\x78"]))
def test_noise_is_refused_and_never_breaks_anything(noise: bytes, start: bytes) -> None:
    with pytest.raises(EsdkError):
        esdk.decrypt(start + noise, our_keyring(), policy=ALLOW)


MESSAGES = [message_of(suite, frame_length) for suite in SUITES.values() for frame_length in (0, 16)]


@st.composite
def exchanged(draw: st.DrawFn) -> bytes:
    """A message in which a piece was put in the place of another."""
    message = draw(st.sampled_from(MESSAGES))
    at = draw(st.integers(0, len(message)))
    end = draw(st.integers(at, len(message)))
    put = draw(st.one_of(st.binary(max_size=60), st.sampled_from(MESSAGES)))
    return message[:at] + put + message[end:]


@settings(max_examples=500, deadline=None)
@given(exchanged())
def test_messages_with_pieces_exchanged_are_refused(changed: bytes) -> None:
    if changed in MESSAGES:
        return
    with pytest.raises(EsdkError):
        esdk.decrypt(changed, our_keyring(), policy=ALLOW)
    with pytest.raises(EsdkError):
        list(esdk.decrypt_stream(io.BytesIO(changed), our_keyring(), policy=ALLOW, max_length=1 << 20))


def test_another_data_key_behind_the_same_message_is_refused_by_the_commitment() -> None:
    message = message_of(SUITES[0x0478])
    opened = esdk.decrypt(message, our_keyring())

    class Liar(esdk.RawAesKeyring):
        def unwrap(self, wrapped: EncryptedDataKey, context: object) -> bytes:
            return bytes(32)

    with pytest.raises(CommitmentMismatch) as refusal:
        esdk.decrypt(message, Liar("x", "y", bytes(32)))
    assert refusal.value.offset == len(opened.header.encode()) - 32
