"""Messages of the Encryption SDK under the lens: every byte named once, by code that never sees a key."""

import ast
from base64 import b64decode
from pathlib import Path

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import Lab, esdk
from labkit.esdk import SUITES
from labkit.lens import dissect
from labkit.lens.dissect import NotRecognised
from labkit.lens.dissect import esdk as dissector
from tests.esdk.real_sdk import our_keyring, our_policy
from tests.vectors.encryption_sdk_sdist import commitment_vectors


def message_of(suite: int, frame_length: int, length: int = 40) -> bytes:
    """A message under a raw AES key."""
    policy = our_policy(SUITES[suite])
    context = {"purpose": "test", "empty": ""}
    return esdk.encrypt(
        bytes(length), our_keyring(), context, suite=suite, frame_length=frame_length, policy=policy
    )


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(SUITES)), st.sampled_from([0, 1, 16]), st.integers(0, 40))
def test_fields_tile_the_message(suite: int, frame_length: int, length: int) -> None:
    message = message_of(suite, frame_length, length)
    dissection = dissect(message)
    assert dissection.kind == "AWS Encryption SDK message"
    at = 0
    for field in dissection:
        assert field.offset == at
        assert field.length > 0
        assert field.meaning
        assert field.origin
        at += field.length
    assert bytes(dissection) == message


def test_the_vectors_of_other_languages_are_taken_apart() -> None:
    for vector in commitment_vectors():
        dissection = dissect(vector["ciphertext"])
        assert bytes(dissection) == b64decode(vector["ciphertext"])
        assert dissection["message id"].raw == b64decode(vector["message-id"])


def test_a_data_key_of_kms_and_the_signature_are_opened_too(lab: Lab) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    message = esdk.encrypt(b"hello", esdk.KmsKeyring(arn), {"purpose": "test"})
    dissection = dissect(message)
    assert dissection["key reference"].path[:2] == ("data key 1", "ciphertext")
    assert dissection["r"].path[:2] == ("footer", "signature")
    assert arn in dissection["info"].meaning
    assert "'purpose': a name in the encryption context" in dissection.table()["meaning"].str.cat()


def test_frames_are_told_one_by_one() -> None:
    dissection = dissect(message_of(0x0478, 16, 40))
    numbers = [field for field in dissection if field.name == "sequence number"]
    assert [field.path[0] for field in numbers] == ["frame 1", "frame 2", "frame 3"]
    assert [field.raw[-1] for field in numbers] == [1, 2, 3]
    assert dissection["end marker"].path == ("frame 3", "end marker")


@pytest.mark.parametrize(
    ("at", "told"),
    [(2, "suite id"), (0, "version"), (36, "AAD length"), (-1, "tag: 16 bytes belong here")],
)
def test_what_cannot_be_is_refused_with_its_place(at: int, told: str) -> None:
    message = bytearray(message_of(0x0478, 0))
    if at == -1:
        del message[-1]
        told = "ciphertext and tag"
    else:
        message[at] ^= 0x80
    if at in (0, 2):
        with pytest.raises(NotRecognised, match="found "):
            dissect(bytes(message))
        with pytest.raises(NotRecognised, match=told):
            dissector.read(bytes(message))
        return
    with pytest.raises(NotRecognised, match=told):
        dissect(bytes(message))


def test_the_dissector_imports_nothing_that_holds_a_key() -> None:
    folder = Path(dissector.__file__).parent
    taken = set()
    for file in (folder / "esdk.py", folder / "esdk_words.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labkit.esdk"):
                taken |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert taken == {
        "labkit.esdk.body",
        "labkit.esdk.header",
        "labkit.esdk.context.PUBLIC_KEY",
        "labkit.esdk.cursor.Cursor",
        "labkit.esdk.cursor.Part",
        "labkit.esdk.errors.MessageError",
        "labkit.esdk.header.Header",
    }
