"""A million recorded events: what they weigh, how long a look into them takes, and what they cost a call.

    python -m tests.benchmarks.bench_audit

The log is filled directly; every question is asked through boto3, of the full lab and of an empty one.
"""

import gc
import resource
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest.mock import patch

import boto3
import msgspec

from labkit import Lab
from labkit.cloud.audit.event import Event
from labkit.cloud.audit.log import EventLog, event_log
from labkit.cloud.endpoints import inprocess
from labkit.cloud.gateway import gateway, record
from labkit.crypto.randomness import random_uuid
from tests.benchmarks.ratios import Contender, microseconds, race, report

EVENTS, LINES, RARE_EVERY = 1_000_000, 100_000, 100_000
ACCOUNT, REGION = "123456789012", "us-east-1"


def client(service: str) -> Any:
    """A client of a session of its own."""
    session: Any = boto3.Session("AKIALABKITEXAMPLE000", "secret", region_name=REGION)
    return session.client(service)


def sample(lab: Lab) -> Event:
    """An event as a real Encrypt leaves it, encryption context and all."""
    kms = client("kms")
    key_id = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key_id, Plaintext=b"x" * 32, EncryptionContext={"Department": "Engineering"})
    (_, event), *_ = event_log(lab.cloud.store, ACCOUNT, REGION).page(limit=1)
    return event


def fill(log: EventLog, event: Event, count: int) -> None:
    """Add `count` events that differ in what differs between calls: ids, time, context, a rare name."""
    start = event.EventTime - timedelta(days=80)
    step = timedelta(days=79) / count
    rare = msgspec.structs.replace(event.Action, EventName="DisableKey", ReadOnly=False)
    for number in range(count):
        asked = {
            "keyId": event.Resources[0],
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "encryptionContext": {"Order": str(number)},
        }
        log.take(
            msgspec.structs.replace(
                event,
                EventId=random_uuid(),
                RequestId=random_uuid(),
                EventTime=start + number * step,
                Action=event.Action if number % RARE_EVERY else rare,
                Parameters=msgspec.json.encode(asked).decode(),
            )
        )


def megabytes() -> float:
    """The most memory that this process has ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def questions(log: EventLog) -> dict[str, dict[str, Any]]:
    """What LookupEvents is asked: by which attribute, in which time, from where on."""

    def by(key: str, value: str) -> dict[str, Any]:
        return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}

    trail = client("cloudtrail")
    (_, middle), *_ = log.page(before=log.next_number // 2 + 1, limit=1)
    ancient = by("EventName", "Encrypt") | {"EndTime": middle.EventTime}
    token = trail.lookup_events(**ancient).get("NextToken")
    return {
        "newest 50": {},
        "a common value, 50": by("EventName", "Encrypt"),
        "a rare value, all": by("EventName", "DisableKey"),
        "one EventId": by("EventId", middle.EventId),
        "a time range, 50": {"StartTime": middle.EventTime - timedelta(days=30), "EndTime": middle.EventTime},
        "a deep page, 50": ancient | ({"NextToken": token} if token else {}),
    }


def answered_by(lab: Lab, work: Contender) -> Contender:
    """`work`, with this lab to answer it, whichever started last."""

    def turn() -> None:
        inprocess.enter(lab.gateway)
        work()
        inprocess.leave(lab.gateway)

    return turn


def works(lab: Lab) -> dict[str, Contender]:
    """What is measured on each lab: every question, and an Encrypt."""
    trail, kms = client("cloudtrail"), client("kms")
    inprocess.enter(lab.gateway)
    asked = questions(event_log(lab.cloud.store, ACCOUNT, REGION))
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    inprocess.leave(lab.gateway)
    found: dict[str, Contender] = {
        f"LookupEvents, {name}": partial(trail.lookup_events, **question) for name, question in asked.items()
    }
    found["Encrypt"] = partial(kms.encrypt, KeyId=key_id, Plaintext=b"x" * 32)
    return {name: answered_by(lab, work) for name, work in found.items()}


def in_memory() -> None:
    """A lab with 200 events beside one with a million; they take turns."""
    with Lab() as other:
        event = sample(other)
    few, many = Lab(), Lab()
    fill(event_log(few.cloud.store, ACCOUNT, REGION), event, 200)
    gc.collect()
    empty, start = megabytes(), time.perf_counter()
    fill(event_log(many.cloud.store, ACCOUNT, REGION), event, EVENTS)
    seconds = time.perf_counter() - start
    print(f"{EVENTS:,} events: {megabytes() - empty:.0f} MB, {seconds / EVENTS * 1e6:.1f} us each")
    before, after = works(few), works(many)
    for name in before:
        report(name, race({"200 events": before[name], "a million": after[name]}), "200 events")
    for name, lab in {"200 events": few, "a million": many}.items():
        lab.audit()
        print(f"lab.audit(), {name}: {microseconds(lab.audit, 5) / 1000:.0f} ms")


def in_a_file() -> None:
    """How long a lab of a hundred thousand events takes to be opened and asked."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.lab"
        with Lab(path) as lab:
            event, store = sample(lab), lab.cloud.store
            log = event_log(store, ACCOUNT, REGION)
            with store.transaction:
                for _ in range(LINES):
                    store.append(log, msgspec.structs.replace(event, EventId=random_uuid()))
        start = time.perf_counter()
        with Lab(path):
            client("cloudtrail").lookup_events()
            print(f"opened with {LINES:,} events, first page: {time.perf_counter() - start:.2f} s")


def recording() -> None:
    """What record() costs, in a tight loop and within calls."""
    with Lab() as lab:
        kms, written = client("kms"), record.record
        key_id = kms.create_key()["KeyMetadata"]["Arn"]
        asked = {"KeyId": key_id, "Plaintext": b"x" * 32, "EncryptionContext": {"a": "b"}}
        kms.encrypt(**asked)
        call = lab.gateway.calls[-1]
        tight = microseconds(lambda: written(lab.cloud, call), 20_000)
        spent: list[float] = []

        def timed(*arguments: Any) -> None:
            start = time.perf_counter()
            written(*arguments)
            spent.append(time.perf_counter() - start)

        with patch.object(gateway, "record", timed):
            for _ in range(3000):
                kms.encrypt(**asked)
    print(f"record(): {tight:.1f} us in a tight loop, {fmean(spent) * 1e6:.1f} us in a call (mean)")


if __name__ == "__main__":
    recording()
    in_memory()
    in_a_file()
