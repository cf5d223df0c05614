"""A signed request as the bytes in which it travels: what the signature covers, and what anybody may change.

A signed request is a plain text. `lay_out` names every byte of it, and `read_back` makes a request of the
bytes again, after somebody has changed some.
Source: RFC 9112, "HTTP/1.1"; IAM User Guide, "Elements of an AWS API request signature".
"""

import re

from labkit.cloud.gateway.sigv4.claim import read_claim, token_of
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.dissect.dissection import Dissection
from labkit.lens.dissect.fields import Field, NotRecognised
from labkit.records import replace

KIND = "Signed HTTP request"
END = b"\r\n"
COVERED = "signed: changed, it gives another signature"
NOT_COVERED = "not signed: whoever carries the request may change it unnoticed"

_REQUEST_LINE = re.compile(r"([A-Z]+) (/[^\s?]*)(?:\?(\S*))? HTTP/1\.1")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~]*)")
_AUTHORIZATION = re.compile(
    r"(authorization: \S+ )(Credential=[^/]*/)([^,]*,\s*)(SignedHeaders=[^,]*,\s*)(Signature=\S*)"
)
_MEANINGS = (
    ("algorithm", "how it was signed: HMAC with SHA-256"),
    ("access key", "whose secret signed"),
    ("scope", "day, region and service for which the signing key is good"),
    ("signed headers", "the headers that the signature covers"),
    ("signature", "64 hexadecimal digits that only the secret's owner, and AWS, can compute"),
)


def lay_out(request: HttpRequest) -> Dissection:
    """Name every byte of a request that is signed in its Authorization header.

    Raises:
        ValueError: it is not signed there, or with a session token: a token is a secret, and is not shown.
    """
    if token_of(request):
        raise ValueError("a session token is a secret: a request that carries one is not shown byte by byte")
    claim = read_claim(request)
    if claim.presigned:
        raise ValueError("a presigned URL has its signature in the query; dissect() takes it apart")
    target = request.path + (f"?{request.query}" if request.query else "")
    rows = [
        ("method", f"{request.method} ", COVERED),
        ("target", f"{target} ", f"path and query; {COVERED}"),
        ("version", "HTTP/1.1\r\n", NOT_COVERED),
        ("host", f"host: {request.host}\r\n", COVERED if "host" in claim.signed_headers else NOT_COVERED),
    ]
    for name, value in request.headers.items():
        if name == "authorization":
            rows += _authorization(f"{name}: {value}")
        elif name != "host":
            covered = COVERED if name in claim.signed_headers else NOT_COVERED
            rows.append((name, f"{name}: {value}\r\n", covered))
    rows.append(("end of the headers", "\r\n", "an empty line"))
    parts = [(name, text.encode("latin-1"), meaning) for name, text, meaning in rows]
    if request.body:
        parts.append(("body", request.body, f"by its SHA-256 hash {COVERED}"))
    fields, offset = [], 0
    for name, raw, meaning in parts:
        fields.append(Field((name,), offset, raw, meaning, "the client"))
        offset += len(raw)
    return Dissection(KIND, tuple(fields))


def read_back(data: bytes, like: HttpRequest) -> HttpRequest:
    """Return the request that these bytes are. What does not travel in them is as in `like`.

    Raises:
        NotRecognised: they are no HTTP request.
    """
    head, _, body = data.partition(END + END)
    lines = head.decode("latin-1").split("\r\n")
    first = _REQUEST_LINE.fullmatch(lines[0])
    if first is None:
        raise NotRecognised(0, "expected a method, a path and HTTP/1.1")
    headers: dict[str, str] = {}
    offset = len(lines[0]) + len(END)
    for line in lines[1:]:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise NotRecognised(offset, "expected a header: its name, a colon and its value")
        headers[found[1].lower()] = found[2].strip()
        offset += len(line) + len(END)
    if headers.get("content-length", str(len(body))) != str(len(body)):
        raise NotRecognised(len(head), f"the body has {len(body)} bytes, and content-length says otherwise")
    method, path, query = first.groups(default="")
    return replace(
        like, method=method, path=path, query=query, host=headers.get("host", ""), headers=headers, body=body
    )


def _authorization(line: str) -> list[tuple[str, str, str]]:
    found = _AUTHORIZATION.fullmatch(line)
    if found is None:
        return [("authorization", f"{line}\r\n", "the signature, in a form that is not split here")]
    texts = [*found.groups()[:-1], f"{found[5]}\r\n"]
    return [(name, text, meaning) for (name, meaning), text in zip(_MEANINGS, texts, strict=True)]
