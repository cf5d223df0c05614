"""What every chapter of RDS begins with: which database, may I, is it in the right state.

Whoever may not act on a database is refused before they learn whether there is one.
Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon RDS"; RDS API
Reference for the wording of errors.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.rds.checks import faults
from labkit.cloud.services.rds.model import AVAILABLE, DBCluster, DBInstance, DBSnapshot, TagPairs
from labkit.cloud.services.rds.serving import Databases

R = TypeVar("R", DBInstance, DBCluster, DBSnapshot)

FEWEST, MOST = 20, 100
MOST_TAGS = 50
DEFAULT_KEY = "alias/aws/rds"


class RdsService(Databases):
    """Base of RDS's chapters."""

    def instance_arn(self, identifier: str) -> str:
        """The ARN of the instance of this name."""
        return self.arn(f"db:{identifier.lower()}")

    def cluster_arn(self, identifier: str) -> str:
        """The ARN of the cluster of this name."""
        return self.arn(f"cluster:{identifier.lower()}")

    def find_instance(self, DBInstanceIdentifier: str) -> DBInstance:
        """The instance of this name, once it is clear that the caller may do this to it.

        Raises:
            AccessDenied: the caller may not. DBInstanceNotFound: there is none.
        """
        found = self.tables.instances.get(DBInstanceIdentifier.lower())
        self.allow(self.instance_arn(DBInstanceIdentifier), facts=lambda: facts_of(found) if found else {})
        if found is None:
            raise faults.DBInstanceNotFoundFault(f"DBInstance {DBInstanceIdentifier} not found.")
        return found

    def find_cluster(self, DBClusterIdentifier: str) -> DBCluster:
        """The cluster of this name; AccessDenied or DBClusterNotFoundFault."""
        found = self.tables.clusters.get(DBClusterIdentifier.lower())
        self.allow(self.cluster_arn(DBClusterIdentifier), facts=lambda: facts_of(found) if found else {})
        if found is None:
            raise faults.DBClusterNotFoundFault(f"DBCluster {DBClusterIdentifier} not found.")
        return found

    def check_available(self, found: DBInstance | DBCluster) -> None:
        """Go on only if a database is available; InvalidDBInstanceState, InvalidDBClusterStateFault."""
        if isinstance(found, DBCluster):
            if found.Status != AVAILABLE:
                raise faults.InvalidDBClusterStateFault(
                    f"DbCluster {found.DBClusterIdentifier} is in {found.Status} state "
                    "but expected in one of available."
                )
        elif found.DBInstanceStatus != AVAILABLE:
            raise faults.InvalidDBInstanceStateFault(
                f"Instance {found.DBInstanceIdentifier} is not in available state."
            )

    def volume_key(
        self, encrypted: bool, key_id: str | None, context: Mapping[str, str]
    ) -> tuple[str, bytes]:
        """The ARN of the KMS key for a volume, and a data key under it; two empty ones if not `encrypted`.

        Raises:
            InvalidParameterCombination: a key is named, and nothing is to be encrypted.
            KMSKeyNotAccessibleFault: the key does not encrypt for this caller.
        """
        if not encrypted:
            if key_id:
                raise faults.InvalidParameterCombination(
                    "You must set StorageEncrypted to true to specify a value for KmsKeyId."
                )
            return "", b""
        wanted = key_id or DEFAULT_KEY
        try:
            made = self.ask(
                "kms",
                "GenerateDataKeyWithoutPlaintext",
                KeyId=wanted,
                KeySpec="AES_256",
                EncryptionContext=dict(context),
            )
        except AwsError:
            raise key_not_accessible(wanted) from None
        return made["KeyId"], made["CiphertextBlob"]

    def page(
        self, found: Sequence[R], key: str, Marker: str | None, MaxRecords: int
    ) -> tuple[Sequence[R], dict[str, str]]:
        """A page of these, which have names in the field `key`, and the Marker behind which they go on.

        Raises:
            InvalidParameterValue: a page has 20 to 100 records, or the marker is none of ours.
        """
        if not FEWEST <= MaxRecords <= MOST:
            raise faults.InvalidParameterValue(
                f"Invalid value {MaxRecords} for MaxRecords. Must be between {FEWEST} and {MOST}"
            )
        try:
            shown, marker = page_of_list(found, lambda one: str(getattr(one, key)), Marker, MaxRecords)
        except BadMarkerError:
            raise faults.InvalidParameterValue("Invalid Marker.") from None
        return shown, {"Marker": marker} if marker else {}


def facts_of(found: DBInstance | DBCluster | DBSnapshot) -> Facts:
    """The condition keys of a database that is there."""
    kind = {DBInstance: "db", DBCluster: "cluster", DBSnapshot: "snapshot"}[type(found)]
    told: dict[str, Any] = {"rds:DatabaseEngine": found.Engine, "rds:StorageEncrypted": bool(found.KmsKeyId)}
    if isinstance(found, DBInstance):
        told |= {
            "rds:DatabaseClass": found.Kept.DBInstanceClass,
            "rds:StorageSize": found.Kept.AllocatedStorage,
            "rds:MultiAz": found.Kept.MultiAZ,
        }
    for key, value in found.Tags:
        told[f"aws:ResourceTag/{key}"] = told[f"rds:{kind}-tag/{key}"] = value
    return told


def facts_of_new(engine: str, encrypted: bool, managed: bool, tags: Sequence[Mapping[str, str]]) -> Facts:
    """The condition keys of a database that is to be made."""
    told: dict[str, Any] = {
        "rds:DatabaseEngine": engine,
        "rds:StorageEncrypted": encrypted,
        "rds:ManageMasterUserPassword": managed,
    }
    told |= {f"rds:req-tag/{tag['Key']}": tag.get("Value", "") for tag in tags}
    return told | facts_of_tags(tags)


def with_tags(held: TagPairs, added: Sequence[Mapping[str, str]]) -> TagPairs:
    """The tags `held` with `added` over them, sorted by key; InvalidParameterValue."""
    if any(tag["Key"].lower().startswith(("aws:", "rds:")) for tag in added):
        raise faults.InvalidParameterValue("Tag keys can't begin with aws: or rds:.")
    tags = dict(held) | {tag["Key"]: tag.get("Value", "") for tag in added}
    if len(tags) > MOST_TAGS:
        raise faults.InvalidParameterValue(f"A resource can have at most {MOST_TAGS} tags.")
    return tuple(sorted(tags.items()))


def key_not_accessible(key_id: str, which: str = "specified") -> Exception:
    """The error for a KMS key that a database cannot be opened or made with."""
    return faults.KMSKeyNotAccessibleFault(
        f"The {which} KMS key [{key_id}] does not exist, is not enabled or you do not have permissions "
        "to access it."
    )
