"""PauseCluster, ResumeCluster, RebootCluster: the server of a cluster goes and comes; its data stay.

Source: Redshift API Reference, "PauseCluster", "ResumeCluster", "RebootCluster".
"""

from typing import Any

from labkit.cloud.services.redshift.answers import cluster_answer
from labkit.cloud.services.redshift.checks import faults
from labkit.cloud.services.redshift.model import PAUSED, PAUSING, REBOOTING, RESUMING, Cluster
from labkit.cloud.services.redshift.service import RedshiftService
from labkit.records import replace


class Running(RedshiftService):
    """Pause, resume and reboot clusters."""

    def pause_cluster(self, ClusterIdentifier: str) -> dict[str, Any]:
        """Pause a cluster; ClusterNotFound, or InvalidClusterState if it is not available."""
        cluster = self.find(ClusterIdentifier)
        self.check_available(cluster)
        return self._send(cluster, PAUSING, "_stop")

    def resume_cluster(self, ClusterIdentifier: str) -> dict[str, Any]:
        """Resume a cluster; ClusterNotFound, or InvalidClusterState if it is not paused."""
        cluster = self.find(ClusterIdentifier)
        if cluster.ClusterStatus != PAUSED:
            raise faults.InvalidClusterStateFault(
                "You can't resume a cluster that isn't paused: its status is " + cluster.ClusterStatus + "."
            )
        return self._send(cluster, RESUMING, "_start")

    def reboot_cluster(self, ClusterIdentifier: str) -> dict[str, Any]:
        """Restart a cluster: its sessions end. Errors as for PauseCluster."""
        cluster = self.find(ClusterIdentifier)
        self.check_available(cluster)
        return self._send(cluster, REBOOTING, "_start")

    def _send(self, cluster: Cluster, status: str, method: str) -> dict[str, Any]:
        changed = replace(cluster, ClusterStatus=status)
        self.tables.clusters.put(changed)
        self.later(changed, method)
        return {"Cluster": cluster_answer(changed, self.region, self.account)}
