"""Health and reset, and who may ask for them."""

import http.client
import json

import pytest

from labkit.cloud.endpoints.control import Control
from labkit.cloud.protocols.messages import HttpRequest
from tests.cloud.endpoints.canned_lab import CannedLab, ask


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


def test_another_machine_may_not_even_if_the_door_were_open_to_it(lab: CannedLab) -> None:
    stranger = HttpRequest("POST", "http", "localhost:5599", "/_labkit/reset", source_ip="192.0.2.7")
    assert Control(lab.health, lab.reset).handle(stranger).status == 403
    assert lab.resets == 0


@pytest.mark.parametrize(
    "headers", [{"Host": "localhost:5599"}, {"Host": "[::1]:5599"}, {"Origin": "http://localhost:8888"}]
)
def test_this_machines_own_programs_may(
    lab: CannedLab, client: http.client.HTTPConnection, headers: dict[str, str]
) -> None:
    assert ask(client, "POST", "/_labkit/reset", headers=headers)[0].status == 200
    assert lab.resets == 1
