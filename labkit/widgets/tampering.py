"""Who reads a message after a byte was changed, and what they say: KMS, a parser, a check of signatures.

Each reader returns two sentences: the answer, worded as its giver words it, and what the lab knows beyond it.
"""

from typing import Any

from botocore.exceptions import ClientError
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from labkit import esdk
from labkit.cloud.gateway.directory import find_contract
from labkit.cloud.gateway.identify import read_signer, verify
from labkit.cloud.gateway.sigv4.claim import read_claim
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms.blob import Blob, MalformedBlob
from labkit.esdk import CommitmentPolicy, EsdkError
from labkit.esdk.errors import (
    CommitmentMismatch,
    FrameNotAuthentic,
    HeaderNotAuthentic,
    MalformedMessage,
    NoDataKey,
    SignatureNotValid,
)
from labkit.esdk.keyrings import Keyring
from labkit.lab import Lab
from labkit.lens.dissect import NotRecognised, dissect
from labkit.lens.dissect.http_request import lay_out, read_back


def decrypt(lab: Lab, kms: Any, blob: bytes, arguments: dict[str, Any]) -> tuple[str, str]:
    """What KMS answers to a blob, and what the lab knows beyond that."""
    try:
        kms.decrypt(CiphertextBlob=blob, **arguments)
    except ClientError as error:
        return str(error), form_of(blob) or why_refused(lab, blob)
    return "KMS opens it.", "Every check is passed."


def form_of(blob: bytes) -> str:
    """Which part of a blob's form is wrong, empty if none is."""
    try:
        Blob.decode(blob)
    except MalformedBlob as fault:
        return f"The form is checked before any key is touched: {fault}."
    return ""


def why_refused(lab: Lab, blob: bytes) -> str:
    """Why a blob of the right form is refused."""
    material = Blob.decode(blob).key_reference.hex()
    if material not in set(lab.backing_keys()["KeyMaterialId"]):
        return "The key reference names no key material that there is, so KMS has nothing to try."
    return "The key is found, and AES-GCM computes another tag: header, context, IV and ciphertext all count."


def open_message(keyring: Keyring, message: bytes) -> tuple[str, str]:
    """What the Encryption SDK says of a message, and which of its checks it is that refuses."""
    try:
        esdk.decrypt(message, keyring, policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    except EsdkError as refusal:
        return f"{type(refusal).__name__}: {refusal}.", _CHECKS[type(refusal)]
    return "The message opens.", "All seven checks are passed."


_CHECKS: dict[type[EsdkError], str] = {
    MalformedMessage: "Check 1, the form, or 7, what comes behind: no plaintext is given out.",
    NoDataKey: "Check 2, the data key: its wrapping is bound to the encryption context.",
    CommitmentMismatch: "Check 3, the commitment: data key and message id give another one.",
    HeaderNotAuthentic: "Check 4, the header's tag: it covers every byte from the first on.",
    FrameNotAuthentic: "Check 5, the frame's tag: it covers content, IV, number, and the message id.",
    SignatureNotValid: "Check 6, the signature, which covers all bytes before it.",
}


def read_key(der: bytes) -> tuple[str, str]:
    """What the parser of pyca/cryptography says of a key, and what the lab's own reader of DER does."""
    problems = []
    for load in (load_der_public_key, lambda data: load_der_private_key(data, None)):
        try:
            load(der)
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:
            problems.append(str(error).split("\n")[0].partition(". ")[0].rstrip("."))
        else:
            return "The parser takes it.", "It is a key, and not the one that it was: DER protects nothing."
    # The parser of the other half can only say that it does not know the data; the right one may say more.
    problem = next((told for told in problems if not told.startswith("Could not")), problems[0])
    return f"The parser refuses it: {problem}.", why_no_key(der)


def why_no_key(der: bytes) -> str:
    """Why bytes that no parser takes are no key."""
    try:
        dissect(der)
    except NotRecognised as fault:
        return f"The lab's own reader stops, too: {fault}."
    return (
        "Lengths and types of DER are right. The numbers are not those of a key: a point has to lie on its"
        " curve, a private key has to fit its public one."
    )


def verify_signed(lab: Lab, original: HttpRequest, data: bytes) -> tuple[str, str]:
    """What a lab that checks signatures says of a request, at the moment at which it was signed."""
    try:
        request = read_back(data, original)
    except NotRecognised as fault:
        return (
            f"No server reads it: {fault}.",
            "It is no HTTP request any more, so nobody looks at the signature.",
        )
    try:
        signer = read_signer(request)
        find_contract(signer.service)  # it refuses a service that there is none of
        credential = find_credential(lab.cloud, signer.access_key_id)
        verify(lab.cloud, request, signer, credential, read_claim(original).moment)
    except AwsError as refusal:
        return f"{refusal.code}: {str(refusal).splitlines()[0]}", (
            "The signature is derived anew from method, target, signed headers and the hash of the body."
        )
    if data == bytes(lay_out(original)):
        return "The signature is right.", "Derived anew from the request and the secret, it is the same."
    return "The signature is still right: AWS takes it.", "It does not cover this part of the request."
