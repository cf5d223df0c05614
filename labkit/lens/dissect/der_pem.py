"""PEM: DER as text that survives mail and copying (RFC 7468).

Between two lines that name what it is, the bytes stand in base64. The name is a promise: a public key between
lines that say PRIVATE KEY is refused.
"""

import base64
import binascii
import re

from labkit.lens.dissect import der_enveloped, der_private_key, der_public_key
from labkit.lens.dissect.dissection import Dissection
from labkit.lens.dissect.fields import NotRecognised

_TEXT = re.compile(r"\s*-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----\s*", re.ASCII)
_FORMATS = {one.PEM: one for one in (der_public_key, der_private_key, der_enveloped)}


def matches(text: str) -> bool:
    """Say whether `text` claims to be PEM."""
    return text.lstrip().startswith("-----BEGIN ")


def read_text(text: str) -> Dissection:
    """The DER between the two lines, taken apart. NotRecognised if it is not what the lines say it is."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NotRecognised(0, "PEM: expected one message, from -----BEGIN X----- to -----END X-----")
    label, inside = found.groups()
    if label not in _FORMATS:
        raise NotRecognised(0, f"PEM: expected BEGIN {' or '.join(_FORMATS)}, found BEGIN {label}")
    try:
        data = base64.b64decode("".join(inside.split()), validate=True)
    except binascii.Error as error:
        raise NotRecognised(
            0, f"PEM {label}: what stands between the lines is not base64 ({error})"
        ) from None
    return Dissection(_FORMATS[label].KIND, _FORMATS[label].read(data))
