"""Fixtures for every test that talks to a lab through real boto3 in this process.

A lab that logs an exception has a defect of its own, whatever the client was told; its test fails.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config

from labkit import Lab

ACCOUNT, REGION = "123456789012", "us-east-1"

# One attempt, so that a defect shows at once. The lab, not the client, is to refuse what is wrong.
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)

MakeClient = Callable[..., Any]


class Defects(logging.Handler):
    """Keeps the exceptions that a logger was told of."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def started_lab() -> Iterator[Lab]:
    """Start a lab in memory; when the block ends, fail if it logged an exception."""
    defects, log = Defects(), logging.getLogger("labkit")
    log.addHandler(defects)
    try:
        with Lab() as lab:
            yield lab
    finally:
        log.removeHandler(defects)
    told = [record.getMessage() for record in defects.records]
    assert not told, told


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Return a started lab of this test's own."""
    with started_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    """Return a started lab that the tests of a module share, as making RSA keys takes long."""
    with started_lab() as lab:
        yield lab


@cache
def _client(service: str, region: str, account: str) -> Any:
    session: Any = boto3.Session(account, "any secret will do", region_name=region)
    return session.client(service, config=CONFIG)


@pytest.fixture(scope="session")
def client() -> MakeClient:
    """Return `client(service, region=..., account=...)`; clients are kept, as one costs more than a lab."""

    def make(service: str, region: str = REGION, account: str = ACCOUNT) -> Any:
        return _client(service, region, account)

    return make


@pytest.fixture(scope="session")
def kms(client: MakeClient) -> Any:
    """Return a KMS client of account 123456789012 in us-east-1; whichever lab started last answers it."""
    return client("kms")
