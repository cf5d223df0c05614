"""Steps 1 and 8: the request and the answer as HTTP, byte for byte what went over the wire.

Bodies are shown as they were sent, plaintexts and data keys included, because seeing them there is the
lesson: base64 hides nothing, TLS does. What would let a reader act as the caller is shortened: the
signature and a session token.
"""

import json
import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from labkit.cloud.core.call import Call
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.steps.step import Row, Step
from labkit.lens.steps.values import beginning, brief, counted

_SHOWN_CHARACTERS = 20_000  # a request to KMS is far shorter; an object put into S3 need not be
_SIGNATURE = re.compile(r"(Signature=[0-9a-f]{8})[0-9a-f]+")
_TOKEN = re.compile(r"(X-Amz-Security-Token=)[^&]+")


def request_step(call: Call) -> Step:
    """Step 1: what the client sent."""
    request = call.request
    rows = [Row("request line", _request_line(request), "code")]
    rows += [Row(name, _header(name, value), "code") for name, value in request.headers.items()]
    spooled, size = request.spooled, len(request.body)
    body = _body(request.body, request.headers.get("content-type", ""))
    if spooled is not None:
        body, size = beginning(spooled.head, spooled.size), spooled.size
    rows.append(Row("body", body, "code"))
    rows += [
        Row(
            name,
            f"base64 of {counted(len(value), 'byte')}. Base64 is not encryption: anyone can decode it, "
            "and only TLS hides it on the way.",
        )
        for name, value in call.parameters.items()
        if isinstance(value, bytes)
    ]
    return Step(
        1,
        "What arrived on the wire",
        "The client has turned the call into one HTTP request and signed it. This is all that the "
        "service is told.",
        tuple(rows),
        f"{request.method}, {counted(size, 'byte')} of body",
    )


def response_step(call: Call) -> Step:
    """Step 8: what the client got back."""
    response = call.response
    assert response is not None
    status = f"{response.status} {HTTPStatus(response.status).phrase}"
    content_type = next(
        (text for name, text in response.headers.items() if name.lower() == "content-type"), ""
    )
    rows = [Row("status", status, "code")]
    rows += [Row(name, value, "code") for name, value in response.headers.items()]
    stream = response.stream
    body = _body(response.body, content_type) if stream is None else f"{stream.size} bytes, piece by piece"
    rows.append(Row("body", body, "code"))
    rows += [
        Row(name, f"base64 of {counted(len(value), 'byte')}")
        for name, value in (call.result or {}).items()
        if isinstance(value, bytes) and call.error is None
    ]
    return Step(
        8,
        "The answer",
        "The result, or the error, in the form that the service's protocol gives it. The client turns it "
        "into a dictionary, or into an exception.",
        tuple(rows),
        status,
    )


def _request_line(request: HttpRequest) -> str:
    query = f"?{request.query}" if request.query else ""
    shortened = _TOKEN.sub(r"\1...", _SIGNATURE.sub(r"\1...", query))
    return f"{request.method} {request.scheme}://{request.host}{request.path}{shortened}"


def _header(name: str, value: str) -> str:
    if name == "authorization":
        return _SIGNATURE.sub(r"\1...", value)
    if name == "x-amz-security-token":
        return f"{value[:8]}... ({len(value)} characters)"
    return value


def _body(body: bytes, content_type: str) -> str:
    if not body:
        return "(empty)"
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return brief(body)
    pretty = _pretty(text, content_type)
    cut = len(pretty) - _SHOWN_CHARACTERS
    return pretty if cut <= 0 else f"{pretty[:_SHOWN_CHARACTERS]}\n... and {cut} more characters"


def _pretty(text: str, content_type: str) -> str:
    if "json" in content_type:
        try:
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return text  # a client may send nonsense, and then the nonsense is what arrived
    if "x-www-form-urlencoded" in content_type:
        return "\n".join(f"{name}={value}" for name, value in parse_qsl(text, keep_blank_values=True))
    return text
