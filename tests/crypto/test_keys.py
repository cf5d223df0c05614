"""Keys as DER: round trips, and refusals that repeat nothing of the key."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from labkit.crypto import ecc, mldsa, mlkem
from labkit.crypto.keys import PrivateKey, load_private, load_public, private_der, private_pem, public_der
from labkit.crypto.sm2 import keys as sm2

MADE: list[tuple[str, Callable[[], PrivateKey]]] = [
    *((curve, lambda curve=curve: load_private(ecc.generate(curve))) for curve in ecc.CURVES),
    ("Ed25519", lambda: load_private(ecc.generate_ed25519())),
    *((f"ML-DSA-{size}", lambda size=size: mldsa.generate(size)) for size in mldsa.KEYS),
    *((f"ML-KEM-{size}", lambda size=size: mlkem.generate(size)) for size in mlkem.KEYS),
    ("SM2", sm2.generate),
]


@pytest.mark.parametrize("make", [make for _, make in MADE], ids=[name for name, _ in MADE])
def test_der_round_trip(make: Callable[[], PrivateKey]) -> None:
    key = make()
    der, public = private_der(key), public_der(key.public_key())
    assert private_der(load_private(der)) == der
    assert public_der(load_private(der).public_key()) == public_der(load_public(public)) == public


def test_pem_is_what_pyca_writes() -> None:
    key = x25519.X25519PrivateKey.generate()
    forms = [
        key.private_bytes(form, PrivateFormat.PKCS8, NoEncryption()) for form in (Encoding.DER, Encoding.PEM)
    ]
    assert private_pem(forms[0]) == forms[1].decode().strip()
    long = load_private(ecc.generate("P-521"))
    assert isinstance(long, ec.EllipticCurvePrivateKey)
    pem = long.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert private_pem(private_der(long)) == pem.decode().strip()


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
