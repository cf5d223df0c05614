"""Tags of DB instances, clusters and snapshots, by their ARNs.

Source: RDS API Reference, "AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.services.rds.answers import tag_list
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import DBCluster, DBInstance, DBSnapshot
from labkit.cloud.services.rds.service import RdsService, facts_of, with_tags
from labkit.cloud.state.arns import Arn
from labkit.records import replace

Tagged = DBInstance | DBCluster | DBSnapshot


class Tags(RdsService):
    """Tag and untag databases."""

    def add_tags_to_resource(self, ResourceName: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags, or change their values.

        Raises:
            InvalidParameterValue: the ARN is none, or tags won't do.
            DBInstanceNotFound, DBClusterNotFoundFault: there is no such database.
        """
        found = self._tagged(ResourceName, Tags)
        self._keep(replace(found, Tags=with_tags(found.Tags, Tags)))

    def remove_tags_from_resource(self, ResourceName: str, TagKeys: Sequence[str]) -> None:
        """Remove tags; what isn't there is passed over. Errors as for AddTagsToResource."""
        found = self._tagged(ResourceName)
        self._keep(replace(found, Tags=tuple(pair for pair in found.Tags if pair[0] not in TagKeys)))

    def list_tags_for_resource(
        self, ResourceName: str, Filters: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """The tags of a database. Errors as for AddTagsToResource."""
        return {"TagList": tag_list(self._tagged(ResourceName).Tags)}

    def _tagged(self, name: str, tags: Sequence[Mapping[str, str]] = ()) -> Tagged:
        parsed = Arn.parse(name)
        kind, _, identifier = parsed.resource.partition(":") if parsed else ("", "", "")
        found: Tagged | None = None
        if kind == "db":
            found = self.tables.instances.get(identifier)
        elif kind == "cluster":
            found = self.tables.clusters.get(identifier)
        elif kind == "snapshot":
            found = self.tables.snapshots.get(identifier)
        self.allow(
            name if parsed else "*",
            facts=lambda: {**(facts_of(found) if found else {}), **facts_of_tags(tags)},
        )
        if kind not in ("db", "cluster", "snapshot"):
            raise faults.InvalidParameterValue(f"Invalid resource name: {name}")
        if found is None and kind == "db":
            raise faults.DBInstanceNotFoundFault(
                f"Could not find a DB Instance matching the resource name: '{name}'"
            )
        if found is None and kind == "snapshot":
            raise faults.DBSnapshotNotFoundFault(
                f"Could not find a DB Snapshot matching the resource name: '{name}'"
            )
        if found is None:
            raise faults.DBClusterNotFoundFault(
                f"The specified resource name does not match an RDS resource: {name}"
            )
        return found

    def _keep(self, found: Tagged) -> None:
        if isinstance(found, DBInstance):
            self.tables.instances.put(found)
        elif isinstance(found, DBSnapshot):
            self.tables.snapshots.put(found)
        else:
            self.tables.clusters.put(found)
