"""A canned lab, a door open on it, and a client at the door."""

import http.client
from collections.abc import Iterator

import pytest

from labkit.cloud.endpoints.http import HttpEndpoint
from tests.cloud.endpoints.canned_lab import CannedLab, address


@pytest.fixture
def lab() -> CannedLab:
    return CannedLab()


@pytest.fixture
def endpoint(lab: CannedLab) -> Iterator[HttpEndpoint]:
    with HttpEndpoint(handle=lab.handle, health=lab.health, reset=lab.reset) as endpoint:
        yield endpoint
        lab.gate.set()


@pytest.fixture
def client(endpoint: HttpEndpoint) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*address(endpoint.url), timeout=10)
    yield connection
    connection.close()
