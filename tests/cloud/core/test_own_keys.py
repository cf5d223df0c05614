"""A service's own key: what it holds for a while is not to be read in a lab's file."""

import json
from pathlib import Path

import boto3
import pytest

from labkit import Lab
from labkit.cloud.core.own_keys import open_own, seal_own
from labkit.cloud.state.hsm_memory import HsmMemory
from labkit.crypto.errors import AuthenticationFailed
from tests.cloud.services.events.conftest import let_in, rule

SECRET = b"a secret that nobody may read"


def test_it_opens_what_it_has_sealed_and_nothing_else() -> None:
    memory = HsmMemory(b"r" * 32)
    sealed = seal_own(memory, "sqs", SECRET)
    assert SECRET not in sealed
    assert sealed != seal_own(memory, "sqs", SECRET)
    assert open_own(memory, "sqs", sealed) == SECRET
    for other, service in ((memory, "events"), (HsmMemory(b"s" * 32), "sqs")):
        with pytest.raises(AuthenticationFailed):
            open_own(other, service, sealed)


def test_an_event_and_the_message_it_becomes_are_ciphertext_in_a_lab_s_file(tmp_path: Path) -> None:
    with Lab(tmp_path / "class.lab"):
        sqs, events = boto3.client("sqs"), boto3.client("events")
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        let_in(sqs, url)
        rule(events, {"source": ["me"]})
        detail = json.dumps({"password": SECRET.decode()})
        events.put_events(Entries=[{"Source": "me", "DetailType": "t", "Detail": detail}])
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # also what was deleted since
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert b"inbox" in stored
    assert SECRET not in stored
    assert json.loads(message["Body"])["detail"] == {"password": SECRET.decode()}
