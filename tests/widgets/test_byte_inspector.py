"""The byte inspector: each byte explained, each flipped one refused, and the reason named."""

from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from labkit import Lab, esdk
from labkit.cloud.gateway.administrator import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens import dissect
from labkit.lens.dissect.http_request import COVERED
from labkit.widgets.byte_inspector import ByteInspector, Inspected

CONTEXT = {"to": "bank"}


@pytest.fixture
def signed(lab: Lab) -> HttpRequest:
    """A request that the administrator has signed with the secret that the lab knows."""
    boto3.client("kms", aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY).list_keys()
    return lab.gateway.calls[-1].request


@pytest.fixture
def blob(lab: Lab, kms: Any) -> bytes:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return bytes(kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=CONTEXT)["CiphertextBlob"])


def test_every_byte_is_explained(blob: bytes) -> None:
    model = Inspected(blob)
    for field in dissect(blob):
        for offset in (field.offset, field.offset + field.length - 1):
            assert f"{field.name}, bytes {field.offset} to" in model.focus(offset)
    with pytest.raises(IndexError):
        model.focus(len(blob))


def test_no_flipped_byte_goes_unnoticed(lab: Lab, blob: bytes) -> None:
    model = Inspected(blob, lab, EncryptionContext=CONTEXT)
    named = dissect(blob)["key reference"]
    for offset in range(len(blob)):
        in_name = named.offset <= offset < named.offset + named.length
        refusal = "AccessDeniedException" if in_name else "InvalidCiphertextException"
        assert refusal in model.flip(offset, bit=offset % 8)
        assert model.flipped == [offset]
        assert model.restore() == "KMS opens it."


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("prefix", "checked before any key is touched: byte 0, prefix"),
        ("key reference", "names no key material"),
        ("nonce", "AES-GCM computes another tag"),
        ("tag", "AES-GCM computes another tag"),
    ],
)
def test_the_lab_knows_which_check_refused(lab: Lab, blob: bytes, field: str, reason: str) -> None:
    model = Inspected(blob, lab, EncryptionContext=CONTEXT)
    model.flip(dissect(blob)[field].offset)
    assert reason in model.reason


def test_a_bit_flipped_twice_is_as_it_was(lab: Lab, blob: bytes) -> None:
    model = Inspected(blob, lab, EncryptionContext=CONTEXT)
    model.flip(60, 3)
    assert model.flip(60, 3) == "KMS opens it."
    assert bytes(model.values) == blob
    with pytest.raises(ValueError, match="bits 0 to 7"):
        model.flip(0, 8)


def test_a_public_key_shows_what_its_parser_says(lab: Lab, kms: Any) -> None:
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    model = Inspected(kms.get_public_key(KeyId=key)["PublicKey"])
    assert model.flip(0).startswith("The parser refuses it")
    assert "own reader stops" in model.reason
    assert model.restore() == "The parser takes it."
    assert model.flip(22) == "The parser refuses it: Curve 1.2.840.10045.3.1.6 is not supported."
    model.restore()
    assert model.flip(40) == "The parser refuses it: Invalid key."
    assert "on its curve" in model.reason


def test_no_byte_of_a_key_is_too_odd_for_its_inspector() -> None:
    key = Ed25519PrivateKey.generate()
    model = Inspected(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    for place in range(len(model.values)):
        assert model.flip(place).startswith("The parser")
        assert model.reason
        model.restore()


def test_the_grid_s_messages_do_what_the_model_does(lab: Lab, blob: bytes, tell: Any) -> None:
    inspector = ByteInspector(blob, lab, EncryptionContext=CONTEXT)
    tell(inspector.grid, {"focused": 10})
    assert inspector.model.field == "key reference"
    assert "key reference" in inspector.grid.told
    inspector.grid._handle_custom_msg({"flip": 60}, [])
    assert (inspector.grid.flipped, inspector.grid.focused) == ([60], 60)
    assert "InvalidCiphertextException" in inspector.grid.told
    inspector.grid._handle_custom_msg({"restore": True}, [])
    assert bytes(inspector.grid.values) == blob
    assert "KMS opens it." in inspector.grid.told


def test_what_can_be_seen_can_be_printed(lab: Lab, blob: bytes) -> None:
    model = Inspected(blob, lab, EncryptionContext=CONTEXT)
    model.flip(0)
    assert str(model).startswith("KMS ciphertext blob")
    assert "InvalidCiphertextException" in str(model)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="byte 0"):
        Inspected(b"not a message")


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("method", "InvalidSignatureException"),
        ("version", "No server reads it"),
        ("x-amz-target", "InvalidSignatureException"),
        ("body", "InvalidSignatureException"),
        ("signature", "InvalidSignatureException"),
        ("user-agent", "The signature is still right"),
    ],
)
def test_a_signed_request_is_checked_anew(lab: Lab, signed: HttpRequest, field: str, says: str) -> None:
    model = Inspected(signed, lab)
    named = model.dissection[field]
    in_value = named.raw.find(b": ") + 2 if b": " in named.raw else len(named.raw) - 4
    assert says in model.flip(named.offset + (0 if field in ("method", "body") else in_value), bit=2)
    assert model.restore() == "The signature is right."


def test_no_flipped_byte_of_a_request_surprises_the_check(lab: Lab, signed: HttpRequest) -> None:
    model = Inspected(signed, lab)
    laid_out = model.dissection
    for offset in range(len(bytes(laid_out))):
        model.flip(offset, bit=offset % 7)
        taken = "still right" in model.verdict
        field = next(field for field in laid_out if field.offset <= offset < field.offset + field.length)
        # A header's name, and white space around its value, may change in ways that mean the same.
        assert not taken or COVERED not in field.meaning or b": " in field.raw
        model.restore()


def test_a_signed_request_takes_a_lab_to_check_it(signed: HttpRequest) -> None:
    with pytest.raises(ValueError, match="give the lab"):
        Inspected(signed)


def test_every_changed_byte_of_a_message_is_refused_by_a_check_that_is_named(lab: Lab) -> None:
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    message = esdk.encrypt(b"a short message", esdk.KmsKeyring(arn), CONTEXT, frame_length=8)
    model = Inspected(message, lab)
    refused_by: dict[str, int] = {}
    for offset in range(len(message)):
        assert model.flip(offset) != "The message opens."
        refused_by.setdefault(model.reason.split(",")[0], offset)
        assert model.restore() == "The message opens."
    assert set(refused_by) == {f"Check {number}" for number in range(1, 7)}


def test_a_message_under_a_raw_key_is_read_with_its_keyring() -> None:
    keyring = esdk.RawAesKeyring("vault", "one", bytes(32))
    message = esdk.encrypt(b"x", keyring, CONTEXT, suite=0x0478)
    model = Inspected(message, keyring=keyring)
    assert model.flip(len(message) - 1).startswith("FrameNotAuthentic: frame 1, byte")
    assert model.restore() == "The message opens."
