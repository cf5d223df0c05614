"""Time passes: what was planned is done, each thing at its own moment, in order.

An agenda entry is carried out by its service, in a transaction of its own, and recorded as an event of
that service's own making.
"""

import uuid
from datetime import datetime

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.directory import service_class
from labkit.cloud.gateway.record import record_event
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.protocols.messages import HttpRequest


def run_due(cloud: Cloud, until: datetime) -> None:
    """Carry out every entry that is due by `until`, including those that others plan on the way."""
    while (entry := cloud.agenda.agenda.lowest("due")) is not None and entry.Due <= until:
        with cloud.clock.pinned(entry.Due), cloud.store.transaction():
            cloud.agenda.agenda.delete(entry.Name)
            _carry_out(cloud, entry)


def _carry_out(cloud: Cloud, entry: AgendaEntry) -> None:
    kind = service_class(entry.Service)
    if kind is None:
        raise LookupError(f"The agenda names {entry.Service}, a service that this lab does not have")
    principal = service_principal(entry.Service, entry.Account)
    itself = HttpRequest("AGENDA", "https", f"{entry.Service}.amazonaws.com", "/")
    call = Call(itself, str(uuid.uuid4()), entry.Due, entry.Service, entry.Region, principal)
    getattr(kind(cloud, call, principal), entry.Method)(**entry.Arguments)
    record_event(cloud, call, entry.Method, dict(entry.Arguments))
