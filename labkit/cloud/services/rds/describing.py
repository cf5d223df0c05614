"""DescribeDBInstances: one, or pages of all; what filters let through.

Source: RDS API Reference, "DescribeDBInstances".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit.cloud.services.rds.answers import instance_answer
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import DBInstance
from labkit.cloud.services.rds.service import RdsService

PAGE = 100
FILTERS: dict[str, Callable[[DBInstance], tuple[str, ...]]] = {
    "db-instance-id": lambda one: (one.DBInstanceIdentifier, one.DBInstanceArn),
    "db-cluster-id": lambda one: (one.DBClusterIdentifier,),
    "dbi-resource-id": lambda one: (one.DbiResourceId,),
    "engine": lambda one: (one.Engine,),
}


class Describing(RdsService):
    """Show DB instances."""

    def describe_db_instances(
        self,
        DBInstanceIdentifier: str | None = None,
        Filters: Sequence[Mapping[str, Any]] = (),
        MaxRecords: int = PAGE,
        Marker: str | None = None,
    ) -> dict[str, Any]:
        """One instance by its name or ARN, or all, page by page.

        Raises:
            DBInstanceNotFound: there is none of this name.
            InvalidParameterValue: there is no such filter, no such page, or no such size of one.
        """
        if DBInstanceIdentifier:
            name = DBInstanceIdentifier.removeprefix(self.instance_arn(""))
            return {"DBInstances": [self._shown(self.find_instance(name))]}
        self.allow(self.instance_arn("*"))
        for one in Filters:
            if one["Name"] not in FILTERS:
                raise faults.InvalidParameterValue(f"Unrecognized filter name: {one['Name']}")
        found = [
            instance
            for instance in self.tables.instances
            if all(set(FILTERS[one["Name"]](instance)) & set(one["Values"]) for one in Filters)
        ]
        page, marker = self.page(found, "DBInstanceIdentifier", Marker, MaxRecords)
        return {"DBInstances": [self._shown(instance) for instance in page], **marker}

    def _shown(self, instance: DBInstance) -> dict[str, Any]:
        return instance_answer(instance, self.tables.clusters.get(instance.DBClusterIdentifier))
