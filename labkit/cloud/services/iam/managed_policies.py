"""Managed policies: written once, attached to many. AWS's own are in the list, too.

Source: IAM User Guide, "Managed policies and inline policies".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.identity.managed import aws_managed
from labkit.cloud.identity.model import ManagedPolicy, PolicyVersion
from labkit.cloud.identity.unique_ids import POLICY, fresh_id
from labkit.cloud.services.iam.answers import policy_answer, policy_entry
from labkit.cloud.services.iam.documents import check_managed_policy
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.cloud.services.iam.tags import merged
from labkit.cloud.services.iam.usage import attached_to, bounded_by


class ManagedPolicies(IamService):
    """Create, find and delete managed policies."""

    def create_policy(
        self,
        PolicyName: str,
        PolicyDocument: str,
        Path: str = "/",
        Description: str = "",
        Tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Make a policy, whose first version is v1. It binds nobody until it is attached.

        Raises:
            EntityAlreadyExists: the name is taken, in whatever case. MalformedPolicyDocument.
            LimitExceeded: it is longer than 6144 characters.
        """
        arn = self.arn_of("policy", Path, PolicyName)
        self.allow_new(arn, "iam:TagPolicy", None, Tags)
        if self.tables.policies.having("folded", PolicyName.lower()):
            raise faults.EntityAlreadyExistsException(
                f"A policy called {PolicyName} already exists. Duplicate names are not allowed."
            )
        check_managed_policy(PolicyDocument)
        policy = ManagedPolicy(
            PolicyName,
            fresh_id(POLICY),
            arn,
            Path,
            self.now,
            self.now,
            (PolicyVersion("v1", PolicyDocument, self.now),),
            Description=Description,
            Tags=merged((), Tags),
        )
        self.tables.policies.put(policy)
        return {"Policy": self._shown(policy_answer, policy)}

    def get_policy(self, PolicyArn: str) -> dict[str, Any]:
        """What there is to know of a policy but its document. NoSuchEntity."""
        return {"Policy": self._shown(policy_answer, self.find_policy(PolicyArn))}

    def list_policies(
        self,
        Scope: str = "All",
        OnlyAttached: bool = False,
        PathPrefix: str = "/",
        PolicyUsageFilter: str | None = None,
        Marker: str | None = None,
        MaxItems: int = PAGE,
    ) -> dict[str, Any]:
        """The account's policies and AWS's: `Scope` Local or AWS picks one kind.

        `OnlyAttached` and `PolicyUsageFilter` leave out what nobody uses, or not in that way.
        """
        self.allow("*")
        own = list(self.tables.policies) if Scope != "AWS" else []
        of_aws = list(aws_managed(self.partition).values()) if Scope != "Local" else []
        found = [
            policy
            for policy in [*own, *of_aws]
            if policy.Path.startswith(PathPrefix) and self._is_used(policy, OnlyAttached, PolicyUsageFilter)
        ]
        page, more = self.page(found, lambda policy: policy.Arn, Marker, MaxItems)
        return {"Policies": [self._shown(policy_entry, policy) for policy in page], **more}

    def delete_policy(self, PolicyArn: str) -> None:
        """Delete a policy that nobody uses and that has one version left.

        Raises:
            NoSuchEntity. DeleteConflict: it is in use, or has more versions than the default one.
            AccessDenied: it is AWS's own.
        """
        policy = self.find_own_policy(PolicyArn)
        if attached_to(self.tables, PolicyArn) or bounded_by(self.tables, PolicyArn):
            raise faults.DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(policy.Versions) > 1:
            raise faults.DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy."
            )
        self.tables.policies.delete(policy.PolicyName)

    def _shown(self, answer: Any, policy: ManagedPolicy) -> dict[str, Any]:
        users = len(attached_to(self.tables, policy.Arn)), len(bounded_by(self.tables, policy.Arn))
        shown: dict[str, Any] = answer(policy, *users)
        return shown

    def _is_used(self, policy: ManagedPolicy, OnlyAttached: bool, PolicyUsageFilter: str | None) -> bool:
        if not OnlyAttached and PolicyUsageFilter is None:
            return True
        attached = PolicyUsageFilter != "PermissionsBoundary" and attached_to(self.tables, policy.Arn)
        bounding = PolicyUsageFilter != "PermissionsPolicy" and bounded_by(self.tables, policy.Arn)
        return bool(attached or bounding)
