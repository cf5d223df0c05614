"""The two envelopes: opened as they were closed, and nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from labkit.crypto import der, pkcs8
from labkit.crypto.keys import private_der, public_der

ED25519 = pkcs8.algorithm_identifier("1.3.101.112")
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_pyca_writes_the_same_envelopes() -> None:
    inside = der.element(der.OCTET_STRING, KEY.private_bytes_raw())
    assert pkcs8.private_key_info(ED25519, inside) == private_der(KEY)
    public = KEY.public_key()
    assert pkcs8.subject_public_key_info(ED25519, public.public_bytes_raw()) == public_der(public)


def test_what_was_put_in_comes_out() -> None:
    assert pkcs8.open_private_key_info(pkcs8.private_key_info(ED25519, b"private")) == (ED25519, b"private")
    public = pkcs8.subject_public_key_info(ED25519, b"public")
    assert pkcs8.open_subject_public_key_info(public) == (ED25519, b"public")


def test_a_version_2_key_may_carry_its_public_key() -> None:
    """RFC 5958, section 2: attributes and a public key behind the private key."""
    public = der.element(der.context_tag(1, constructed=False), b"\0", KEY.public_key().public_bytes_raw())
    private = der.element(der.OCTET_STRING, b"private")
    version_2 = der.element(der.SEQUENCE, der.integer(1), ED25519, private, public)
    assert pkcs8.open_private_key_info(version_2) == (ED25519, b"private")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        der.element(der.SEQUENCE),
        der.element(der.SEQUENCE, der.integer(0), ED25519),
        der.element(der.SEQUENCE, ED25519, der.element(der.BIT_STRING, b"\x07public")),
        pkcs8.private_key_info(ED25519, b"private") + b"\0",
        pkcs8.private_key_info(ED25519, b"private")[:-1],
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="these bytes are not"):
        pkcs8.open_private_key_info(data)
    with pytest.raises(ValueError, match="these bytes are not"):
        pkcs8.open_subject_public_key_info(data)
