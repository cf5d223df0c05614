"""The front door: start, stop, reset, serve; and nobody's real credentials take part."""

import gc
import os

import boto3
import pytest

from labkit import Lab
from labkit.cloud.endpoints import inprocess
from labkit.lab import Environment


def test_the_environment_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMYOWNREALKEY0000")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "my own token")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    before = dict(os.environ)
    with Lab() as lab:
        assert os.environ["AWS_ACCESS_KEY_ID"] != "AKIAMYOWNREALKEY0000"
        assert "AWS_SESSION_TOKEN" not in os.environ
        boto3.Session().client("kms").list_keys()
        assert "AKIAMYOWNREALKEY0000" not in lab.gateway.calls[-1].request.headers["authorization"]
        lab.serve()
        assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert dict(os.environ) == before


def test_a_region_that_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with Lab():
        assert ":eu-central-1:" in boto3.client("kms").create_key()["KeyMetadata"]["Arn"]


def test_reset_empties_the_lab_and_it_goes_on_answering() -> None:
    with Lab() as lab:
        kms = boto3.client("kms")
        kms.create_key()
        lab.clock.advance(days=10)
        endpoint = lab.serve()
        lab.reset()
        assert kms.list_keys()["Keys"] == []
        assert boto3.client("kms", endpoint_url=endpoint.url).list_keys()["Keys"] == []
        assert len(lab.gateway.calls) == 2


def test_stopping_keeps_what_the_lab_holds() -> None:
    lab = Lab().start()
    boto3.client("kms").create_key()
    lab.stop()
    lab.stop()
    with lab.start():
        assert len(boto3.client("kms").list_keys()["Keys"]) == 1


def test_starting_twice_is_starting_once() -> None:
    lab = Lab()
    assert lab.start() is lab.start()
    boto3.client("kms").list_keys()
    assert len(lab.gateway.calls) == 1
    lab.close()


def test_health_is_plain_data() -> None:
    health = Lab().health()
    assert health["status"] == "running"
    assert "kms" in health["services"]


def test_the_environment_comes_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with pytest.raises(LookupError), Environment({"AWS_PROFILE": None, "LABKIT_TEST": "1"}):
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["LABKIT_TEST"] == "1"
        raise LookupError
    assert os.environ["AWS_PROFILE"] == "mine"
    assert "LABKIT_TEST" not in os.environ


def test_a_lab_that_nobody_holds_goes_on_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")  # to be put back afterwards
    Lab().start()
    gc.collect()
    assert boto3.client("kms").list_keys()["Keys"] == []
    inprocess.leave(inprocess._open[-1])
