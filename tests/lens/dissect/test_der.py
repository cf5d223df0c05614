"""DER under the lens: keys, signatures and envelopes of every kind, and whatever else may be handed in."""

import base64
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from labkit import Lab
from labkit.crypto import der, mldsa, mlkem
from labkit.crypto.enveloped import seal_for
from labkit.crypto.keys import PrivateKey, private_der, private_pem, public_der
from labkit.crypto.sm2 import keys as sm2_keys
from labkit.lens.dissect import (
    Dissection,
    NotRecognised,
    der_enveloped,
    der_private_key,
    der_public_key,
    der_signature,
    dissect,
    kms_blob,
)
from labkit.lens.dissect.der_names import NAMES, dotted

CURVES = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
KEYS = (
    *("RSA", *CURVES, "SM2", "Ed25519"),
    *(f"ML-DSA {size}" for size in mldsa.KEYS),
    *(f"ML-KEM {size}" for size in mlkem.KEYS),
)
FORMATS = (kms_blob, der_public_key, der_private_key, der_signature, der_enveloped)


@cache
def key(kind: str) -> Any:
    """Return a private key of this kind, the same for all tests."""
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    if kind == "SM2":
        return sm2_keys.generate()
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    name, size = kind.split()
    number: Any = int(size)
    return mldsa.generate(number) if name == "ML-DSA" else mlkem.generate(number)


def private(kind: str) -> bytes:
    loaded: PrivateKey = key(kind)
    return private_der(loaded)


def public(kind: str) -> bytes:
    return public_der(key(kind).public_key())


@cache
def samples() -> tuple[bytes, ...]:
    """One message of each kind there is, and a key of each."""
    signature = key("P-256").sign(b"message", ec.ECDSA(SHA256()))
    envelope = seal_for(key("RSA").public_key(), b"secret")
    return (*map(public, KEYS), *map(private, KEYS), signature, envelope)


def assert_tiled(dissection: Dissection, data: bytes) -> None:
    at = 0
    for field in dissection:
        assert field.offset == at
        assert field.length > 0
        assert field.meaning
        assert field.origin
        at += field.length
    assert bytes(dissection) == data


def refused(data: bytes | str) -> NotRecognised:
    with pytest.raises(NotRecognised) as caught:
        dissect(data)
    return caught.value


@pytest.mark.parametrize("kind", KEYS)
def test_every_byte_of_a_key_has_one_name(kind: str) -> None:
    for data, title in (
        (public(kind), "SubjectPublicKeyInfo"),
        (private(kind), "PKCS#8 private key, a secret"),
    ):
        assert dissect(data).kind == title
        assert_tiled(dissect(data), data)


def test_an_rsa_key_is_its_modulus_and_exponent() -> None:
    dissection, numbers = dissect(public("RSA")), key("RSA").public_key().public_numbers()
    assert int.from_bytes(dissection["n"].raw, "big") == numbers.n
    assert int.from_bytes(dissection["e"].raw, "big") == 65537
    assert dissection["leading zero"].raw == b"\0"
    assert dissection["n"].meaning.endswith("2048 bits")
    assert dissection["e"].meaning.startswith("65537: ")


def test_tags_lengths_and_identifiers_are_told_in_words() -> None:
    meanings = {field.name: field.meaning for field in reversed(dissect(public("RSA")).fields)}
    assert meanings["SubjectPublicKeyInfo"].startswith(
        "SEQUENCE of 290 bytes (long form: 82, then the length in 2 bytes): "
    )
    assert meanings["modulus"].startswith("INTEGER of 257 bytes (long form: 82")
    assert meanings["unused bits"].startswith("how many bits of the last byte do not count: none")
    algorithm = dissect(public("P-384")).fields[2:4]
    assert [field.meaning for field in algorithm] == [
        "OBJECT IDENTIFIER of 7 bytes: 1.2.840.10045.2.1, id-ecPublicKey",
        "OBJECT IDENTIFIER of 5 bytes: 1.3.132.0.34, secp384r1, also called P-384",
    ]
    assert algorithm[1].origin == "RFC 5480, section 2.1.1.1"


@pytest.mark.parametrize("kind", CURVES)
def test_a_point_is_its_coordinates(kind: str) -> None:
    numbers = key(kind).public_key().public_numbers()
    for dissection in (dissect(public(kind)), dissect(private(kind))):
        assert dissection["form"].raw == b"\x04"
        assert [int.from_bytes(dissection[name].raw, "big") for name in "XY"] == [numbers.x, numbers.y]
    scalar = dissect(private(kind))["d"]
    assert int.from_bytes(scalar.raw, "big") == key(kind).private_numbers().private_value


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("Ed25519", "A"),
        *((f"ML-DSA {size}", "rho t1") for size in mldsa.KEYS),
        *((f"ML-KEM {size}", "t rho") for size in mlkem.KEYS),
    ],
)
def test_what_is_in_other_public_keys(kind: str, names: str) -> None:
    dissection = dissect(public(kind))
    raw = b"".join(dissection[name].raw for name in names.split())
    assert raw == key(kind).public_key().public_bytes_raw()


