"""Time passes: what was planned is done, each thing at its own moment, in order.

An agenda entry is carried out by its service, in a transaction of its own, and recorded as an event of
that service's own making. One entry is at work at a time; what others plan meanwhile comes after it.
"""

from collections.abc import Generator
from contextlib import suppress
from datetime import datetime, timedelta

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import ClockSetting, Cloud
from labkit.cloud.core.defects import log_without_values
from labkit.cloud.core.outside import carry_through
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.gateway.record import record_event, record_inner
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.state.store import LabClosedError
from labkit.crypto.randomness import random_uuid


class Timekeeper:
    """The lab's clock as its owner handles it: reads the time, and moves it forward."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def __repr__(self) -> str:
        return f"<the lab's clock: {self.now():%Y-%m-%d %H:%M:%S} UTC>"

    def now(self) -> datetime:
        """The lab's time, in UTC."""
        return self._cloud.clock.now()

    def advance(self, **duration: float) -> datetime:
        """Let time pass: `advance(days=90)`, or any other arguments of timedelta. Returns the new time.

        Everything planned until then happens on the way, in order. ValueError for a negative duration.
        """
        with self._cloud.agenda_turn, self._cloud.lock:
            began = self._cloud.clock.now()
            until = began + timedelta(**duration)
            _run(self._cloud, until)
            if began <= until <= (now := self._cloud.clock.now()):
                return now  # what happened on the way took longer than that, such as a function's code
            _move_clock(self._cloud, until)
            return until

    def agenda(self) -> list[AgendaEntry]:
        """What is planned, soonest first."""
        with self._cloud.lock:
            return sorted(self._cloud.tables.agenda, key=lambda entry: entry.Due)


def run_due(cloud: Cloud, until: datetime) -> None:
    """Carry out every entry that is due by `until`, including those that others plan on the way.

    Where somebody is at it already, they will come to those entries, too. A lab that is closed on the way
    does no more.
    """
    while (
        not cloud.store.closed
        and (entry := cloud.tables.agenda.lowest("due")) is not None
        and entry.Due <= until
        and cloud.agenda_turn.acquire(blocking=False)
    ):
        try:
            with suppress(LabClosedError):
                _run(cloud, until)
        finally:
            cloud.agenda_turn.release()
        until = max(until, cloud.clock.now())  # others may have planned something while we were at it


def _run(cloud: Cloud, until: datetime) -> None:
    while (entry := cloud.tables.agenda.lowest("due")) is not None and entry.Due <= until:
        try:
            with cloud.clock.pinned(entry.Due):
                _try(cloud, entry)
        except KeyboardInterrupt:  # a notebook's stop button; what was done until now lies in no future
            if entry.Due > cloud.clock.now():
                _move_clock(cloud, entry.Due)
            raise


def _try(cloud: Cloud, entry: AgendaEntry) -> None:
    try:
        with cloud.store.transaction:
            cloud.tables.agenda.delete(entry.Name)
            _carry_out(cloud, entry)
    except LabClosedError:
        raise
    except Exception as defect:  # noqa: BLE001 - else every later call would fail on this entry
        log_without_values(defect, f"carrying out the plan to {entry.Name}; it is dropped")
        with cloud.store.transaction:
            if cloud.tables.agenda.get(entry.Name) is entry:
                cloud.tables.agenda.delete(entry.Name)


def _move_clock(cloud: Cloud, moment: datetime) -> None:
    cloud.clock.move_to(moment)
    with cloud.store.transaction:
        cloud.tables.clock.put(ClockSetting("clock", cloud.clock.offset.total_seconds()))


def _carry_out(cloud: Cloud, entry: AgendaEntry) -> None:
    kind = service_class(entry.Service)
    if kind is None:
        raise LookupError(f"The agenda names {entry.Service}, a service that this lab does not have")
    principal = service_principal(entry.Service, entry.Account)
    itself = HttpRequest("AGENDA", "https", f"{entry.Service}.amazonaws.com", "/")
    call = Call(itself, random_uuid(), entry.Due, entry.Service, entry.Region, principal=principal)
    details = getattr(kind(cloud, call, principal), entry.Method)(**entry.Arguments)
    if isinstance(details, Generator):
        details = carry_through(details, cloud.outside)
    record_inner(cloud, call)
    if not entry.Method.startswith("_"):  # CloudTrail hears nothing of what AWS only does inside
        record_event(cloud, call, entry.Method, {**entry.Arguments, **(details or {})})
