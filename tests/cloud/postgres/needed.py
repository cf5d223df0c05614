"""Tests that need a PostgreSQL to start are skipped, with the reason, on a machine that has none."""

import pytest

from labkit.cloud.postgres import NoPostgresError
from labkit.cloud.postgres.binaries import find_programs


def _missing() -> str:
    try:
        find_programs()
    except NoPostgresError as error:
        return str(error)
    return ""


needs_postgres = pytest.mark.skipif(bool(_missing()), reason=_missing() or "PostgreSQL is there")
