"""The HTTP door with real sockets and a canned lab behind it."""

import asyncio
import gc
import http.client
import json
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse


class CannedLab:
    """Remembers what it was asked, and answers what the test wants."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.answer = HttpResponse(200, {"x-amzn-RequestId": "1"}, b"ok")
        self.error: BaseException | None = None
        self.gate = threading.Event()
        self.resets = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if request.path == "/slow":
            self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return self.answer

    def health(self) -> dict[str, object]:
        return {"status": "running", "keys": 3}

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture
def lab() -> CannedLab:
    return CannedLab()


@pytest.fixture
def endpoint(lab: CannedLab) -> Iterator[HttpEndpoint]:
    with HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset) as endpoint:
        yield endpoint
        lab.gate.set()


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@pytest.fixture
def client(endpoint: HttpEndpoint) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
    yield connection
    connection.close()


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


# What arrives


def test_a_request_arrives_as_it_was_sent(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    path = "/bucket/a%2Fb%20c//d/../%C3%A9?x=%20&y=1%2B2&flag"
    headers = {"X-Amz-Target": "TrentService.Encrypt", "X-Twice": "kept  inside "}
    ask(client, "POST", path, b"\x00\xffbody", headers)
    [request] = lab.requests
    assert (request.method, request.scheme) == ("POST", "http")
    assert (request.path, request.query) == ("/bucket/a%2Fb%20c//d/../%C3%A9", "x=%20&y=1%2B2&flag")
    assert request.host == f"127.0.0.1:{client.port}"
    assert request.body == b"\x00\xffbody"
    assert request.headers["x-amz-target"] == "TrentService.Encrypt"
    assert request.headers["x-twice"] == "kept  inside"
    assert request.source_ip == "127.0.0.1"


def test_a_whole_url_names_its_own_host(lab: CannedLab, endpoint: HttpEndpoint) -> None:
    raw(endpoint, b"GET http://kms.local/p%20q?r=1 HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n")
    [request] = lab.requests
    assert (request.host, request.path, request.query) == ("kms.local", "/p%20q", "r=1")


def test_a_chunked_body_arrives_in_one_piece(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    client.request("PUT", "/key", iter([b"one ", b"two ", b"x" * 200_000]), encode_chunked=True)
    assert client.getresponse().read() == b"ok"
    assert lab.requests[0].body == b"one two " + b"x" * 200_000


def test_a_body_far_beyond_a_socket_buffer_arrives(
    lab: CannedLab, client: http.client.HTTPConnection
) -> None:
    body = bytes(range(256)) * 4 * 1024 * 32  # 32 MiB
    ask(client, "PUT", "/key", body)
    assert lab.requests[0].body == body


def test_a_client_that_asks_to_continue_is_told_to(lab: CannedLab, endpoint: HttpEndpoint) -> None:
    with socket.create_connection(address(endpoint.url), timeout=10) as wire:
        wire.sendall(b"PUT /k HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        # botocore reads the first line of it by words: version, 100, anything.
        assert wire.recv(1000).split(None, 2)[:2] == [b"HTTP/1.1", b"100"]
        wire.sendall(b"data")
        assert b"200 OK" in wire.recv(1000)
    assert lab.requests[0].body == b"data"


# What is answered


def test_an_answer_goes_out_as_the_lab_gave_it(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    lab.answer = HttpResponse(
        400, {"x-amzn-RequestId": "abc", "Content-Type": "application/x-amz-json-1.1"}, b"{}"
    )
    response, body = ask(client, "POST", "/")
    assert (response.status, response.reason, body) == (400, "Bad Request", b"{}")
    assert response.headers["x-amzn-requestid"] == "abc"
    assert response.headers["Content-Length"] == "2"
    assert "Date" in response.headers


def test_head_announces_a_length_and_sends_no_body(
    lab: CannedLab, client: http.client.HTTPConnection
) -> None:
    lab.answer = HttpResponse(200, {"Content-Length": "1234"}, b"")
    response, body = ask(client, "HEAD", "/bucket/key")
    assert (response.headers["Content-Length"], body) == ("1234", b"")
    lab.answer = HttpResponse(200, {}, b"four")
    response, body = ask(client, "HEAD", "/bucket/key")
    assert (response.headers["Content-Length"], body) == ("4", b"")


def test_no_content_has_neither_length_nor_body(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    lab.answer = HttpResponse(204, {}, b"")
    response, body = ask(client, "DELETE", "/bucket/key")
    assert (response.status, response.headers["Content-Length"], body) == (204, None, b"")


def test_a_connection_serves_many_calls_without_nagles_pause(
    lab: CannedLab, client: http.client.HTTPConnection
) -> None:
    ask(client, "POST", "/")
    port = client.sock.getsockname()
    begun = time.perf_counter()
    for _ in range(25):
        ask(client, "POST", "/", b"x" * 2000)
    assert time.perf_counter() - begun < 25 * 0.035, "Nagle with delayed acknowledgements costs 40 ms a call"
    assert client.sock.getsockname() == port


# What goes wrong


@pytest.mark.parametrize(
    "message",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET somewhere HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["not HTTP", "no host", "no path", "no URL", "no colon", "no length", "too long", "no chunk"],
)
def test_malformed_http_is_answered_400(
    lab: CannedLab, endpoint: HttpEndpoint, message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert raw(endpoint, message).startswith(b"HTTP/1.1 400 ")
    assert lab.requests == []
    assert caplog.records == []


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_an_unforeseen_error_is_an_internal_failure_and_its_message_stays_inside(
    lab: CannedLab,
    client: http.client.HTTPConnection,
    caplog: pytest.LogCaptureFixture,
    error: type[BaseException],
) -> None:
    lab.error = error("the plaintext is swordfish")
    response, body = ask(client, "POST", "/")
    assert response.status == 500
    assert json.loads(body)["__type"] == "InternalFailure"
    [record] = [one for one in caplog.records if one.name == "labkit"]
    assert record.levelno == logging.ERROR
    assert error.__name__ in record.getMessage()
    assert "in handle" in record.getMessage()
    assert "swordfish" not in caplog.text
    assert b"swordfish" not in body


@pytest.mark.parametrize("value", ["swordfish\r\nX-Injected: 1", "snowman ☃ swordfish"])
def test_a_header_that_cannot_be_sent_is_an_internal_failure(
    lab: CannedLab, client: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    lab.answer = HttpResponse(200, {"x-amz-meta-a": value}, b"ok")
    response, _ = ask(client, "GET", "/")
    assert (response.status, response.headers["X-Injected"]) == (500, None)
    assert "swordfish" not in caplog.text


def test_a_client_that_stalls_or_a_slow_call_blocks_nobody(
    lab: CannedLab, endpoint: HttpEndpoint, client: http.client.HTTPConnection
) -> None:
    slow = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
    with socket.create_connection(address(endpoint.url), timeout=10) as stalled:
        stalled.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        slow.request("GET", "/slow")
        assert ask(client, "GET", "/quick")[1] == b"ok"
    lab.gate.set()
    assert slow.getresponse().read() == b"ok"
    slow.close()


def test_a_call_may_call_back_through_the_same_door(endpoint: HttpEndpoint, lab: CannedLab) -> None:
    def lambda_function(request: HttpRequest) -> HttpResponse:
        inner = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
        answer = ask(inner, "GET", "/_labkit/health")[1]
        inner.close()
        return HttpResponse(200, {}, answer)

    with HttpEndpoint(handle=lambda_function, health=lab.health, reset=lab.reset) as outer:
        client = http.client.HTTPConnection(*address(outer.url), timeout=10)
        assert b"running" in ask(client, "POST", "/")[1]
        client.close()


def test_a_client_that_leaves_before_its_answer_harms_nothing(
    lab: CannedLab,
    endpoint: HttpEndpoint,
    client: http.client.HTTPConnection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_connection(address(endpoint.url), timeout=10) as impatient:
        impatient.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        while not lab.requests:
            time.sleep(0.01)
    lab.gate.set()
    assert ask(client, "GET", "/")[1] == b"ok"
    assert caplog.records == []


# TLS


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_https_holds_under_the_strictest_verification(
    lab: CannedLab, endpoint: HttpEndpoint, host: str
) -> None:
    context = ssl.create_default_context(cafile=endpoint.ca_bundle)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    wire = socket.create_connection(address(endpoint.tls_url), timeout=10)
    client = http.client.HTTPSConnection(host, context=context)
    client.sock = context.wrap_socket(wire, server_hostname=host)
    assert ask(client, "POST", "/", b"body")[1] == b"ok"
    assert lab.requests[0].scheme == "https"
    client.close()


def test_https_is_refused_by_a_client_that_does_not_know_the_authority(endpoint: HttpEndpoint) -> None:
    client = http.client.HTTPSConnection(*address(endpoint.tls_url), timeout=10)
    with pytest.raises(ssl.SSLCertVerificationError):
        client.request("GET", "/")
    client.close()


# The lab's own addresses


def test_health_and_reset(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    response, body = ask(client, "GET", "/_labkit/health")
    assert (response.status, json.loads(body)) == (200, {"status": "running", "keys": 3})
    assert ask(client, "POST", "/_labkit/reset")[0].status == 200
    assert (lab.resets, lab.requests) == (1, [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/_labkit/health", 405),
        ("GET", "/_labkit/reset", 405),
        ("DELETE", "/_labkit/reset", 405),
        ("GET", "/_labkit/other", 404),
    ],
)
def test_other_methods_and_paths_are_refused(
    lab: CannedLab, client: http.client.HTTPConnection, method: str, path: str, status: int
) -> None:
    assert ask(client, method, path)[0].status == status
    assert lab.resets == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:5599"},
        {"Host": "[::1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_a_web_page_from_elsewhere_may_not_reset(
    lab: CannedLab, client: http.client.HTTPConnection, headers: dict[str, str]
) -> None:
    assert ask(client, "POST", "/_labkit/reset", headers=headers)[0].status == 403
    assert lab.resets == 0


@pytest.mark.parametrize(
    "headers", [{"Host": "localhost:5599"}, {"Host": "[::1]:5599"}, {"Origin": "http://localhost:8888"}]
)
def test_this_machines_own_programs_may(
    lab: CannedLab, client: http.client.HTTPConnection, headers: dict[str, str]
) -> None:
    assert ask(client, "POST", "/_labkit/reset", headers=headers)[0].status == 200
    assert lab.resets == 1


# The door's life


def test_it_listens_on_loopback_only(endpoint: HttpEndpoint) -> None:
    for url in (endpoint.url, endpoint.tls_url):
        assert urlsplit(url).hostname == "127.0.0.1"
        # 127.0.0.2 is this machine too, but not the address that was opened: refused, or on macOS unknown.
        with pytest.raises(OSError, match=r"refused|timed out|assign"):
            socket.create_connection(("127.0.0.2", address(url)[1]), timeout=1)


def test_twenty_openings_leave_nothing_behind(lab: CannedLab) -> None:
    threads = threading.active_count()
    for _ in range(20):
        endpoint = HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset).start()
        port = address(endpoint.url)
        context = ssl.create_default_context(cafile=endpoint.ca_bundle)
        clients = [
            http.client.HTTPConnection(*port, timeout=10),
            http.client.HTTPSConnection(*address(endpoint.tls_url), context=context, timeout=10),
        ]
        for client in clients:
            assert ask(client, "GET", "/")[1] == b"ok"
        bundle = Path(endpoint.ca_bundle)
        endpoint.stop()
        endpoint.stop()
        for client in clients:
            client.close()
        assert not bundle.parent.exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(port, timeout=1)
    gc.collect()  # a socket that was forgotten warns now, and a warning is an error
    assert threading.active_count() == threads


def test_a_program_that_ends_without_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    program = (
        "from labkit.cloud.endpoints.http import HttpEndpoint\n"
        "HttpEndpoint(handle=None, health=dict, reset=None).start()\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_stopping_answers_the_call_under_way(lab: CannedLab) -> None:
    endpoint = HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset).start()
    client = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
    client.request("GET", "/slow")
    while not lab.requests:
        time.sleep(0.01)
    threading.Timer(0.2, lab.gate.set).start()
    endpoint.stop()
    assert client.getresponse().read() == b"ok"
    client.close()


def test_an_endpoint_can_be_opened_again(lab: CannedLab) -> None:
    endpoint = HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset)
    for _ in range(2):
        with endpoint:
            client = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
            assert ask(client, "GET", "/")[1] == b"ok"
            client.close()


def test_starting_twice_is_refused(endpoint: HttpEndpoint) -> None:
    with pytest.raises(RuntimeError, match="already started"):
        endpoint.start()


@pytest.mark.parametrize("which", ["port", "tls_port"])
def test_a_port_that_is_taken_is_named(lab: CannedLab, endpoint: HttpEndpoint, which: str) -> None:
    port = address(endpoint.url)[1]
    ports = {which: port}
    second = HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset, **ports)
    with pytest.raises(OSError, match="in use") as caught:
        second.start()
    assert caught.value.filename == f"127.0.0.1:{port}"


def test_it_opens_where_a_loop_is_already_running(lab: CannedLab) -> None:
    async def notebook_cell() -> bytes:
        with HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset) as endpoint:
            client = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
            body = ask(client, "GET", "/")[1]
            client.close()
            return body

    assert asyncio.run(notebook_cell()) == b"ok"
