"""Keys as DER: round trips, and refusals that repeat nothing of the key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from labkit.crypto import ecc
from labkit.crypto.keys import load_private, load_public, private_der, public_der


@pytest.mark.parametrize("curve", list(ecc.CURVES))
def test_der_round_trip(curve: ecc.CurveName) -> None:
    der = ecc.generate(curve)
    key = load_private(der)
    assert private_der(key) == der
    assert public_der(load_public(public_der(key.public_key()))) == public_der(key.public_key())


@pytest.mark.parametrize("load", [load_private, load_public])
def test_bytes_that_are_no_key_are_refused_without_being_quoted(load: object) -> None:
    assert callable(load)
    with pytest.raises(ValueError, match="these bytes are not") as caught:
        load(b"secret bytes")
    assert "secret" not in str(caught.value)


def test_a_key_of_another_kind_is_refused() -> None:
    agreement_key = x25519.X25519PrivateKey.generate()
    with pytest.raises(ValueError, match="neither RSA"):
        load_private(agreement_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    signing_key = ed448.Ed448PrivateKey.generate().public_key()
    with pytest.raises(ValueError, match="neither RSA"):
        load_public(signing_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
