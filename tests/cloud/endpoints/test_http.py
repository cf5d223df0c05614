"""The door's life, over HTTP and HTTPS: opening, serving, closing without a trace."""

import asyncio
import gc
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labkit.cloud.endpoints.http import WORKERS, HttpEndpoint
from tests.cloud.endpoints.canned_lab import CannedLab, address, ask

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
        "from labkit.cloud.endpoints.http import WORKERS, HttpEndpoint\n"
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


def test_stopping_hangs_up_on_calls_that_have_not_begun(lab: CannedLab) -> None:
    endpoint = HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset).start()
    clients = [http.client.HTTPConnection(*address(endpoint.url), timeout=10) for _ in range(WORKERS + 1)]
    for client in clients:
        client.request("GET", "/slow")
    while len(lab.requests) < WORKERS:
        time.sleep(0.01)
    time.sleep(0.1)  # the last one is waiting for a worker by now
    threading.Timer(0.2, lab.gate.set).start()
    endpoint.stop()
    assert len(lab.requests) == WORKERS
    hung_up = 0
    for client in clients:
        try:
            assert client.getresponse().read() == b"ok"
        except ConnectionError:
            hung_up += 1
        client.close()
    assert hung_up == 1


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
