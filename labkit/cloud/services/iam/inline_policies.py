"""Inline policies: written into one user, role or group, and gone with it.

Source: IAM User Guide, "Managed policies and inline policies".
"""

from collections.abc import Callable
from typing import Any

from labkit.cloud.policy.principal import AttachedPolicy
from labkit.cloud.services.iam.answers import encoded
from labkit.cloud.services.iam.documents import check_inline_policies, check_policy
from labkit.cloud.services.iam.service import PAGE, IamService, Owner, missing
from labkit.records import replace


class InlinePolicies(IamService):
    """Put, read, list and delete the inline policies of users, roles and groups."""

    def put_user_policy(self, UserName: str, PolicyName: str, PolicyDocument: str) -> None:
        """Write a policy into a user, or replace it.

        Raises:
            NoSuchEntity, MalformedPolicyDocument. LimitExceeded: all together exceed 2048 characters.
        """
        self._put(self.find_user(UserName), UserName, PolicyName, PolicyDocument)

    def put_role_policy(self, RoleName: str, PolicyName: str, PolicyDocument: str) -> None:
        """Write a policy into a role, or replace it; as for users, up to 10240 characters."""
        self._put(self.find_role(RoleName), RoleName, PolicyName, PolicyDocument)

    def put_group_policy(self, GroupName: str, PolicyName: str, PolicyDocument: str) -> None:
        """Write a policy into a group, or replace it; as for users, up to 5120 characters."""
        self._put(self.find_group(GroupName), GroupName, PolicyName, PolicyDocument)

    def get_user_policy(self, UserName: str, PolicyName: str) -> dict[str, str]:
        """An inline policy of a user. NoSuchEntity."""
        return {"UserName": UserName} | _get("user", self.find_user(UserName), PolicyName)

    def get_role_policy(self, RoleName: str, PolicyName: str) -> dict[str, str]:
        """An inline policy of a role. NoSuchEntity."""
        return {"RoleName": RoleName} | _get("role", self.find_role(RoleName), PolicyName)

    def get_group_policy(self, GroupName: str, PolicyName: str) -> dict[str, str]:
        """An inline policy of a group. NoSuchEntity."""
        return {"GroupName": GroupName} | _get("group", self.find_group(GroupName), PolicyName)

    def list_user_policies(
        self, UserName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The names of a user's inline policies. NoSuchEntity."""
        return self._names(self.find_user(UserName), Marker, MaxItems)

    def list_role_policies(
        self, RoleName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The names of a role's inline policies. NoSuchEntity."""
        return self._names(self.find_role(RoleName), Marker, MaxItems)

    def list_group_policies(
        self, GroupName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The names of a group's inline policies. NoSuchEntity."""
        return self._names(self.find_group(GroupName), Marker, MaxItems)

    def delete_user_policy(self, UserName: str, PolicyName: str) -> None:
        """Remove an inline policy of a user. NoSuchEntity."""
        self._delete("user", self.find_user(UserName), PolicyName)

    def delete_role_policy(self, RoleName: str, PolicyName: str) -> None:
        """Remove an inline policy of a role. NoSuchEntity."""
        self._delete("role", self.find_role(RoleName), PolicyName)

    def delete_group_policy(self, GroupName: str, PolicyName: str) -> None:
        """Remove an inline policy of a group. NoSuchEntity."""
        self._delete("group", self.find_group(GroupName), PolicyName)

    def _put(self, owner: Owner, name: str, PolicyName: str, PolicyDocument: str) -> None:
        check_policy(PolicyDocument, "identity")
        policies = (*_without(owner, PolicyName), AttachedPolicy(PolicyName, PolicyDocument))
        check_inline_policies(owner, name, policies)
        self.keep(replace(owner, Inline=tuple(sorted(policies))))

    def _names(self, owner: Owner, Marker: str | None, MaxItems: int) -> dict[str, Any]:
        name_of: Callable[[AttachedPolicy], str] = lambda policy: policy.name  # noqa: E731 - typed so
        page, more = self.page(owner.Inline, name_of, Marker, MaxItems)
        return {"PolicyNames": [policy.name for policy in page], **more}

    def _delete(self, kind: str, owner: Owner, PolicyName: str) -> None:
        _find(kind, owner, PolicyName)
        self.keep(replace(owner, Inline=tuple(_without(owner, PolicyName))))


def _get(kind: str, owner: Owner, PolicyName: str) -> dict[str, str]:
    document = _find(kind, owner, PolicyName).document
    return {"PolicyName": PolicyName, "PolicyDocument": encoded(document)}


def _find(kind: str, owner: Owner, PolicyName: str) -> AttachedPolicy:
    for policy in owner.Inline:
        if policy.name == PolicyName:
            return policy
    raise missing(f"{kind} policy", PolicyName)


def _without(owner: Owner, PolicyName: str) -> list[AttachedPolicy]:
    return [policy for policy in owner.Inline if policy.name != PolicyName]
