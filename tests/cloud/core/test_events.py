"""Listeners: an event finds its rules by source and type, and nobody else is looked at."""

from datetime import UTC, datetime

from labkit import Lab
from labkit.cloud.core.events import (
    ANY,
    DEFAULT_BUS,
    Listener,
    delivery_of,
    event_of,
    listener_key,
    listening,
)
from labkit.cloud.state.hsm_memory import HsmMemory
from labkit.cloud.state.tables import Scope

HERE = Scope("123456789012", "us-east-1")


def names(lab: Lab, place: Scope, bus: str, source: str, kind: str) -> list[str]:
    return [one.Rule for one in listening(lab.cloud.tables.listeners, place, bus, source, kind)]


def test_only_the_rules_that_can_fit_are_found(lab: Lab) -> None:
    wanted = [
        ("both", HERE, DEFAULT_BUS, "aws.ssm", "t"),
        ("source", HERE, DEFAULT_BUS, "aws.ssm", ANY),
        ("type", HERE, DEFAULT_BUS, ANY, "t"),
        ("all", HERE, DEFAULT_BUS, ANY, ANY),
        ("longer", HERE, DEFAULT_BUS, "aws.ssm2", "t"),
        ("other type", HERE, DEFAULT_BUS, "aws.ssm", "t2"),
        ("other bus", HERE, "mine", "aws.ssm", "t"),
        ("other region", Scope("123456789012", "us-east-2"), DEFAULT_BUS, "aws.ssm", "t"),
        ("other account", Scope("444455556666", "us-east-1"), DEFAULT_BUS, "aws.ssm", "t"),
    ]
    with lab.cloud.store.transaction:
        for rule, place, bus, source, kind in wanted:
            lab.cloud.tables.listeners.put(Listener(listener_key(place, bus, source, kind, rule), rule))
    assert names(lab, HERE, DEFAULT_BUS, "aws.ssm", "t") == ["both", "source", "type", "all"]
    assert names(lab, HERE, DEFAULT_BUS, "aws.kms", "x") == ["all"]
    assert names(lab, HERE, "mine", "aws.ssm", "t") == ["other bus"]


def test_deliveries_keep_the_order_in_which_they_were_planned() -> None:
    now, memory = datetime(2026, 1, 1, tzinfo=UTC), HsmMemory(b"r" * 32)
    planned = [
        delivery_of(event_of(HERE, "aws.ssm", "t", {}, (), now), HERE, DEFAULT_BUS, now, memory).Name
        for _ in range(20)
    ]
    assert planned == sorted(planned)
