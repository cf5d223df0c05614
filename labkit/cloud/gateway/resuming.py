"""A lab's file is opened again: its databases, which ran outside of it, are to run again.

Each service that has databases finds out for itself which of them those are.
"""

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.agenda import run_due
from labkit.cloud.services.rds.model import RdsTables
from labkit.cloud.services.redshift.model import RedshiftTables


def resume_databases(cloud: Cloud) -> None:
    """Have each service do what it has to do, and wait until it is done."""
    with cloud.lock:
        now = cloud.clock.now()
        with cloud.store.transaction:
            for kind in (RdsTables, RedshiftTables):
                for account, region in cloud.store.scopes(kind):
                    name = f"resume {kind.service} {account} {region}"
                    entry = AgendaEntry(name, now, kind.service, account, region, "_resume", {})
                    cloud.tables.agenda.put(entry)
        run_due(cloud, now)
