"""ModifyCluster: another admin password, or somebody else who keeps it.

A new password is set once the call is answered. Sessions that are open go on; the next login needs it.
Source: Redshift API Reference, "ModifyCluster"; Redshift Management Guide, "Managing Amazon Redshift admin
passwords using AWS Secrets Manager".
"""

from typing import Any

from labkit.cloud.postgres.master_user import Master
from labkit.cloud.services.redshift import checks
from labkit.cloud.services.redshift.answers import cluster_answer
from labkit.cloud.services.redshift.checks import faults
from labkit.cloud.services.redshift.clusters import Masters
from labkit.cloud.services.redshift.model import Cluster
from labkit.records import replace


class Modifying(Masters):
    """Change clusters."""

    def modify_cluster(
        self,
        ClusterIdentifier: str,
        NodeType: str | None = None,
        NumberOfNodes: int | None = None,
        MasterUserPassword: str | None = None,
        AutomatedSnapshotRetentionPeriod: int | None = None,
        AllowVersionUpgrade: bool | None = None,
        PubliclyAccessible: bool | None = None,
        ManageMasterPassword: bool | None = None,
        MasterPasswordSecretKmsKeyId: str | None = None,
    ) -> dict[str, Any]:
        """Change a cluster. Settings change at once, as if there were no maintenance window.

        Raises:
            ClusterNotFound: there is none. InvalidClusterState: it is not available.
            InvalidParameterValue, InvalidParameterCombination: a password won't do, or parameters don't fit.
            AwsError: what Secrets Manager and KMS answer.
        """
        cluster = self.find(ClusterIdentifier)
        self.check_available(cluster)
        wanted = {
            "NodeType": NodeType,
            "NumberOfNodes": NumberOfNodes,
            "AutomatedSnapshotRetentionPeriod": AutomatedSnapshotRetentionPeriod,
            "AllowVersionUpgrade": AllowVersionUpgrade,
            "PubliclyAccessible": PubliclyAccessible,
        }
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        master = self._master(cluster, MasterUserPassword, ManageMasterPassword, MasterPasswordSecretKmsKeyId)
        changed = replace(cluster, Master=master, **given)
        self.tables.clusters.put(changed)
        pending = {}
        if master.Verifier != cluster.Master.Verifier:
            pending = {"MasterUserPassword": "****"}
            self.later(changed, "_set_password")
        return {"Cluster": cluster_answer(changed, self.region, self.account, pending)}

    def _master(
        self, cluster: Cluster, password: str | None, managed: bool | None, key_id: str | None
    ) -> Master:
        """The admin user after a modification; the same one if nothing is asked for."""
        master, kept = cluster.Master, bool(cluster.Master.SecretArn)
        if password is not None and (managed or (kept and managed is None)):
            raise faults.InvalidParameterCombination(
                "You can't use MasterUserPassword if ManageMasterPassword is true."
            )
        if managed and not kept:
            return self.new_master(cluster.ClusterIdentifier, master.Username, key_id)
        if key_id is not None:
            raise faults.InvalidParameterCombination(
                "You can only use MasterPasswordSecretKmsKeyId if ManageMasterPassword is true."
            )
        if managed is False and kept:
            if password is None:
                raise faults.InvalidParameterCombination(
                    "MasterUserPassword must be provided when ManageMasterPassword is set to false."
                )
            self.forget_secret(master)
        if password is None:
            return master
        checks.password(password)
        return self.master_of(master.Username, password)
