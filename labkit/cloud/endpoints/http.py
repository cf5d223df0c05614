"""The second door: real sockets, HTTP and HTTPS, for the `aws` command and every client outside this process.

    client -> socket -> tornado's HTTP/1.1 -> Exchange -> the gateway's handle()

It is the same gateway behind the same list of steps as in-process; only the way in differs. This page is the
door's life: opening two listeners, serving them from a thread of their own, and closing without a trace.
"""

import asyncio
import atexit
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tornado.httpserver import HTTPServer

from labkit.cloud.endpoints.addresses import CONTROL, LOOPBACK
from labkit.cloud.endpoints.certificate import issue, server_context
from labkit.cloud.endpoints.control import Control
from labkit.cloud.endpoints.exchange import Exchanges, Handler
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

# What one PUT may carry on S3, in bytes ("Amazon S3 quotas").
MAX_BODY = 5 * 1024**3
# How much is read from a socket at once; each reading costs a turn of the event loop.
CHUNK = 256 * 1024

# Calls wait for the lab's lock one after the other anyway; the threads are for those that wait for something
# else, such as a Lambda function calling back in.
WORKERS = 16


class HttpEndpoint:
    """An HTTP and an HTTPS listener on 127.0.0.1, served by a background thread.

    `handle` answers a request and must be thread safe; `health` and `reset` are what `/_labkit/health` and
    `/_labkit/reset` do. A port of 0 lets the operating system choose. The thread has an event loop of its
    own, so that a notebook, whose loop is already running, can have an endpoint too.

    Usable as a context manager: `with HttpEndpoint(...) as endpoint: ...`.
    """

    def __init__(
        self,
        *,
        handle: Handler,
        health: Callable[[], Mapping[str, object]],
        reset: Callable[[], None],
        port: int = 0,
        tls_port: int = 0,
    ) -> None:
        self._handle = handle
        self._control = Control(health, reset)
        self._port = port
        self._tls_port = tls_port
        self._running = False

    @property
    def url(self) -> str:
        """Where plain HTTP listens, for AWS_ENDPOINT_URL."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def tls_url(self) -> str:
        """Where HTTPS listens; a client that uses it must trust `ca_bundle`.

        The address and not "localhost", which the certificate covers as well: some systems try ::1 first,
        and S3 clients put a bucket's name in front of a host name, but never in front of an address.
        """
        return f"https://{LOOPBACK}:{self._tls_port}"

    @property
    def ca_bundle(self) -> str:
        """Path of the authority's certificate in PEM, for AWS_CA_BUNDLE. It is deleted by `stop`."""
        return str(self._folder / "labkit-ca.pem")

    def start(self) -> Self:
        """Open both listeners; when this returns, clients can connect.

        Raises OSError if a port is taken or not permitted, with the address in `filename`.
        """
        if self._running:
            raise RuntimeError("This endpoint is already started.")
        papers = issue()
        context = server_context(papers)
        listener = _listen(self._port)
        try:
            tls_listener = _listen(self._tls_port)
        except OSError:
            listener.close()
            raise
        self._port = _port_of(listener)
        self._tls_port = _port_of(tls_listener)

        self._folder = Path(tempfile.mkdtemp(prefix="labkit-"))
        Path(self.ca_bundle).write_bytes(papers.authority)

        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="labkit-call")
        self._doors = [Exchanges(self._answer, scheme, self._workers) for scheme in ("http", "https")]
        self._servers = [
            HTTPServer(self._doors[0], max_body_size=MAX_BODY, chunk_size=CHUNK),
            HTTPServer(self._doors[1], max_body_size=MAX_BODY, chunk_size=CHUNK, ssl_options=context),
        ]
        # The selector loop is the one that tornado can use on every system, Windows included.
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="labkit-http", daemon=True)
        self._thread.start()
        self._in_the_loop(self._accept(listener, tls_listener))
        self._running = True
        atexit.register(self.stop)  # a notebook's kernel ends without a word
        return self

    def stop(self) -> None:
        """Close the door: no new connections, calls under way are answered, then everything is released.

        Waits for the calls under way, so the caller must not hold the lab's lock. A second stop does nothing.
        """
        if not self._running:
            return
        self._running = False
        atexit.unregister(self.stop)
        self._in_the_loop(self._refuse())
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._in_the_loop(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self._folder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(CONTROL):
            return self._control.handle(request)
        return self._handle(request)

    def _in_the_loop(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _accept(self, *listeners: socket.socket) -> None:
        for server, listener in zip(self._servers, listeners, strict=True):
            server.add_socket(listener)

    async def _refuse(self) -> None:
        for server, door in zip(self._servers, self._doors, strict=True):
            server.stop()
            door.closing = True

    async def _hang_up(self) -> None:
        for server in self._servers:
            await server.close_all_connections()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A port stays reserved for a minute after its last connection; this takes it at once. On Windows
            # the same option would let two programs share one port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        error.filename = f"{LOOPBACK}:{port}"
        raise
    return listener


def _port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
