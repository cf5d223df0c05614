"""From a request to 64 hexadecimal digits, in four steps that client and server take alike.

    canonical request -> string to sign -> signing key -> signature

The canonical request is the request in the one form that both sides can write down byte for byte, whatever
a proxy did to its white space. The secret itself signs nothing: a key derived from it for one day, one
region and one service does, so whoever learns that key has learnt little.
Source: IAM User Guide, "Create a signed AWS API request"; Amazon S3 API Reference, "Authenticating Requests:
Using the Authorization Header" and "Using Query Parameters".
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from labkit.cloud.protocols.messages import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

# Signing names of Amazon S3 in its several forms. An object's key is any bytes at all, so its path is taken
# as it is; elsewhere a path is tidied up first, and encoded once more.
S3_FAMILY = frozenset({"s3", "s3-outposts", "s3-object-lambda", "s3express"})
# Here bodies may be larger than a client can hash before it sends them, so the header says what was signed.
PAYLOAD_AS_DECLARED = S3_FAMILY | {"ebs"}

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Scope(NamedTuple):
    """What a signature is good for: one day (YYYYMMDD, in UTC), one region, one service."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


def canonical_request(
    request: HttpRequest, signed_headers: Iterable[str], payload_hash: str, service: str
) -> str:
    """Step 1: the request in its one canonical form.

    Six parts, each on a line of its own: method, path, query, the signed headers (one a line, so that an
    empty line follows them), their names, and the hash of the body. A header that was not signed is not in
    it: whoever stands between may change it unnoticed.
    """
    names = sorted(name.lower() for name in signed_headers)
    return "\n".join(
        (
            request.method,
            canonical_path(request.path, service),
            canonical_query(request.query),
            "".join(f"{name}:{_header(request, name)}\n" for name in names),
            ";".join(names),
            payload_hash,
        )
    )


def string_to_sign(moment: str, scope: Scope, canonical: str) -> str:
    """Step 2: the algorithm, the moment ("20260401T120000Z"), the scope, and the hash of step 1."""
    return "\n".join((ALGORITHM, moment, str(scope), sha256(canonical.encode()).hexdigest()))


def signing_key(secret: str, scope: Scope) -> bytes:
    """Step 3: from the secret access key, one HMAC after the other, the key for this scope alone."""
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, TERMINATOR):
        key = _hmac(key, part)
    return key


def signature(key: bytes, text: str) -> str:
    """Step 4: the HMAC of the string to sign under the signing key, in hexadecimal."""
    return _hmac(key, text).hex()


def canonical_path(path: str, service: str) -> str:
    """The path of step 1, from the path as it stood on the wire, percent-encoded.

    For S3 each segment is encoded once, as it should have been sent. For every other service "." and ".."
    and empty segments are resolved, and what was sent is encoded a second time: "%20" becomes "%2520".
    """
    if service in S3_FAMILY:
        return "/".join(_encoded(segment) for segment in path.split("/")) or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(quote(segment, safe=""))
    return f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"


def canonical_query(query: str) -> str:
    """The query of step 1: every name and value encoded afresh, sorted, and without the signature itself."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    encoded = sorted((_form_encoded(name), _form_encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded if name != "X-Amz-Signature")


def payload_hash(request: HttpRequest, service: str, *, presigned: bool) -> str:
    """The last line of step 1: SHA-256 of the body, or the word that stands for a body left out.

    S3 takes the client's word, in x-amz-content-sha256, for what it signed (see `rules` for who checks it),
    and whoever makes a URL for an upload cannot know the body.
    """
    if service in PAYLOAD_AS_DECLARED:
        declared = request.headers.get("x-amz-content-sha256", UNSIGNED_PAYLOAD if presigned else "")
        if declared:
            return declared
    return request.content().sha256()


def _header(request: HttpRequest, name: str) -> str:
    if name == "host" and "host" not in request.headers:
        # Inside one process there is no wire, hence no Host; HTTP clients leave out a scheme's own port.
        return request.host.removesuffix(_DEFAULT_PORTS.get(request.scheme, ""))
    return " ".join(request.headers.get(name, "").split())


def _encoded(text: str) -> str:
    """Percent-encoded as RFC 3986 asks, everything but letters, digits and -._~; whatever `text` encoded."""
    return quote(unquote_to_bytes(text), safe="")


def _form_encoded(text: str) -> str:
    """The same for a part of a query, where HTML forms write a space as a plus sign."""
    return _encoded(text.replace("+", " "))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
