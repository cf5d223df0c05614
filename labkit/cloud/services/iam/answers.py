"""How IAM shows what it remembers: records as the structures of the API reference.

Policies travel URL-encoded (RFC 3986); a client such as boto3 decodes them.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from labkit.cloud.identity.credentials import Credential, TagPairs
from labkit.cloud.identity.model import Group, ManagedPolicy, PolicyVersion, Role, User
from labkit.cloud.policy.principal import AttachedPolicy


def encoded(document: str) -> str:
    """A policy document as IAM returns it."""
    return quote(document, safe="")


def user_entry(user: User) -> dict[str, Any]:
    """A user as ListUsers shows it."""
    return {
        "Path": user.Path,
        "UserName": user.UserName,
        "UserId": user.UserId,
        "Arn": user.Arn,
        "CreateDate": user.CreateDate,
    }


def user_answer(user: User) -> dict[str, Any]:
    """A user as GetUser shows it: with tags and boundary, if there are any."""
    return user_entry(user) | _extras(user)


def group_entry(group: Group) -> dict[str, Any]:
    """A group."""
    return {
        "Path": group.Path,
        "GroupName": group.GroupName,
        "GroupId": group.GroupId,
        "Arn": group.Arn,
        "CreateDate": group.CreateDate,
    }


def role_entry(role: Role) -> dict[str, Any]:
    """A role as ListRoles shows it."""
    entry = {
        "Path": role.Path,
        "RoleName": role.RoleName,
        "RoleId": role.RoleId,
        "Arn": role.Arn,
        "CreateDate": role.CreateDate,
        "AssumeRolePolicyDocument": encoded(role.TrustPolicy),
        "MaxSessionDuration": role.MaxSessionDuration,
    }
    return entry | ({"Description": role.Description} if role.Description else {})


def role_answer(role: Role) -> dict[str, Any]:
    """A role as GetRole shows it: with tags and boundary, if there are any. The lab keeps no RoleLastUsed."""
    return role_entry(role) | {"RoleLastUsed": {}} | _extras(role)


def policy_entry(policy: ManagedPolicy, attachments: int, as_boundary: int) -> dict[str, Any]:
    """A managed policy as ListPolicies shows it, with how many it is attached to."""
    return {
        "PolicyName": policy.PolicyName,
        "PolicyId": policy.PolicyId,
        "Arn": policy.Arn,
        "Path": policy.Path,
        "DefaultVersionId": policy.DefaultVersionId,
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": as_boundary,
        "IsAttachable": True,
        "CreateDate": policy.CreateDate,
        "UpdateDate": policy.UpdateDate,
    }


def policy_answer(policy: ManagedPolicy, attachments: int, as_boundary: int) -> dict[str, Any]:
    """A managed policy as GetPolicy shows it."""
    described = {"Description": policy.Description} if policy.Description else {}
    return policy_entry(policy, attachments, as_boundary) | described | {"Tags": tag_list(policy.Tags)}


def version_entry(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    """A version of a policy, without its document."""
    return {
        "VersionId": version.VersionId,
        "IsDefaultVersion": version.VersionId == policy.DefaultVersionId,
        "CreateDate": version.CreateDate,
    }


def version_answer(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    """A version of a policy, with its document."""
    return version_entry(policy, version) | {"Document": encoded(version.Document)}


def key_entry(key: Credential) -> dict[str, Any]:
    """An access key, without its secret."""
    return {
        "UserName": key.OwnerName,
        "AccessKeyId": key.AccessKeyId,
        "Status": key.Status,
        "CreateDate": key.CreateDate,
    }


def attached_entries(arns: Iterable[str]) -> list[dict[str, str]]:
    """Attached policies, as names and ARNs."""
    return [{"PolicyName": one.rsplit("/", 1)[-1], "PolicyArn": one} for one in arns]


def inline_entries(policies: Iterable[AttachedPolicy]) -> list[dict[str, str]]:
    """Inline policies with their documents."""
    return [{"PolicyName": one.name, "PolicyDocument": encoded(one.document)} for one in policies]


def tag_list(tags: TagPairs) -> list[dict[str, str]]:
    """Tags as IAM lists them."""
    return [{"Key": name, "Value": value} for name, value in tags]


def boundary_answer(policy_arn: str) -> dict[str, str]:
    """A permissions boundary, as it is shown with the user or role it bounds."""
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": policy_arn}


def _extras(owner: User | Role) -> dict[str, Any]:
    bounded = {"PermissionsBoundary": boundary_answer(owner.Boundary)} if owner.Boundary else {}
    return bounded | ({"Tags": tag_list(owner.Tags)} if owner.Tags else {})
