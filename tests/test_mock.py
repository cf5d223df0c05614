"""`mock_aws` in every form that tests written for moto use."""

import asyncio
import unittest
from typing import Any

import boto3
import pytest

from labkit import mock_aws


def keys() -> list[Any]:
    """The keys of this cloud, before one more is made."""
    kms = boto3.client("kms", region_name="us-east-1")
    found = kms.list_keys()["Keys"]
    kms.create_key()
    return list(found)


def test_as_a_context_manager() -> None:
    for _ in range(2):
        with mock_aws():
            assert keys() == []


@mock_aws
def test_as_a_decorator() -> None:
    assert keys() == []


@mock_aws()
def test_as_a_decorator_with_brackets() -> None:
    assert keys() == []


@mock_aws(config={"core": {"mock_credentials": True}})
def test_with_a_configuration_written_for_moto() -> None:
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_by_hand() -> None:
    mock = mock_aws()
    mock.start()
    assert keys() == []
    assert len(keys()) == 1
    mock.stop()
    with pytest.raises(RuntimeError, match="not started"):
        mock.stop()


@mock_aws
class TestEachMethodHasACloudOfItsOwn:
    def test_one(self) -> None:
        assert keys() == []

    def test_two(self) -> None:
        assert keys() == []


@mock_aws
class TestSetUpSharesItsCloud(unittest.TestCase):
    def setUp(self) -> None:
        keys()

    def test_one(self) -> None:
        self.assertEqual(len(keys()), 1)

    def test_two(self) -> None:
        self.assertEqual(len(keys()), 1)


def test_around_a_coroutine() -> None:
    @mock_aws
    async def work() -> int:
        await asyncio.sleep(0)
        return len(keys())

    assert asyncio.run(work()) == 0


def test_any_credentials_are_accepted() -> None:
    with mock_aws():
        kms = boto3.client("kms", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
        assert kms.list_keys()["Keys"] == []
