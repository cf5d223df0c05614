"""CMS EnvelopedData: what we seal opens here and in OpenSSL, and nowhere else."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.crypto import enveloped
from labkit.crypto.errors import DecryptionFailed

KEY, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))


@settings(max_examples=30)
@given(st.binary(max_size=100))
def test_the_holder_of_the_key_opens_it(content: bytes) -> None:
    assert enveloped.open_with(KEY, enveloped.seal_for(KEY.public_key(), content)) == content


def test_nobody_else_does() -> None:
    with pytest.raises(DecryptionFailed):
        enveloped.open_with(OTHER, enveloped.seal_for(KEY.public_key(), b"secret"))


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x00", b"not DER at all"])
def test_what_is_no_enveloped_data_is_refused(data: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        enveloped.open_with(KEY, data)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")
def test_openssl_opens_it(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(enveloped.seal_for(KEY.public_key(), b"to whom it concerns"))
    (tmp_path / "key").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "message", "-inkey", "key"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == b"to whom it concerns"
