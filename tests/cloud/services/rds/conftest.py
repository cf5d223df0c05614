"""Clients of RDS, and one instance that the tests of a module share, as making one takes a second."""

from collections.abc import Iterator
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.postgres.needed import lab_file
from tests.cloud.services.rds.databases import make
from tests.conftest import MakeClient, started_lab

__all__ = ["lab", "lab_file", "rds", "school"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Return a started lab that the tests of a module share."""
    with started_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def rds(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("rds")


@pytest.fixture(scope="module")
def school(rds: Any) -> dict[str, Any]:
    """Return an instance "school", as it is once it is available."""
    return make(rds, "school", DBName="marks", Tags=[{"Key": "class", "Value": "4b"}])
