"""The whole account at a glance: everything in it, and how much of it.

Source: IAM API Reference, "GetAccountAuthorizationDetails", "GetAccountSummary".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.identity.managed import aws_managed
from labkit.cloud.identity.model import Group, ManagedPolicy, Role, User
from labkit.cloud.services.iam.access_keys import KEYS_A_USER
from labkit.cloud.services.iam.answers import (
    attached_entries,
    group_entry,
    inline_entries,
    policy_answer,
    role_answer,
    user_answer,
    version_answer,
)
from labkit.cloud.services.iam.attachments import POLICIES_EACH
from labkit.cloud.services.iam.documents import INLINE_POLICIES, MANAGED_POLICY, TRUST_POLICY
from labkit.cloud.services.iam.memberships import GROUPS_A_USER
from labkit.cloud.services.iam.policy_versions import VERSIONS_A_POLICY
from labkit.cloud.services.iam.service import PAGE, IamService
from labkit.cloud.services.iam.usage import attached_to, bounded_by

Record = User | Group | Role | ManagedPolicy


class Account(IamService):
    """Two reports on the account."""

    def get_account_authorization_details(
        self, Filter: Sequence[str] = (), MaxItems: int = PAGE, Marker: str | None = None
    ) -> dict[str, Any]:
        """All users, groups, roles and policies with their documents; `Filter` picks some kinds.

        Of AWS's own policies only those in use are told.
        """
        self.allow("*")
        of_aws = [
            policy
            for policy in aws_managed(self.partition).values()
            if attached_to(self.tables, policy.Arn) or bounded_by(self.tables, policy.Arn)
        ]
        kinds: dict[str, list[Record]] = {
            "User": [*self.tables.users],
            "Group": [*self.tables.groups],
            "Role": [*self.tables.roles],
            "LocalManagedPolicy": [*self.tables.policies],
            "AWSManagedPolicy": [*of_aws],
        }
        found = [record for kind, held in kinds.items() if not Filter or kind in Filter for record in held]
        page, more = self.page(found, lambda record: record.Arn, Marker, MaxItems)
        return {
            "UserDetailList": [_user(one) for one in page if isinstance(one, User)],
            "GroupDetailList": [_group(one) for one in page if isinstance(one, Group)],
            "RoleDetailList": [_role(one) for one in page if isinstance(one, Role)],
            "Policies": [self._policy(one) for one in page if isinstance(one, ManagedPolicy)],
            **more,
        }

    def get_account_summary(self) -> dict[str, dict[str, int]]:
        """How many of everything there are, and the quotas."""
        self.allow("*")
        versions = sum(len(policy.Versions) for policy in self.tables.policies)
        return {
            "SummaryMap": QUOTAS
            | {
                "Users": len(self.tables.users),
                "Groups": len(self.tables.groups),
                "Roles": len(self.tables.roles),
                "Policies": len(self.tables.policies),
                "PolicyVersionsInUse": versions,
            }
        }

    def _policy(self, policy: ManagedPolicy) -> dict[str, Any]:
        used = len(attached_to(self.tables, policy.Arn)), len(bounded_by(self.tables, policy.Arn))
        detail = policy_answer(policy, *used)
        del detail["Tags"]
        return detail | {"PolicyVersionList": [version_answer(policy, one) for one in policy.Versions]}


def _user(user: User) -> dict[str, Any]:
    return user_answer(user) | {
        "UserPolicyList": inline_entries(user.Inline),
        "GroupList": list(user.Groups),
        "AttachedManagedPolicies": attached_entries(user.Attached),
    }


def _group(group: Group) -> dict[str, Any]:
    return group_entry(group) | {
        "GroupPolicyList": inline_entries(group.Inline),
        "AttachedManagedPolicies": attached_entries(group.Attached),
    }


def _role(role: Role) -> dict[str, Any]:
    shown = role_answer(role)
    for only_of_get_role in ("Description", "MaxSessionDuration"):
        shown.pop(only_of_get_role, None)
    return shown | {
        "InstanceProfileList": [],
        "RolePolicyList": inline_entries(role.Inline),
        "AttachedManagedPolicies": attached_entries(role.Attached),
    }


QUOTAS = {
    "UsersQuota": 5000,
    "GroupsQuota": 300,
    "RolesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicyVersionsInUseQuota": 10000,
    "AccessKeysPerUserQuota": KEYS_A_USER,
    "GroupsPerUserQuota": GROUPS_A_USER,
    "AttachedPoliciesPerUserQuota": POLICIES_EACH,
    "AttachedPoliciesPerGroupQuota": POLICIES_EACH,
    "AttachedPoliciesPerRoleQuota": POLICIES_EACH,
    "UserPolicySizeQuota": INLINE_POLICIES[User][1],
    "GroupPolicySizeQuota": INLINE_POLICIES[Group][1],
    "RolePolicySizeQuota": INLINE_POLICIES[Role][1],
    "PolicySizeQuota": MANAGED_POLICY,
    "AssumeRolePolicySizeQuota": TRUST_POLICY,
    "VersionsPerPolicyQuota": VERSIONS_A_POLICY,
    "GlobalEndpointTokenVersion": 2,
    "SigningCertificatesPerUserQuota": 2,
    "AccountAccessKeysPresent": 0,
    "AccountMFAEnabled": 0,
    "AccountSigningCertificatesPresent": 0,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "ServerCertificates": 0,
    "ServerCertificatesQuota": 20,
    "InstanceProfiles": 0,
    "InstanceProfilesQuota": 1000,
    "Providers": 0,
}
