"""botocore's own test vectors, which are in its source distribution only."""

from functools import cache
from pathlib import Path

from tests.vectors.sdist import vectors

_PROTOCOLS = ("tests", "unit", "protocols")
_SIGNATURES = ("tests", "unit", "auth", "aws4_testsuite")


@cache
def protocol_vectors() -> Path:
    """The folder with `input/*.json` and `output/*.json`; skips the test that asks if it cannot be had."""
    return vectors("botocore", "botocore", _PROTOCOLS)


@cache
def signature_vectors() -> Path:
    """AWS's Signature Version 4 test suite, a folder a case; skips the test if it cannot be had."""
    return vectors("botocore", "botocore-signatures", _SIGNATURES)
