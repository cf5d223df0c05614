"""Attaching managed policies to users, roles and groups.

Source: IAM User Guide, "Adding and removing IAM identity permissions".
"""

from typing import Any

from labkit.cloud.identity.model import Group, Role, User
from labkit.cloud.services.iam.answers import attached_entries
from labkit.cloud.services.iam.service import PAGE, IamService, Owner, check_policy_arn, faults
from labkit.cloud.services.iam.usage import attached_to, bounded_by
from labkit.records import replace

POLICIES_EACH = 10


class Attachments(IamService):
    """Attach, detach, and see what is attached to whom."""

    def attach_user_policy(self, UserName: str, PolicyArn: str) -> None:
        """Attach a policy to a user; twice is as good as once.

        Raises:
            NoSuchEntity: no such user, or no such policy. InvalidInput: no ARN of a policy.
            LimitExceeded: ten are attached already.
        """
        self._attach(self.find_user(UserName, PolicyArn=PolicyArn), PolicyArn, "PoliciesPerUser")

    def attach_role_policy(self, RoleName: str, PolicyArn: str) -> None:
        """Attach a policy to a role; as for users."""
        self._attach(self.find_role(RoleName, PolicyArn=PolicyArn), PolicyArn, "PoliciesPerRole")

    def attach_group_policy(self, GroupName: str, PolicyArn: str) -> None:
        """Attach a policy to a group; as for users."""
        self._attach(self.find_group(GroupName, PolicyArn=PolicyArn), PolicyArn, "PoliciesPerGroup")

    def detach_user_policy(self, UserName: str, PolicyArn: str) -> None:
        """Detach a policy from a user. NoSuchEntity: no such user, or it is not attached."""
        self._detach(self.find_user(UserName, PolicyArn=PolicyArn), PolicyArn)

    def detach_role_policy(self, RoleName: str, PolicyArn: str) -> None:
        """Detach a policy from a role. NoSuchEntity: no such role, or it is not attached."""
        self._detach(self.find_role(RoleName, PolicyArn=PolicyArn), PolicyArn)

    def detach_group_policy(self, GroupName: str, PolicyArn: str) -> None:
        """Detach a policy from a group. NoSuchEntity: no such group, or it is not attached."""
        self._detach(self.find_group(GroupName, PolicyArn=PolicyArn), PolicyArn)

    def list_attached_user_policies(
        self, UserName: str, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The policies attached to a user itself, not to its groups. NoSuchEntity."""
        return self._attached(self.find_user(UserName), PathPrefix, Marker, MaxItems)

    def list_attached_role_policies(
        self, RoleName: str, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The policies attached to a role. NoSuchEntity."""
        return self._attached(self.find_role(RoleName), PathPrefix, Marker, MaxItems)

    def list_attached_group_policies(
        self, GroupName: str, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The policies attached to a group. NoSuchEntity."""
        return self._attached(self.find_group(GroupName), PathPrefix, Marker, MaxItems)

    def list_entities_for_policy(
        self,
        PolicyArn: str,
        EntityFilter: str | None = None,
        PathPrefix: str = "/",
        PolicyUsageFilter: str | None = None,
        Marker: str | None = None,
        MaxItems: int = PAGE,
    ) -> dict[str, Any]:
        """The users, groups and roles that a policy is attached to, or whose boundary it is. NoSuchEntity."""
        self.find_policy(PolicyArn)
        attached = attached_to(self.tables, PolicyArn) if PolicyUsageFilter != "PermissionsBoundary" else []
        bounded = bounded_by(self.tables, PolicyArn) if PolicyUsageFilter != "PermissionsPolicy" else []
        found = [
            owner
            for owner in {owner.Arn: owner for owner in [*attached, *bounded]}.values()
            if owner.Path.startswith(PathPrefix) and EntityFilter in (None, type(owner).__name__)
        ]
        page, more = self.page(found, lambda owner: owner.Arn, Marker, MaxItems)
        return {
            "PolicyUsers": [
                {"UserName": one.UserName, "UserId": one.UserId} for one in page if isinstance(one, User)
            ],
            "PolicyGroups": [
                {"GroupName": one.GroupName, "GroupId": one.GroupId} for one in page if isinstance(one, Group)
            ],
            "PolicyRoles": [
                {"RoleName": one.RoleName, "RoleId": one.RoleId} for one in page if isinstance(one, Role)
            ],
            **more,
        }

    def _attach(self, owner: Owner, PolicyArn: str, quota: str) -> None:
        check_policy_arn(PolicyArn)
        if self.policy_in_reach(PolicyArn) is None:
            raise faults.NoSuchEntityException(f"Policy {PolicyArn} does not exist or is not attachable.")
        if PolicyArn in owner.Attached:
            return
        if len(owner.Attached) >= POLICIES_EACH:
            raise faults.LimitExceededException(f"Cannot exceed quota for {quota}: {POLICIES_EACH}")
        self.keep(replace(owner, Attached=(*owner.Attached, PolicyArn)))

    def _detach(self, owner: Owner, PolicyArn: str) -> None:
        check_policy_arn(PolicyArn)
        if PolicyArn not in owner.Attached:
            raise faults.NoSuchEntityException(f"Policy {PolicyArn} was not found.")
        self.keep(replace(owner, Attached=tuple(one for one in owner.Attached if one != PolicyArn)))

    def _attached(self, owner: Owner, PathPrefix: str, Marker: str | None, MaxItems: int) -> dict[str, Any]:
        paths = {one: "/" + "/".join(one.split("/")[1:-1]) for one in owner.Attached}
        found = [one for one, path in paths.items() if f"{path.rstrip('/')}/".startswith(PathPrefix)]
        page, more = self.page(found, str, Marker, MaxItems)
        return {"AttachedPolicies": attached_entries(page), **more}
