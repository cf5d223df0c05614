"""The lab's own two addresses beside AWS's: is it alive, and empty it.

`GET /_labkit/health` and `POST /_labkit/reset`. They ask for no credentials, so they answer this machine's
own programs alone, and no web page.
"""

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from labkit.cloud.endpoints.addresses import HEALTH, RESET, THIS_MACHINE, host_name
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse


class Control:
    """Answers the requests under `/_labkit/`.

    `health` returns what `GET /_labkit/health` shows as JSON; `reset` empties the lab.
    """

    def __init__(self, health: Callable[[], Mapping[str, object]], reset: Callable[[], None]) -> None:
        self._health = health
        self._reset = reset

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request: 200, or 403 (a stranger), 404 (no such path), 405 (the wrong method)."""
        refusal = _why_a_stranger(request)
        if refusal:
            return _json(403, {"message": refusal})
        match request.path, request.method:
            case (path, "GET") if path == HEALTH:
                return _json(200, self._health())
            case (path, "POST") if path == RESET:
                self._reset()
                return _json(200, {"message": "The lab is empty again."})
            case (path, method) if path in (HEALTH, RESET):
                allowed = "GET" if path == HEALTH else "POST"
                return _json(405, {"message": f"{path} answers {allowed}, not {method}."}, Allow=allowed)
        return _json(404, {"message": f"There are two addresses here: {HEALTH} and {RESET}."})


def _why_a_stranger(request: HttpRequest) -> str | None:
    """Why this request is refused, or None if one of this machine's own programs sent it.

    Any web page can make the student's browser send requests to 127.0.0.1. Two headers give it away: `Origin`
    names the page (RFC 6454), and `Host` still names the page's own server where its DNS answer was switched
    to 127.0.0.1 after loading ("DNS rebinding") and the browser believes itself to be at home.
    """
    if not ip_address(request.source_ip).is_loopback:
        return "Only programs on this machine may ask."
    if host_name("//" + request.host) not in THIS_MACHINE:
        return "The Host header must name this machine: localhost, 127.0.0.1 or [::1]."
    origin = request.headers.get("origin")
    if origin is not None and host_name(origin) not in THIS_MACHINE:
        return "A web page from elsewhere may not ask."
    return None


def _json(status: int, content: Mapping[str, object], **headers: str) -> HttpResponse:
    body = json.dumps(content).encode() + b"\n"
    return HttpResponse(status, {"Content-Type": "application/json", **headers}, body)
