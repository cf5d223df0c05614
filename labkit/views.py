"""What a lab shows of itself, over all accounts and regions: its calls, its keys, its log, its plans.

The tables are snapshots. They hold what the lab's file holds, so a key's bytes are in none of them. The lens
is imported by the first look through it: a lab that nobody looks into is there sooner.
"""

from typing import TYPE_CHECKING

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.agenda import Timekeeper
from labkit.cloud.gateway.gateway import Gateway

if TYPE_CHECKING:
    import pandas as pd

    from labkit.lens.explanation import Explanation
    from labkit.lens.trace import Trace, TracedCall


class Views:
    """The windows of a lab."""

    gateway: Gateway
    cloud: Cloud
    clock: Timekeeper

    @property
    def trace(self) -> "Trace":
        """The last calls, step by step; printed or shown in a notebook, it tells of the very last one."""
        from labkit.lens.trace import trace_of

        with self.gateway.lock:
            return trace_of(tuple(self.gateway.calls), self.cloud.store)

    def explain(self, call: "TracedCall | str | BaseException | None" = None) -> "Explanation":
        """Why a call was allowed or denied, statement by statement.

        `call` is one of `lab.trace`, the name of an operation (its last call), or the exception that boto3
        raised; without it, it is the last call. LookupError if the lab no longer remembers it.
        """
        from labkit.lens.explanation import explain

        with self.gateway.lock:
            return explain(self.trace, call)

    def keys(self) -> "pd.DataFrame":
        """One row a KMS key, in the order of account, region and KeyId."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.keys(self.cloud.store)

    def aliases(self) -> "pd.DataFrame":
        """One row an alias, and the key it points at."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.aliases(self.cloud.store)

    def backing_keys(self) -> "pd.DataFrame":
        """One row a backing key, oldest first for each key; of its bytes, only the wrapped length is told."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.backing_keys(self.cloud.store)

    def parameters(self) -> "pd.DataFrame":
        """One row a version of a parameter, as it is stored: of a SecureString, its ciphertext in base64."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.parameters(self.cloud.store)

    def secrets(self) -> "pd.DataFrame":
        """One row a version of a secret, with its staging labels, and how long its value is when sealed."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.secrets(self.cloud.store)

    def objects(self) -> "pd.DataFrame":
        """One row a version of an object: its size, its size when sealed, and under which key it lies."""
        from labkit.lens import objects

        with self.gateway.lock:
            return objects.objects(self.cloud.store, self.cloud.blobs)

    def log_events(self) -> "pd.DataFrame":
        """One row a chunk of log events, as it is stored: when it arrived, and under which key it lies."""
        from labkit.lens import log_tables

        with self.gateway.lock:
            return log_tables.log_events(self.cloud.store)

    def snapshots(self) -> "pd.DataFrame":
        """One row a snapshot of EBS: its region, its state, and the key that its data key is under."""
        from labkit.lens import disks

        return disks.snapshots(self)

    def audit(self, newest: int = 1000) -> "pd.DataFrame":
        """One row an event of CloudTrail's history, oldest first. `ErrorCode` is missing where none was.

        The history may be long: only the `newest` events are in the table.
        """
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.audit(self.cloud.store, newest)

    def events(self) -> "pd.DataFrame":
        """One row an event of EventBridge and a target it was sent to, of the last 200 events, oldest first.

        `Status` is Delivered, Pending, Retrying, Failed (`Error` says why), DeadLetter, NoRule or NoTarget.
        """
        from labkit.lens.events import events

        with self.gateway.lock:
            return events(self.cloud)

    def functions(self) -> "pd.DataFrame":
        """One row a version of a Lambda function. `Warm` is how many processes wait for its next event."""
        from labkit.lens.functions import functions

        with self.gateway.lock:
            return functions(self.cloud)

    def databases(self) -> "pd.DataFrame":
        """One row a database of RDS, DocumentDB or Redshift: whether it is real or emulated, and its port."""
        from labkit.lens.databases import databases

        with self.gateway.lock:
            return databases(self.cloud)

    def db_snapshots(self) -> "pd.DataFrame":
        """One row a DB snapshot: how its bytes begin on the disk, and the wrapped key that opens them."""
        from labkit.lens.db_snapshots import db_snapshots

        with self.gateway.lock:
            return db_snapshots(self.cloud)

    def agenda(self) -> "pd.DataFrame":
        """One row a thing that is planned, such as a deletion or a rotation, soonest first."""
        from labkit.lens import tables

        with self.gateway.lock:
            return tables.agenda(self.clock.agenda())
