"""One request on a real socket: what arrives, what is answered, what goes wrong."""

import http.client
import json
import logging
import socket
import time
from hashlib import sha256

import pytest

from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from tests.cloud.endpoints.canned_lab import CannedLab, address, ask, raw

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
    assert (lab.requests[0].body, lab.spooled) == (b"", [sha256(body).hexdigest()])


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


def test_a_status_without_a_name_goes_out(lab: CannedLab, client: http.client.HTTPConnection) -> None:
    lab.answer = HttpResponse(599, {}, b"")
    assert ask(client, "GET", "/")[0].status == 599


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
