"""Between KMS and the proxies there is a network, and all that crosses it can be read here.

Nothing leaves the process: a `Transport` is a function from a request to a response. The lab's own finds the
proxy that lives at the address; another one may be put in its place.
"""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.services.kms.keystores.proxy import Proxy
from labkit.cloud.services.kms.keystores.proxy_model import xks_tables

Transport = Callable[[HttpRequest], HttpResponse]

TIMEOUT_MILLISECONDS = 250
EXCHANGES_REMEMBERED = 100


class NoConnectionError(Exception):
    """Nobody answers at this address."""


class NoReplyError(Exception):
    """Somebody answers, and takes longer than KMS waits."""


class Exchange(NamedTuple):
    """One request of KMS and what came back; `response` is None where nothing did.

    What is encrypted here is KMS's own ciphertext already, so no plaintext of a KMS caller is in it.
    """

    request: HttpRequest
    response: HttpResponse | None

    @property
    def asked(self) -> Any:
        """The JSON that KMS sent."""
        return json.loads(self.request.body)

    @property
    def answered(self) -> Any:
        """The JSON that came back, or None."""
        return json.loads(self.response.body) if self.response else None


class Network:
    """How requests reach proxies, and the last of them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.transport: Transport = self.deliver
        self.exchanges: deque[Exchange] = deque(maxlen=EXCHANGES_REMEMBERED)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request, and note it with its answer.

        Raises:
            NoConnectionError: nobody is there. NoReplyError: no answer came within 250 milliseconds.
        """
        response = None
        try:
            response = self.transport(request)
        finally:
            self.exchanges.append(Exchange(request, response))
        return response

    def deliver(self, request: HttpRequest) -> HttpResponse:
        """Let the proxy at the request's address answer it."""
        endpoint = f"{request.scheme}://{request.host}"
        there = xks_tables(self._cloud).proxies.having("endpoint", endpoint)
        asked = next((proxy for proxy in there if request.path.startswith(f"{proxy.UriPath}/")), None)
        asked = asked or next(iter(there), None)
        if asked is None or asked.Outage:
            raise NoConnectionError(endpoint)
        if asked.ReplyMilliseconds > TIMEOUT_MILLISECONDS:
            raise NoReplyError(endpoint)
        return Proxy(self._cloud, asked).answer(request)
