"""A lab that says what a test wants, and the few words of HTTP the tests of the door speak."""

import http.client
import socket
import threading
from urllib.parse import urlsplit

from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse


class CannedLab:
    """Remembers what it was asked, and answers what the test wants."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.answer = HttpResponse(200, {"x-amzn-RequestId": "1"}, b"ok")
        self.error: BaseException | None = None
        self.gate = threading.Event()
        self.spooled: list[str] = []  # the hashes of bodies that came in a file
        self.resets = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if request.spooled is not None:
            self.spooled.append(request.spooled.sha256())
        if request.path == "/slow":
            self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return self.answer

    def health(self) -> dict[str, object]:
        return {"status": "running", "keys": 3}

    def reset(self) -> None:
        self.resets += 1


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def ask(
    client: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    client.request(method, path, body, headers or {})
    response = client.getresponse()
    return response, response.read()


def raw(endpoint: HttpEndpoint, message: bytes) -> bytes:
    """Send bytes as they are, and read until the server closes."""
    with socket.create_connection(address(endpoint.url), timeout=10) as wire:
        wire.sendall(message)
        received = b""
        while piece := wire.recv(65536):
            received += piece
        return received
