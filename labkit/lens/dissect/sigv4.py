"""Signature Version 4 under the lens: what a request, a presigned URL or an Authorization header says of it.

    signed = lens.dissect(lab.trace[-1].call.request)
    print(signed)                       # every part, then the steps from the request to the signature
    print(signed.canonical_request)
    signed.matches(lab)                 # only a lab knows secrets; a dissection never does

The derivation itself is `cloud.gateway.sigv4`'s; this page adds the words.
"""

from urllib.parse import urlsplit

from labkit.cloud.gateway.sigv4 import derivation
from labkit.cloud.gateway.sigv4.claim import (
    IncompleteSignature,
    is_presigned,
    parts_of,
    read_claim,
    split_credential,
)
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.dissect.fields import NotRecognised
from labkit.lens.dissect.signed_request import KIND, SignaturePart, SignedRequest


def matches(text: str) -> bool:
    """Say whether `text` claims to be an Authorization header, or a URL with a signature in its query."""
    return text.lstrip().startswith("AWS4-") or ("://" in text and "X-Amz-Credential=" in text)


def read_text(text: str) -> SignedRequest:
    """An Authorization header or a presigned URL taken apart.

    A URL does not say with which method it is meant to be used; GET is assumed, and no body.
    NotRecognised if it lacks a part.
    """
    text = text.strip()
    if not text.startswith("AWS4-"):
        url = urlsplit(text)
        return read(HttpRequest("GET", url.scheme, url.netloc, url.path or "/", url.query))
    try:
        algorithm, parts = parts_of(text)
        access_key, scope, terminator = split_credential(parts.get("Credential", ""))
    except IncompleteSignature as fault:
        raise NotRecognised(0, f"{KIND}: {fault}") from fault
    named = _named(
        "Authorization header",
        algorithm,
        access_key,
        scope,
        terminator,
        parts.get("SignedHeaders", ""),
        parts.get("Signature", ""),
    )
    return SignedRequest(named, None, None)


def read(request: HttpRequest) -> SignedRequest:
    """The signature of a whole request taken apart. NotRecognised if it has none, or an incomplete one."""
    if "authorization" not in request.headers and not is_presigned(request):
        raise NotRecognised(0, f"{KIND}: the request has no Authorization header and no X-Amz-Credential")
    try:
        claim = read_claim(request)
    except IncompleteSignature as fault:
        raise NotRecognised(0, f"{KIND}: {fault}") from fault
    named = _named(
        "query" if claim.presigned else "Authorization header",
        claim.algorithm,
        claim.access_key_id,
        claim.scope,
        claim.terminator,
        ";".join(claim.signed_headers),
        claim.signature,
    )
    where = "query" if claim.presigned else "header"
    more = [SignaturePart("moment", claim.stamp, "when it was signed, in UTC, by the client's clock", where)]
    if claim.expires is not None:
        more.append(SignaturePart("expires", str(claim.expires), "seconds for which it is good", where))
    if claim.token:
        meaning = "the credential is a session's; this names the session to AWS, and is cut short here"
        more.append(
            SignaturePart(
                "session token", f"{claim.token[:8]}... ({len(claim.token)} characters)", meaning, where
            )
        )
    return SignedRequest((*named, *more), claim, request)


def _named(
    origin: str,
    algorithm: str,
    access_key: str,
    scope: derivation.Scope,
    terminator: str,
    signed_headers: str,
    signature: str,
) -> tuple[SignaturePart, ...]:
    told = (
        ("algorithm", algorithm, "how it was signed: HMAC with SHA-256, a secret that both sides have"),
        ("access key", access_key, "whose secret signed; by itself it opens nothing"),
        ("date", scope.date, "the day the signing key is good for"),
        ("region", scope.region, "the region the signing key is good for"),
        ("service", scope.service, "the service the signing key is good for"),
        ("terminator", terminator, "ends the scope, always the same"),
        ("signed headers", signed_headers, "the headers nobody can change unnoticed; others can be changed"),
        ("signature", signature, "64 hexadecimal digits that only the secret's owner, and AWS, can compute"),
    )
    return tuple(SignaturePart(name, value, meaning, origin) for name, value, meaning in told)
