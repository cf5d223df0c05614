"""Taking messages apart byte by byte, with no key in hand: `dissect(blob)` names every field.

A format is one file with KIND, EXPECTS, `matches` and `read`, and one line in `_FORMATS` below. Those of DER
share a reader, `der_reader`.
"""

import base64
import binascii
from typing import Protocol, overload

from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.dissect import (
    der_enveloped,
    der_pem,
    der_private_key,
    der_public_key,
    der_signature,
    esdk,
    kms_blob,
    sigv4,
)
from labkit.lens.dissect.dissection import Dissection
from labkit.lens.dissect.fields import Field, NotRecognised
from labkit.lens.dissect.signed_request import SignedRequest

__all__ = ["Dissection", "Field", "NotRecognised", "SignedRequest", "dissect"]


class _Format(Protocol):
    KIND: str
    EXPECTS: str

    def matches(self, data: bytes) -> bool: ...

    def read(self, data: bytes) -> tuple[Field, ...]: ...


# No two of them match the same bytes.
_FORMATS: tuple[_Format, ...] = (
    kms_blob,
    esdk,
    der_public_key,
    der_private_key,
    der_signature,
    der_enveloped,
)


@overload
def dissect(data: bytes) -> Dissection: ...
@overload
def dissect(data: HttpRequest) -> SignedRequest: ...
@overload
def dissect(data: str) -> Dissection | SignedRequest: ...
def dissect(data: bytes | str | HttpRequest) -> Dissection | SignedRequest:
    """Name every byte of a message: raw bytes, or the base64 text that the AWS CLI prints.

    Known are KMS ciphertexts, messages of the AWS Encryption SDK, public and private keys (also as PEM),
    ECDSA signatures, and the CMS that KMS answers attested enclaves with. A request of `lab.trace`, a
    presigned URL and an Authorization header are taken apart as what they are signed with: Signature
    Version 4.

    Raises NotRecognised, which says at which byte what was expected, and ValueError for text that is not
    base64. White space in the text is ignored.
    """
    if isinstance(data, HttpRequest):
        return sigv4.read(data)
    if isinstance(data, str) and sigv4.matches(data):
        return sigv4.read_text(data)
    if isinstance(data, str) and der_pem.matches(data):
        return der_pem.read_text(data)
    message = _from_base64(data) if isinstance(data, str) else bytes(data)
    for known in _FORMATS:
        if known.matches(message):
            return Dissection(known.KIND, known.read(message))
    expected = "the first bytes of " + ", ".join(known.EXPECTS for known in _FORMATS)
    found = message[:4].hex(" ") or "nothing"
    raise NotRecognised(0, f"expected {expected}; found {found}")


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(
            f"the text is not base64 ({error}); pass bytes if it is the message itself"
        ) from None
