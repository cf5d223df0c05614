"""A lab that has seen a little of everything, under real boto3 clients."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from labkit import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as started:
        yield started


@pytest.fixture
def kms(lab: Lab) -> Any:
    return boto3.client("kms", region_name="eu-west-1")


@pytest.fixture
def key_id(kms: Any) -> str:
    made: str = kms.create_key(Description="<script>alert(1)</script>")["KeyMetadata"]["KeyId"]
    return made
