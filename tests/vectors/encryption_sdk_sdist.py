"""The test vectors of `aws-encryption-sdk`, which are in its source distribution only."""

import json
from functools import cache
from typing import Any

from tests.vectors.sdist import vectors


@cache
def commitment_vectors() -> list[dict[str, Any]]:
    """Messages of SDKs in four languages, each with its data key; skips the test if they cannot be had."""
    folder = vectors("aws-encryption-sdk", "aws-encryption-sdk", ("test", "resources"))
    found: list[dict[str, Any]] = json.loads((folder / "commitment-test-vectors.json").read_text("utf-8"))[
        "tests"
    ]
    return found
