"""One request and its answer on a socket: from tornado's HTTP/1.1 to labkit's two messages and back.

tornado reads and writes the wire (RFC 9112: framing, keep-alive, chunked bodies, `Expect: 100-continue`, 400
for what is malformed). This page gathers a request, has it answered away from the event loop, and writes.
What is too long for memory goes through a temporary file on its way in, and piece by piece on its way out.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from email.utils import formatdate
from http import HTTPStatus
from http.client import responses
from urllib.parse import urlsplit

from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import StreamClosedError

from labkit.cloud.core.defects import log_without_values
from labkit.cloud.protocols.bodies import Spool, Stream
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


# AWS's "Common Errors": the one for what the service did not foresee.
INTERNAL_FAILURE = HttpResponse(
    status=500,
    headers={"Content-Type": "application/x-amz-json-1.1"},
    body=b'{"__type":"InternalFailure","message":"The request processing has failed because of an unknown '
    b'error, exception or failure."}',
)


class Exchanges(HTTPServerConnectionDelegate):
    """Makes one `Exchange` a request; tornado's server asks it for them.

    Calls run in `workers`, not in the event loop. There, one slow call would hold up every other connection,
    and a call that calls back (a Lambda function that uses the lab, through this same door) would wait for
    ever: the loop that should accept its request would be the one that waits for its result.
    """

    def __init__(self, handle: Handler, scheme: str, workers: Executor) -> None:
        self.handle = handle
        self.scheme = scheme
        self.workers = workers
        self.closing = False

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """A new request begins on a connection (tornado's interface)."""
        assert isinstance(request_conn, HTTP1Connection)
        return Exchange(self, request_conn)


class Exchange(HTTPMessageDelegate):
    """One request: gathered as it arrives, answered once it is whole."""

    def __init__(self, door: Exchanges, connection: HTTP1Connection) -> None:
        self._door = door
        self._connection = connection
        self._spool = Spool()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        """Keep the head of the request. Raises HTTPInputError, which tornado answers with 400."""
        assert isinstance(start_line, RequestStartLine)
        if start_line.version == "HTTP/1.1" and "Host" not in headers:
            raise HTTPInputError("an HTTP/1.1 request names its Host")
        self._method = start_line.method
        self._target = _split_target(start_line.path, headers.get("Host", ""))
        self._headers = {name.lower(): value for name, value in headers.items()}

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        self._spool.write(chunk)

    def finish(self) -> None:
        """The request is whole: have it answered, and write the answer when it is there."""
        if self._door.closing:
            self._connection.close()
            return
        loop = asyncio.get_running_loop()
        answer = self._door.workers.submit(_answer, self._door.handle, self._request())
        answer.add_done_callback(lambda done: loop.call_soon_threadsafe(self._write, done))

    def on_connection_close(self) -> None:
        """The client went away in the middle of its request: forget it."""
        self._spool.drop()

    def _request(self) -> HttpRequest:
        host, path, query = self._target
        body, spooled = self._spool.finish()
        return HttpRequest(
            method=self._method,
            scheme=self._door.scheme,
            host=host,
            path=path,
            query=query,
            headers=self._headers,
            body=body,
            source_ip=str(self._connection.context),  # tornado prints a connection as its peer's address
            spooled=spooled,
        )

    def _write(self, done: "Future[HttpResponse]") -> None:
        if done.cancelled():
            self._connection.close()
            return
        answer = done.result()
        try:
            self._send(answer)
        except Exception as error:  # noqa: BLE001 - whatever tornado finds wrong with a header of ours
            log_without_values(error, "writing an answer")
            self._send(INTERNAL_FAILURE)

    def _send(self, answer: HttpResponse) -> None:
        headers = HTTPHeaders(answer.headers)
        bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        # An answer to HEAD announces the length that GET would have had, which the service may know best.
        if not bodiless and not (self._method == "HEAD" and "Content-Length" in headers):
            headers["Content-Length"] = str(answer.stream.size if answer.stream else len(answer.body))
        # Wall time, as the dates of signatures: botocore corrects its own clock by this header.
        headers.setdefault("Date", formatdate(usegmt=True))
        body = b"" if bodiless or self._method == "HEAD" else answer.body
        start_line = ResponseStartLine("HTTP/1.1", answer.status, responses.get(answer.status, "Unknown"))
        self._connection.write_headers(start_line, headers, body)
        if answer.stream is None:
            self._connection.finish()
        else:
            asyncio.get_running_loop().create_task(self._send_pieces(answer.stream))

    async def _send_pieces(self, stream: Stream) -> None:
        """Write a long body as fast as the client reads it; each piece is made away from the event loop."""
        loop = asyncio.get_running_loop()
        try:
            while piece := await loop.run_in_executor(self._door.workers, next, stream.pieces, b""):
                await self._connection.write(piece)
            self._connection.finish()
        except StreamClosedError:
            pass  # the client has seen enough
        except Exception as error:  # noqa: BLE001 - the answer has begun, so all that is left is to break it off
            log_without_values(error, "writing an answer")
            self._connection.close()


def _answer(handle: Handler, request: HttpRequest) -> HttpResponse:
    """What the gateway answers; a fault of ours becomes AWS's InternalFailure."""
    try:
        return handle(request)
    except BaseException as error:  # noqa: BLE001 - the outermost wall: not even sys.exit() passes it
        log_without_values(error, "answering a request")
        return INTERNAL_FAILURE
    finally:
        request.close()


def _split_target(target: str, host: str) -> tuple[str, str, str]:
    """Host, path and query of a request line's target, percent-encoding untouched.

    A target is "/path?query", a whole "http://host/path?query" (RFC 9112, section 3.2.2, tells servers to
    accept it and to prefer its host), or the "*" of OPTIONS. Raises HTTPInputError for anything else.
    """
    if target.startswith(("http://", "https://")):
        try:
            url = urlsplit(target)
        except ValueError as error:
            raise HTTPInputError("a malformed URL as a request target") from error
        return url.netloc, url.path or "/", url.query
    if not target.startswith("/") and target != "*":
        raise HTTPInputError("a request target is a path or a whole URL")
    path, _, query = target.partition("?")
    return host, path, query