@pytest.mark.parametrize(
    ("kind", "names"),
    [("Ed25519", "seed"), ("ML-DSA 65", "xi"), ("ML-KEM 512", "d z"), ("ML-KEM 1024", "d z")],
)
def test_what_is_in_other_private_keys(kind: str, names: str) -> None:
    secret = [field for field in dissect(private(kind)) if field.name in names.split()][-len(names.split()) :]
    assert b"".join(field.raw for field in secret) == key(kind).private_bytes_raw()


@pytest.mark.parametrize("kind", KEYS)
def test_what_is_secret_is_called_so_and_stays_out_of_reprs(kind: str) -> None:
    dissection = dissect(private(kind))
    secrets = [field for field in dissection if field.meaning.startswith("SECRET")]
    assert secrets
    assert all("SECRET" not in field.meaning for field in dissect(public(kind)))
    told = repr(dissection) + repr(dissection.fields)
    assert all(repr(field.raw)[2:-1] not in told for field in secrets)


def test_all_the_secret_numbers_of_an_rsa_key_are_there() -> None:
    dissection, numbers = dissect(private("RSA")), key("RSA").private_numbers()
    names = {"d": "d", "p": "p", "q": "q", "dP": "dmp1", "dQ": "dmq1", "qInv": "iqmp"}
    for name, attribute in names.items():
        assert dissection[name].meaning.startswith("SECRET")
        assert int.from_bytes(dissection[name].raw, "big") == getattr(numbers, attribute)


@given(r=st.integers(1, 2**521), s=st.integers(1, 2**521))
def test_a_signature_is_two_numbers(r: int, s: int) -> None:
    data = der.element(der.SEQUENCE, der.integer(r), der.integer(s))
    dissection = dissect(data)
    assert dissection.kind == "ECDSA signature"
    assert [int.from_bytes(dissection[name].raw, "big") for name in "rs"] == [r, s]
    assert_tiled(dissection, data)


def test_an_envelope_names_its_recipient_and_its_parts() -> None:
    from cryptography.x509 import SubjectKeyIdentifier

    recipient = key("RSA").public_key()
    dissection = dissect(seal_for(recipient, b"x" * 20))
    assert dissection.kind == "CMS EnvelopedData"
    assert dissection["subjectKeyIdentifier"].raw == SubjectKeyIdentifier.from_public_key(recipient).digest
    assert [dissection[name].length for name in ("sealed key", "iv", "ciphertext")] == [256, 16, 32]


def test_what_the_lab_answers_is_recognised(lab: Lab, kms: Any) -> None:
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    symmetric = kms.create_key()["KeyMetadata"]["KeyId"]
    signed = kms.sign(KeyId=signing, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")
    pair = kms.generate_data_key_pair(KeyId=symmetric, KeyPairSpec="ECC_SECG_P256K1")
    enclave = lab.enclave(b"image")
    drawn = kms.generate_random(NumberOfBytes=20, Recipient=enclave.recipient())
    told = [
        kms.get_public_key(KeyId=signing)["PublicKey"],
        signed["Signature"],
        pair["PublicKey"],
        pair["PrivateKeyPlaintext"],
        pair["PrivateKeyCiphertextBlob"],
        drawn["CiphertextForRecipient"],
    ]
    assert [dissect(one).kind for one in told] == [
        "SubjectPublicKeyInfo",
        "ECDSA signature",
        "SubjectPublicKeyInfo",
        "PKCS#8 private key, a secret",
        "KMS ciphertext blob",
        "CMS EnvelopedData",
    ]


def pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(data).decode()}-----END {label}-----\n"


def test_pem_is_the_same_message() -> None:
    envelope = seal_for(key("RSA").public_key(), b"x")
    assert dissect(pem("PUBLIC KEY", public("P-256"))) == dissect(public("P-256"))
    assert dissect("\n " + private_pem(private("SM2"))) == dissect(private("SM2"))
    assert dissect(pem("CMS", envelope)) == dissect(envelope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            pem("CERTIFICATE", b"0"),
            "expected BEGIN PUBLIC KEY or PRIVATE KEY or CMS, found BEGIN CERTIFICATE",
        ),
        ("-----BEGIN PUBLIC KEY-----\nAAAA", "expected one message, from -----BEGIN"),
        (pem("CMS", b"0").replace("END CMS", "END KEY"), "expected one message"),
        (pem("CMS", b"0") * 2, "expected one message"),
        (pem("CMS", b"0").replace("MA==", "M!=="), "is not base64"),
    ],
)
def test_pem_that_does_not_hold_together_is_refused(text: str, expected: str) -> None:
    assert expected in refused(text).expected


def test_pem_must_be_what_it_says() -> None:
    assert refused(pem("PUBLIC KEY", private("P-256"))).offset == 3
    assert refused(pem("PRIVATE KEY", public("P-256"))).offset == 2


