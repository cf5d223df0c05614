"""Tests that need a PostgreSQL to start are skipped, with the reason, on a machine that has none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.cloud.postgres import NoPostgresError
from labkit.cloud.postgres.binaries import find_programs
from labkit.cloud.postgres.servers import remove_data


@pytest.fixture
def lab_file(tmp_path: Path) -> Iterator[Path]:
    """Return where a lab's file may be; what its databases leave outside that folder is removed."""
    yield tmp_path / "class.lab"
    remove_data(tmp_path / "class.lab")


def _missing() -> str:
    try:
        find_programs()
    except NoPostgresError as error:
        return str(error)
    return ""


needs_postgres = pytest.mark.skipif(bool(_missing()), reason=_missing() or "PostgreSQL is there")
