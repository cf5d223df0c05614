"""Where RDS keeps its databases, for the work on their servers: see `labkit.cloud.postgres.serving`.

Source: RDS User Guide, "Viewing Amazon RDS DB instance status".
"""

from collections.abc import Iterator
from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.policy.principal import Principal
from labkit.cloud.postgres.serving import About, Serving, Words
from labkit.cloud.services.rds.engines import ENGINES
from labkit.cloud.services.rds.model import (
    AVAILABLE,
    CREATING,
    DELETING,
    FAILED,
    RESETTING,
    STOPPED,
    STOPPING,
    DBCluster,
    DBInstance,
    RdsTables,
)
from labkit.records import replace

Database = DBInstance | DBCluster
DEFAULT_DATABASE = "postgres"


class Databases(Serving):
    """Instances and clusters."""

    name = "rds"
    words = Words(CREATING, AVAILABLE, DELETING, FAILED, RESETTING, STOPPING, STOPPED)

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(RdsTables, self.account, self.region)

    def databases(self) -> Iterator[Database]:
        """All instances, and all clusters."""
        yield from self.tables.instances
        yield from self.tables.clusters

    def named(self, name: str) -> Iterator[Database]:
        """The instance and the cluster of this name, if there are such."""
        for found in (self.tables.instances.get(name), self.tables.clusters.get(name)):
            if found is not None:
                yield found

    def with_secret(self, secret_arn: str) -> Iterator[Database]:
        """The instances and clusters whose master user has this secret."""
        yield from self.tables.instances.having("secret", secret_arn)
        yield from self.tables.clusters.having("secret", secret_arn)

    def about(self, found: Database) -> About:
        """What an instance or a cluster is. An instance in a cluster has no server of its own."""
        real = ENGINES[found.Engine].real
        if isinstance(found, DBInstance):
            return About(
                found.DBInstanceIdentifier,
                found.DbiResourceId,
                found.DBInstanceStatus,
                found.DBName or DEFAULT_DATABASE,
                real and not found.DBClusterIdentifier,
            )
        return About(
            found.DBClusterIdentifier,
            found.DbClusterResourceId,
            found.Status,
            found.DatabaseName or DEFAULT_DATABASE,
            real,
        )

    def keep(self, found: Database, status: str, **changes: Any) -> None:
        """Put an instance or a cluster back, changed."""
        if isinstance(found, DBInstance):
            created = found.InstanceCreateTime or (self.now if status == AVAILABLE else None)
            changed = replace(found, DBInstanceStatus=status, InstanceCreateTime=created, **changes)
            self.tables.instances.put(changed)
        else:
            self.tables.clusters.put(replace(found, Status=status, **changes))

    def drop(self, found: Database) -> None:
        """Forget an instance or a cluster."""
        if isinstance(found, DBInstance):
            self.tables.instances.delete(found.DBInstanceIdentifier)
        else:
            self.tables.clusters.delete(found.DBClusterIdentifier)
