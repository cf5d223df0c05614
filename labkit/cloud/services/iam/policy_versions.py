"""Versions of a managed policy: at most five are kept, and one of them binds.

Source: IAM User Guide, "Versioning IAM policies".
"""

from typing import Any

from labkit.cloud.identity.model import ManagedPolicy, PolicyVersion
from labkit.cloud.services.iam.answers import version_answer, version_entry
from labkit.cloud.services.iam.documents import check_managed_policy
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.records import replace

VERSIONS_A_POLICY = 5


class PolicyVersions(IamService):
    """Add, read, choose and delete versions."""

    def create_policy_version(
        self, PolicyArn: str, PolicyDocument: str, SetAsDefault: bool = False
    ) -> dict[str, Any]:
        """Add a version; it binds only if it is made the default.

        Raises:
            NoSuchEntity, MalformedPolicyDocument. AccessDenied: it is AWS's own policy.
            LimitExceeded: there are five versions already, or it is longer than 6144 characters.
        """
        policy = self.find_own_policy(PolicyArn)
        if len(policy.Versions) >= VERSIONS_A_POLICY:
            raise faults.LimitExceededException(
                f"A managed policy can have up to {VERSIONS_A_POLICY} versions. Before you create a new "
                "version, you must delete an existing version."
            )
        check_managed_policy(PolicyDocument)
        version = PolicyVersion(f"v{policy.NextVersion}", PolicyDocument, self.now)
        changed = replace(
            policy,
            Versions=(version, *policy.Versions),
            NextVersion=policy.NextVersion + 1,
            DefaultVersionId=version.VersionId if SetAsDefault else policy.DefaultVersionId,
            UpdateDate=self.now,
        )
        self.tables.policies.put(changed)
        return {"PolicyVersion": version_entry(changed, version)}

    def get_policy_version(self, PolicyArn: str, VersionId: str) -> dict[str, Any]:
        """A version with its document. NoSuchEntity."""
        policy = self.find_policy(PolicyArn)
        return {"PolicyVersion": version_answer(policy, _version(policy, VersionId))}

    def list_policy_versions(
        self, PolicyArn: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The versions of a policy, the newest first, without their documents. NoSuchEntity."""
        policy = self.find_policy(PolicyArn)
        page, more = self.page(policy.Versions, lambda version: version.VersionId, Marker, MaxItems)
        return {"Versions": [version_entry(policy, version) for version in page], **more}

    def set_default_policy_version(self, PolicyArn: str, VersionId: str) -> None:
        """Let another version bind, for all whom the policy is attached to. NoSuchEntity, AccessDenied."""
        policy = self.find_own_policy(PolicyArn)
        version = _version(policy, VersionId)
        self.tables.policies.put(replace(policy, DefaultVersionId=version.VersionId, UpdateDate=self.now))

    def delete_policy_version(self, PolicyArn: str, VersionId: str) -> None:
        """Delete a version. NoSuchEntity; DeleteConflict: it is the default one."""
        policy = self.find_own_policy(PolicyArn)
        version = _version(policy, VersionId)
        if version.VersionId == policy.DefaultVersionId:
            raise faults.DeleteConflictException("Cannot delete the default version of a policy.")
        kept = tuple(one for one in policy.Versions if one is not version)
        self.tables.policies.put(replace(policy, Versions=kept))


def _version(policy: ManagedPolicy, VersionId: str) -> PolicyVersion:
    for version in policy.Versions:
        if version.VersionId == VersionId:
            return version
    raise faults.NoSuchEntityException(
        f"Policy {policy.Arn} version {VersionId} does not exist or is not attachable."
    )