def changed(data: bytes, at: int, *values: int) -> bytes:
    return data[:at] + bytes(values) + data[at + len(values) :]


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (
            public("RSA")[:-1],
            1,
            "SubjectPublicKeyInfo: expected the length to be 289 at most, found 82 01 22",
        ),
        (public("RSA") + b"\0", 294, "end: expected no more bytes, found 1 byte"),
        (
            changed(public("RSA"), 16, 9),
            6,
            r"expected 1.2.840.113549.1.1.1 \(rsaEncryption\) .*, found 1.2.840",
        ),
        (changed(public("RSA"), 23, 1), 23, "unused bits: expected 00, found 01"),
        (changed(public("RSA"), 17, 4), 17, r"parameters: expected 05, NULL, found 04 00"),
        (changed(public("P-256"), 26, 3), 26, "form: expected 04, found 03"),
        (
            changed(public("P-256"), 14, 0x80),
            14,
            "namedCurve: expected a definite length, as in DER, found 80",
        ),
        (b"\x30\x80\x06\x01\x00\x00\x00", 1, "expected a definite length, as in DER, found 80"),
        (b"\x30\x81\x06\x02\x01\x01\x02\x01\x01", 1, "expected the shortest form of a length, found 81 06"),
        (b"\x30\x06\x02\x01\x01\x02\x01\x00", 7, "INTEGER s: expected a positive INTEGER .*, found 00"),
        (b"\x30\x06\x02\x01\x81\x02\x01\x01", 4, "INTEGER r: expected a positive INTEGER .*, found 81"),
        (b"\x30\x07\x02\x02\x00\x01\x02\x01\x01", 4, "without needless zeros, found 00 01"),
        (b"\x30\x06\x02\x01\x01\x04\x01\x01", 5, "INTEGER s: expected 02, INTEGER, found 04 01 01"),
        (
            b"\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01",
            8,
            "Ecdsa-Sig-Value: expected its end, found 02 01 01",
        ),
        (b"\x30\x04\x02\x01\x01\x02", 6, "INTEGER s: expected a length, found the end"),
        (der.element(der.SEQUENCE, der.integer(2**528), der.integer(3)), 4, "at most 66 bytes, found 67"),
        (b"\x30", 0, "found 30"),
    ],
    ids=lambda value: "key" if isinstance(value, bytes) else None,  # a fresh key would be a fresh name
)
def test_other_bytes_are_refused_where_they_differ(data: bytes, offset: int, expected: str) -> None:
    with pytest.raises(NotRecognised, match=expected) as caught:
        dissect(data)
    assert caught.value.offset == offset


def test_an_envelope_of_another_shape_is_refused() -> None:
    envelope = seal_for(key("RSA").public_key(), b"x")
    iv = dissect(envelope)["iv"].offset
    assert "16 bytes of OCTET STRING" in refused(changed(envelope, iv - 1, 15)).expected
    no_cms = der.element(
        der.SEQUENCE, der.element(der.OBJECT_IDENTIFIER, der.object_identifier("1.2.840.113549.1.7.6"))
    )
    assert "expected 1.2.840.113549.1.7.3 (id-envelopedData)" in refused(no_cms).expected


@given(data=st.data())
def test_a_message_cut_short_or_with_other_bytes_is_refused_or_still_tiled(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(samples()))
    at = data.draw(st.integers(0, len(sample)))
    beyond = data.draw(st.binary(max_size=4))
    for message in (sample[:at], changed(sample, at, *beyond), sample[:at] + beyond + sample[at:]):
        assert_refused_or_tiled(message)


@given(message=st.binary(max_size=200).map(lambda rest: b"\x30" + rest) | st.binary(max_size=200))
def test_any_bytes_are_refused_or_tiled(message: bytes) -> None:
    assert_refused_or_tiled(message)


@given(
    tags=st.lists(st.sampled_from([2, 3, 4, 5, 6, 0x30, 0x31, 0x80, 0xA0, 0xA1]), max_size=6),
    value=st.binary(),
)
def test_any_der_is_refused_or_tiled(tags: list[int], value: bytes) -> None:
    for tag in tags:
        value = der.element(tag, value)
    assert_refused_or_tiled(der.element(der.SEQUENCE, value))


def assert_refused_or_tiled(message: bytes) -> None:
    assert sum(known.matches(message) for known in FORMATS) <= 1
    try:
        dissection = dissect(message)
    except NotRecognised as fault:
        offset = fault.offset
    else:
        assert_tiled(dissection, message)
        return
    assert 0 <= offset <= len(message)


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=6))
def test_identifiers_are_read_as_they_are_written(first: int, second: int, others: list[int]) -> None:
    numbers = ".".join(map(str, (first, second, *others)))
    assert dotted(der.object_identifier(numbers)) == numbers


@pytest.mark.parametrize("value", [b"", b"\x80\x01", b"\x2a\x86"])
def test_what_is_no_identifier_is_none(value: bytes) -> None:
    assert dotted(value) is None


def test_every_name_is_of_a_well_formed_identifier() -> None:
    assert [dotted(der.object_identifier(one)) for one in NAMES] == list(NAMES)
