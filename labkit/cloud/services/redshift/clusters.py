"""CreateCluster, DescribeClusters, DeleteCluster.

The answer to CreateCluster says "creating"; the server is set up once the call is answered.
Source: Redshift API Reference, "CreateCluster", "DescribeClusters", "DeleteCluster".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.faults import not_built
from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.postgres import NoPostgresError
from labkit.cloud.postgres.master_user import Master
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.services.redshift import checks
from labkit.cloud.services.redshift.answers import cluster_answer
from labkit.cloud.services.redshift.checks import faults
from labkit.cloud.services.redshift.model import CREATING, DELETING, Cluster
from labkit.cloud.services.redshift.service import RedshiftService, with_tags
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

FEWEST, MOST = 20, 100
DEFAULT_KEY = "alias/aws/redshift"
SINGLE, MULTI = "single-node", "multi-node"


class Masters(RedshiftService):
    """Admin users, and who keeps their passwords."""

    def new_master(self, cluster: str, username: str, key_id: str | None) -> Master:
        """An admin user whose password Secrets Manager keeps; AwsError as that, or KMS, says."""
        key_arn = self.key_arn(key_id) if key_id else ""
        return self.managed_master(
            username,
            f"redshift!{cluster}-{username}",
            f"The secret associated with the Amazon Redshift cluster: {self.cluster_arn(cluster)}",
            {"aws:redshift:primaryClusterArn": self.cluster_arn(cluster)},
            key_arn,
        )


class Clusters(Masters):
    """Make, show and delete clusters."""

    def create_cluster(
        self,
        ClusterIdentifier: str,
        NodeType: str,
        MasterUsername: str,
        DBName: str = "dev",
        ClusterType: str = MULTI,
        MasterUserPassword: str | None = None,
        AutomatedSnapshotRetentionPeriod: int = 1,
        Port: int | None = None,
        AllowVersionUpgrade: bool = True,
        NumberOfNodes: int | None = None,
        PubliclyAccessible: bool = False,
        Encrypted: bool = False,
        Tags: Sequence[Mapping[str, str]] = (),
        KmsKeyId: str | None = None,
        ManageMasterPassword: bool = False,
        MasterPasswordSecretKmsKeyId: str | None = None,
    ) -> dict[str, Any]:
        """Make a cluster. However many nodes it has, they are one server.

        Raises:
            InvalidParameterValue, InvalidParameterCombination: a name, a password or the nodes won't do.
            ClusterAlreadyExists: the name is taken.
            AwsError: as KMS and Secrets Manager say; NotImplemented (501), there is no PostgreSQL here.
        """
        self.allow(self.cluster_arn(ClusterIdentifier), facts=lambda: facts_of_tags(Tags))
        name = checks.identifier(ClusterIdentifier)
        if name in self.tables.clusters:
            raise faults.ClusterAlreadyExistsFault("Cluster already exists")
        user, database = checks.username(MasterUsername), checks.database_name(DBName)
        nodes = _nodes(ClusterType, NumberOfNodes)
        tags, namespace = with_tags((), Tags), random_uuid()
        self._check_server()
        key, wrapped = self._volume_key(Encrypted, KmsKeyId, name)
        if ManageMasterPassword:
            if MasterUserPassword is not None:
                raise faults.InvalidParameterCombination(
                    "You can't use MasterUserPassword if ManageMasterPassword is true."
                )
            master = self.new_master(name, user, MasterPasswordSecretKmsKeyId)
        elif not MasterUserPassword:
            raise faults.InvalidParameterValue(
                "The parameter MasterUserPassword must be provided and must not be blank."
            )
        else:
            checks.password(MasterUserPassword)
            master = self.master_of(user, MasterUserPassword)
        cluster = Cluster(
            ClusterIdentifier=name,
            Namespace=namespace,
            NodeType=NodeType,
            ClusterStatus=CREATING,
            Master=master,
            DBName=database,
            ClusterCreateTime=self.now,
            NumberOfNodes=nodes,
            Wanted=Port or 0,
            KmsKeyId=key,
            VolumeKey=wrapped,
            PubliclyAccessible=PubliclyAccessible,
            AllowVersionUpgrade=AllowVersionUpgrade,
            AutomatedSnapshotRetentionPeriod=AutomatedSnapshotRetentionPeriod,
            Tags=tags,
        )
        self.tables.clusters.put(cluster)
        self.later(cluster, "_set_up")
        return {"Cluster": cluster_answer(cluster, self.region, self.account)}

    def describe_clusters(
        self,
        ClusterIdentifier: str | None = None,
        MaxRecords: int = MOST,
        Marker: str | None = None,
        TagKeys: Sequence[str] = (),
        TagValues: Sequence[str] = (),
    ) -> dict[str, Any]:
        """One cluster, or all that have one of these tags, page by page.

        Raises:
            ClusterNotFound: there is none of this name. InvalidParameterValue: there is no such page.
        """
        if ClusterIdentifier:
            found = self.find(ClusterIdentifier)
            return {"Clusters": [cluster_answer(found, self.region, self.account)]}
        self.allow(self.cluster_arn("*"))
        if not FEWEST <= MaxRecords <= MOST:
            raise faults.InvalidParameterValue(
                f"Invalid value {MaxRecords} for MaxRecords. Must be between {FEWEST} and {MOST}"
            )
        clusters = [
            one
            for one in self.tables.clusters
            if (not TagKeys or {key for key, _ in one.Tags} & set(TagKeys))
            and (not TagValues or {value for _, value in one.Tags} & set(TagValues))
        ]
        try:
            page, marker = page_of_list(clusters, lambda one: one.ClusterIdentifier, Marker, MaxRecords)
        except BadMarkerError:
            raise faults.InvalidParameterValue("Invalid Marker.") from None
        shown = [cluster_answer(one, self.region, self.account) for one in page]
        return {"Clusters": shown} | ({"Marker": marker} if marker else {})

    def delete_cluster(
        self,
        ClusterIdentifier: str,
        SkipFinalClusterSnapshot: bool = False,
        FinalClusterSnapshotIdentifier: str | None = None,
        FinalClusterSnapshotRetentionPeriod: int = -1,
    ) -> dict[str, Any]:
        """Delete a cluster, and its managed secret.

        Raises:
            ClusterNotFound: there is none. InvalidClusterState: it is being deleted already.
            InvalidParameterCombination: it is not said that no snapshot is wanted.
            AwsError: NotImplemented (501), a snapshot is wanted.
        """
        cluster = self.find(ClusterIdentifier)
        if cluster.ClusterStatus == DELETING:
            raise faults.InvalidClusterStateFault("Cluster is already being deleted.")
        if FinalClusterSnapshotIdentifier:
            raise not_built("redshift", "DeleteCluster with FinalClusterSnapshotIdentifier")
        if not SkipFinalClusterSnapshot:
            raise faults.InvalidParameterCombination(
                "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified."
            )
        self.forget_secret(cluster.Master)
        changed = replace(cluster, ClusterStatus=DELETING)
        self.tables.clusters.put(changed)
        self.later(changed, "_remove")
        return {"Cluster": cluster_answer(changed, self.region, self.account)}

    def _check_server(self) -> None:
        try:
            self.servers.prepare()
        except NoPostgresError as error:
            raise aws_error("NotImplemented", 501, str(error)) from None

    def _volume_key(self, encrypted: bool, key_id: str | None, name: str) -> tuple[str, bytes]:
        """The ARN of the KMS key for the storage, and a data key under it; two empty ones without."""
        if not encrypted and not key_id:
            return "", b""
        try:
            made = self.ask(
                "kms",
                "GenerateDataKeyWithoutPlaintext",
                KeyId=key_id or DEFAULT_KEY,
                KeySpec="AES_256",
                EncryptionContext={"aws:redshift:arn": self.cluster_arn(name)},
            )
        except AwsError as error:
            raise faults.DependentServiceAccessDeniedFault(
                f"Amazon Redshift can't use the KMS key {key_id or DEFAULT_KEY}: {error.message}"
            ) from None
        return made["KeyId"], made["CiphertextBlob"]


def _nodes(kind: str, number: int | None) -> int:
    """How many nodes a cluster has; InvalidParameterValue, InvalidParameterCombination."""
    if kind not in (SINGLE, MULTI):
        raise faults.InvalidParameterValue(f"Invalid cluster type: {kind}. Valid values: {MULTI} | {SINGLE}")
    if kind == SINGLE:
        if number not in (None, 1):
            raise faults.InvalidParameterCombination(
                "Number of nodes must not be specified for cluster type single-node."
            )
        return 1
    if number is None:
        return 1
    if number < 1:
        raise faults.InvalidParameterValue(f"Invalid number of nodes: {number}")
    return number
