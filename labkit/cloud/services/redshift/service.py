"""What every chapter of Redshift begins with: which cluster, may I, is it available.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Redshift";
Redshift API Reference for the wording of errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.postgres.serving import About, Serving, Words
from labkit.cloud.services.redshift.checks import faults
from labkit.cloud.services.redshift.model import (
    AVAILABLE,
    CREATING,
    DELETING,
    FAILED,
    MODIFYING,
    PAUSED,
    PAUSING,
    Cluster,
    RedshiftTables,
    TagPairs,
)
from labkit.records import replace

MOST_TAGS = 50


class RedshiftService(Serving):
    """Base of Redshift's chapters; where its clusters are kept, for the work on their servers."""

    name = "redshift"
    words = Words(CREATING, AVAILABLE, DELETING, FAILED, MODIFYING, PAUSING, PAUSED)

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(RedshiftTables, self.account, self.region)

    def cluster_arn(self, identifier: str) -> str:
        """The ARN of the cluster of this name."""
        return self.arn(f"cluster:{identifier.lower()}")

    def find(self, ClusterIdentifier: str, tags: Sequence[Mapping[str, str]] = ()) -> Cluster:
        """The cluster of this name, once it is clear that the caller may do this to it.

        Raises:
            AccessDenied: the caller may not. ClusterNotFound: there is none.
        """
        found = self.tables.clusters.get(ClusterIdentifier.lower())

        def known() -> Facts:
            held = found.Tags if found else ()
            return {f"aws:ResourceTag/{key}": value for key, value in held} | facts_of_tags(tags)

        self.allow(self.cluster_arn(ClusterIdentifier), facts=known)
        if found is None:
            raise faults.ClusterNotFoundFault(f"Cluster {ClusterIdentifier} not found.")
        return found

    def check_available(self, cluster: Cluster) -> None:
        """Go on only if a cluster is available; InvalidClusterState."""
        if cluster.ClusterStatus != AVAILABLE:
            raise faults.InvalidClusterStateFault(
                "There is an operation running on the Cluster. Please try to run it at a later time."
            )

    def databases(self) -> Iterator[Cluster]:
        """All clusters."""
        yield from self.tables.clusters

    def named(self, name: str) -> list[Cluster]:
        """The cluster of this name, if there is one."""
        found = self.tables.clusters.get(name)
        return [found] if found else []

    def with_secret(self, secret_arn: str) -> list[Cluster]:
        """The clusters whose admin user has this secret."""
        return self.tables.clusters.having("secret", secret_arn)

    def about(self, found: Cluster) -> About:
        """What a cluster is."""
        return About(found.ClusterIdentifier, found.Namespace, found.ClusterStatus, found.DBName, real=True)

    def keep(self, found: Cluster, status: str, **changes: Any) -> None:
        """Put a cluster back, changed."""
        self.tables.clusters.put(replace(found, ClusterStatus=status, **changes))

    def drop(self, found: Cluster) -> None:
        """Forget a cluster."""
        self.tables.clusters.delete(found.ClusterIdentifier)


def with_tags(held: TagPairs, added: Sequence[Mapping[str, str]]) -> TagPairs:
    """The tags `held` with `added` over them, sorted by key; InvalidTagFault, TagLimitExceededFault."""
    if any(tag.get("Key", "").lower().startswith("aws:") for tag in added):
        raise faults.InvalidTagFault("The tag is invalid: keys that begin with aws: are reserved.")
    tags = dict(held) | {tag.get("Key", ""): tag.get("Value", "") for tag in added}
    if len(tags) > MOST_TAGS:
        raise faults.TagLimitExceededFault(f"A resource can have at most {MOST_TAGS} tags.")
    return tuple(sorted(tags.items()))
