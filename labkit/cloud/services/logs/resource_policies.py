"""Resource policies of CloudWatch Logs: which of AWS's services may write into the account's log groups.

Source: CloudWatch Logs API Reference, "PutResourcePolicy", "DescribeResourcePolicies",
"DeleteResourcePolicy".
"""

from typing import Any

from labkit.cloud.core.pagination import make_marker
from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.services.logs.model import ResourcePolicy
from labkit.cloud.services.logs.service import LogsService, faults, first_of
from labkit.crypto.randomness import random_uuid

MOST = 10
PAGE = 50
ACCOUNT, RESOURCE = "ACCOUNT", "RESOURCE"


class ResourcePolicies(LogsService):
    """Let services write."""

    def put_resource_policy(
        self,
        policyName: str | None = None,
        policyDocument: str | None = None,
        resourceArn: str | None = None,
        expectedRevisionId: str | None = None,
    ) -> dict[str, Any]:
        """Add a policy for the whole account under a name, or one on a log group; or replace it.

        Raises:
            InvalidParameterException: it is no policy, or its name is missing, or it was changed meanwhile.
            ResourceNotFoundException: there is no such log group.
            LimitExceededException: the account has ten already.
        """
        self._allow_policies(resourceArn)
        key = self._key(policyName, resourceArn)
        kept = self.tables.policies.get(key)
        if not policyDocument:
            raise faults.InvalidParameterException("policyDocument must be specified.")
        try:
            check_document(policyDocument, "resource")
        except MalformedPolicyError as error:
            raise faults.InvalidParameterException(f"Policy document is invalid: {error}") from None
        if resourceArn and kept and expectedRevisionId != kept.RevisionId:
            raise faults.InvalidParameterException("The expected revision id is not the policy's.")
        if kept is None and not resourceArn and self._count() >= MOST:
            raise faults.LimitExceededException("Resource limit exceeded.")
        policy = ResourcePolicy(
            key, policyName or "", policyDocument, self.time, resourceArn or "", random_uuid()
        )
        self.tables.policies.put(policy)
        return {"resourcePolicy": _described(policy), "revisionId": _revision(policy)}

    def describe_resource_policies(
        self,
        nextToken: str | None = None,
        limit: int = PAGE,
        resourceArn: str | None = None,
        policyScope: str = ACCOUNT,
    ) -> dict[str, Any]:
        """The policies for the account, or those on log groups. InvalidParameterException: a bad token."""
        self._allow_policies(resourceArn)
        on_groups = bool(resourceArn) or policyScope == RESOURCE
        found = (
            one
            for one in self.tables.policies.beginning("", self.marker_in(nextToken))
            if bool(one.ResourceArn) == on_groups and resourceArn in (None, one.ResourceArn)
        )
        page, more = first_of(found, limit)
        return {
            "resourcePolicies": [_described(one) for one in page],
            "nextToken": make_marker(page[-1].Id) if more else None,
        }

    def delete_resource_policy(
        self,
        policyName: str | None = None,
        resourceArn: str | None = None,
        expectedRevisionId: str | None = None,
    ) -> None:
        """Take a policy away.

        Raises:
            ResourceNotFoundException: there is none.
            InvalidParameterException: its name is missing, or it was changed meanwhile.
        """
        self._allow_policies(resourceArn)
        key = self._key(policyName, resourceArn)
        kept = self.tables.policies.get(key)
        if kept is None:
            raise faults.ResourceNotFoundException(f"Policy with name [{policyName}] does not exist")
        if resourceArn and expectedRevisionId != kept.RevisionId:
            raise faults.InvalidParameterException("The expected revision id is not the policy's.")
        self.tables.policies.delete(key)

    def _allow_policies(self, resourceArn: str | None) -> None:
        if resourceArn:
            self.allow_group(self.name_of(resourceArn))
        else:
            self.allow("*")

    def _key(self, policyName: str | None, resourceArn: str | None) -> str:
        """What a policy is kept under: its group's ARN, or its name, which has no colon in front."""
        if resourceArn:
            return f":{self.find_group(self.name_of(resourceArn)).Arn}"
        if not policyName:
            raise faults.InvalidParameterException("policyName must be specified.")
        return policyName

    def _count(self) -> int:
        return sum(1 for one in self.tables.policies if not one.ResourceArn)


def _described(policy: ResourcePolicy) -> dict[str, Any]:
    return {
        "policyName": policy.Name or None,
        "policyDocument": policy.Document,
        "lastUpdatedTime": policy.LastUpdatedTime,
        "policyScope": RESOURCE if policy.ResourceArn else ACCOUNT,
        "resourceArn": policy.ResourceArn or None,
        "revisionId": _revision(policy),
    }


def _revision(policy: ResourcePolicy) -> str | None:
    return policy.RevisionId if policy.ResourceArn else None
