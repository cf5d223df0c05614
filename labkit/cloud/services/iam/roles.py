"""Roles: identities to be taken on for a while, by whom the trust policy names.

A role's trust policy is a policy on a resource, the role itself; AssumeRole asks it. AWS keeps the users and
roles that it names by their unique ids, and refuses those that do not exist; the lab compares their ARNs.
Source: IAM User Guide, "IAM roles".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.identity.model import Role
from labkit.cloud.identity.named import named_in
from labkit.cloud.identity.unique_ids import ROLE, fresh_id
from labkit.cloud.services.iam.answers import role_answer, role_entry
from labkit.cloud.services.iam.boundaries import check_boundary
from labkit.cloud.services.iam.documents import check_trust_policy
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.cloud.services.iam.tags import merged
from labkit.records import replace

ONE_HOUR = 3600


class Roles(IamService):
    """Create, find, change and delete roles."""

    def create_role(
        self,
        RoleName: str,
        AssumeRolePolicyDocument: str,
        Path: str = "/",
        Description: str = "",
        MaxSessionDuration: int = ONE_HOUR,
        PermissionsBoundary: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Make a role. Whom it trusts is said now, what it may do later.

        Raises:
            EntityAlreadyExists: the name is taken, in whatever case. NoSuchEntity: the boundary is no policy.
            MalformedPolicyDocument: it is no trust policy. LimitExceeded: it is too long.
        """
        arn = self.arn_of("role", Path, RoleName)
        self.allow_new(arn, "iam:TagRole", PermissionsBoundary, Tags)
        if self.tables.roles.having("folded", RoleName.lower()):
            raise faults.EntityAlreadyExistsException(f"Role with name {RoleName} already exists.")
        check_trust_policy(AssumeRolePolicyDocument)
        boundary = check_boundary(self, PermissionsBoundary)
        role = Role(
            RoleName,
            fresh_id(ROLE),
            arn,
            Path,
            self.now,
            AssumeRolePolicyDocument,
            Description,
            MaxSessionDuration,
            Boundary=boundary,
            Tags=merged((), Tags),
            TrustNames=named_in(self.cloud, AssumeRolePolicyDocument),
        )
        self.tables.roles.put(role)
        return {"Role": role_answer(role)}

    def get_role(self, RoleName: str) -> dict[str, Any]:
        """One role, with its trust policy. NoSuchEntity."""
        return {"Role": role_answer(self.find_role(RoleName))}

    def list_roles(
        self, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The roles whose path begins with `PathPrefix`, in the order of their names."""
        self.allow(self.arn_of("role", PathPrefix, ""))
        found = (role for role in self.tables.roles if role.Path.startswith(PathPrefix))
        page, more = self.page(found, lambda role: str(role.RoleName), Marker, MaxItems)
        return {"Roles": [role_entry(role) for role in page], **more}

    def update_role(
        self, RoleName: str, Description: str | None = None, MaxSessionDuration: int | None = None
    ) -> dict[str, Any]:
        """Change a role's description, and how long its sessions may last, in seconds. NoSuchEntity."""
        role = self.find_role(RoleName)
        description = role.Description if Description is None else Description
        longest = MaxSessionDuration or role.MaxSessionDuration
        self.tables.roles.put(replace(role, Description=description, MaxSessionDuration=longest))
        return {}

    def update_role_description(self, RoleName: str, Description: str) -> dict[str, Any]:
        """Change a role's description, as UpdateRole does. NoSuchEntity."""
        role = replace(self.find_role(RoleName), Description=Description)
        self.tables.roles.put(role)
        return {"Role": role_answer(role)}

    def update_assume_role_policy(self, RoleName: str, PolicyDocument: str) -> None:
        """Replace a role's trust policy. Sessions that are open stay open.

        Raises:
            NoSuchEntity, MalformedPolicyDocument. LimitExceeded: the policy is too long.
        """
        role = self.find_role(RoleName)
        check_trust_policy(PolicyDocument)
        names = named_in(self.cloud, PolicyDocument)
        self.tables.roles.put(replace(role, TrustPolicy=PolicyDocument, TrustNames=names))

    def delete_role(self, RoleName: str) -> None:
        """Delete a role that has no policies left; its sessions can do nothing any more.

        Raises:
            NoSuchEntity. DeleteConflict: there are still policies.
        """
        role = self.find_role(RoleName)
        if role.Attached:
            raise faults.DeleteConflictException("Cannot delete entity, must detach all policies first.")
        if role.Inline:
            raise faults.DeleteConflictException("Cannot delete entity, must delete policies first.")
        self.tables.roles.delete(RoleName)
