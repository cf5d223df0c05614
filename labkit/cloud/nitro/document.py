"""The attestation document: what runs in an enclave, and its public key, signed by the hypervisor.

It is a COSE_Sign1 (RFC 9052, section 4.2) around CBOR: an array of protected headers, unprotected headers,
payload and signature. Whoever believes the root believes the PCRs, which are hashes of what was booted.
Source: aws-nitro-enclaves-nsm-api, "Attestation process".
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding

from labkit.crypto.keys import load_public, public_der

ALGORITHM, ES384 = 1, -35
NUMBER_BYTES = 48
PCR_BYTES = 48
FRESH_FOR = timedelta(minutes=5)

# What the readers of CBOR, of certificates and of keys raise for bytes that are none.
UNREADABLE = (
    *(cbor2.CBORError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError),
    *(UnsupportedAlgorithm, x509.InvalidVersion, x509.ExtensionNotFound, x509.DuplicateExtension),
)


class DocumentRefused(ValueError):
    """The bytes are no attestation document that this lab's hypervisor signed in the last five minutes."""


class Attestation(NamedTuple):
    """What a verified document says. `pcrs` are 48 bytes each, by number."""

    module_id: str
    time: datetime
    pcrs: Mapping[int, bytes]
    public_key: RSAPublicKey | None
    user_data: bytes | None
    nonce: bytes | None


def write_document(
    attestation: Attestation,
    signer: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    root: x509.Certificate,
) -> bytes:
    """The signed document, as the Nitro Secure Module hands it to the enclave."""
    public_key = attestation.public_key
    payload = cbor2.dumps(
        {
            "module_id": attestation.module_id,
            "digest": "SHA384",
            "timestamp": int(attestation.time.timestamp() * 1000),
            "pcrs": dict(attestation.pcrs),
            "certificate": certificate.public_bytes(Encoding.DER),
            "cabundle": [root.public_bytes(Encoding.DER)],
            "public_key": public_der(public_key) if public_key else None,
            "user_data": attestation.user_data,
            "nonce": attestation.nonce,
        }
    )
    protected = cbor2.dumps({ALGORITHM: ES384})
    r, s = decode_dss_signature(signer.sign(_signed(protected, payload), ec.ECDSA(SHA384())))
    signature = r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big")
    return cbor2.dumps([protected, {}, payload, signature])


def read_document(data: bytes, root: ec.EllipticCurvePublicKey, now: datetime) -> Attestation:
    """What a document says, once its signature, its certificates and its age have been checked.

    Raises:
        DocumentRefused: it is not one, was not signed under `root`, or is older than five minutes.
    """
    try:
        protected, _, payload, signature = cbor2.loads(data)
        told = cbor2.loads(payload)
        leaf = x509.load_der_x509_certificate(told["certificate"])
        chain = [x509.load_der_x509_certificate(one) for one in told["cabundle"]]
        _check_chain([*chain, leaf], root, now)
        _check_signature(leaf, protected, payload, signature)
        attestation = _attestation(told)
    except DocumentRefused:
        raise
    except UNREADABLE as error:
        raise DocumentRefused("it is not a signed attestation document") from error
    if not now - FRESH_FOR <= attestation.time <= now + FRESH_FOR:
        raise DocumentRefused("it was not made in the last five minutes")
    return attestation


def _check_chain(chain: list[x509.Certificate], root: ec.EllipticCurvePublicKey, now: datetime) -> None:
    """The first certificate is the root's, each of the others was issued by the one before it."""
    if chain[0].public_key() != root:
        raise DocumentRefused("its certificates do not lead to this lab's Nitro root")
    try:
        for issuer, issued in pairwise(chain):
            issued.verify_directly_issued_by(issuer)
            if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                raise DocumentRefused("one of its certificates was issued by one that may not issue any")
    except PycaInvalidSignature:
        raise DocumentRefused("the signature of one of its certificates is wrong") from None
    if not all(one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in chain):
        raise DocumentRefused("one of its certificates has expired")


def _check_signature(leaf: x509.Certificate, protected: bytes, payload: bytes, signature: bytes) -> None:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or cbor2.loads(protected) != {ALGORITHM: ES384}:
        raise DocumentRefused("it is not signed with ES384")
    r, s = (int.from_bytes(half, "big") for half in (signature[:NUMBER_BYTES], signature[NUMBER_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), _signed(protected, payload), ec.ECDSA(SHA384()))
    except PycaInvalidSignature:
        raise DocumentRefused("its signature is wrong") from None


def _signed(protected: bytes, payload: bytes) -> bytes:
    """The bytes that a COSE_Sign1's signature covers (RFC 9052, section 4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _attestation(told: Mapping[str, Any]) -> Attestation:
    pcrs = {int(number): bytes(value) for number, value in told["pcrs"].items()}
    if told["digest"] != "SHA384" or any(len(value) != PCR_BYTES for value in pcrs.values()):
        raise DocumentRefused("its PCRs are not SHA-384 digests")
    key = load_public(told["public_key"]) if told.get("public_key") else None
    if key is not None and not isinstance(key, RSAPublicKey):
        raise DocumentRefused("its public key is not an RSA key")
    time = datetime.fromtimestamp(told["timestamp"] / 1000, UTC)
    return Attestation(told["module_id"], time, pcrs, key, told.get("user_data"), told.get("nonce"))
