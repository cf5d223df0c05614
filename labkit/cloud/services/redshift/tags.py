"""Tags of clusters, by their ARNs.

Source: Redshift API Reference, "CreateTags", "DescribeTags", "DeleteTags".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.redshift.checks import faults
from labkit.cloud.services.redshift.model import Cluster
from labkit.cloud.services.redshift.service import RedshiftService, with_tags
from labkit.cloud.state.arns import Arn
from labkit.records import replace

CLUSTER = "cluster"


class Tags(RedshiftService):
    """Tag and untag clusters."""

    def create_tags(self, ResourceName: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags, or change their values.

        Raises:
            ResourceNotFoundFault: there is no such cluster. InvalidTagFault, TagLimitExceededFault.
        """
        cluster = self._tagged(ResourceName, Tags)
        self.tables.clusters.put(replace(cluster, Tags=with_tags(cluster.Tags, Tags)))

    def delete_tags(self, ResourceName: str, TagKeys: Sequence[str]) -> None:
        """Remove tags; what isn't there is passed over. ResourceNotFoundFault."""
        cluster = self._tagged(ResourceName)
        kept = tuple(pair for pair in cluster.Tags if pair[0] not in TagKeys)
        self.tables.clusters.put(replace(cluster, Tags=kept))

    def describe_tags(
        self,
        ResourceName: str | None = None,
        ResourceType: str | None = None,
        MaxRecords: int = 100,
        Marker: str | None = None,
        TagKeys: Sequence[str] = (),
        TagValues: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The tags of one cluster, or of all, in one page; ResourceNotFoundFault."""
        if ResourceName:
            clusters = [self._tagged(ResourceName)]
        else:
            self.allow(self.cluster_arn("*"))
            clusters = list(self.tables.clusters) if ResourceType in (None, CLUSTER) else []
        tagged = [
            {
                "Tag": {"Key": key, "Value": value},
                "ResourceName": self.cluster_arn(cluster.ClusterIdentifier),
                "ResourceType": CLUSTER,
            }
            for cluster in clusters
            for key, value in cluster.Tags
            if (not TagKeys or key in TagKeys) and (not TagValues or value in TagValues)
        ]
        return {"TaggedResources": tagged}

    def _tagged(self, name: str, tags: Sequence[Mapping[str, str]] = ()) -> Cluster:
        parsed = Arn.parse(name)
        kind, _, identifier = parsed.resource.partition(":") if parsed else ("", "", "")
        if kind != CLUSTER or identifier not in self.tables.clusters:
            self.allow(name if parsed else "*")
            raise faults.ResourceNotFoundFault(f"The resource {name} could not be found.")
        return self.find(identifier, tags)
