"""Resource policies: how a parameter is shared with other accounts.

Only an advanced parameter can be shared, by a policy that lets others describe and get it. It has one policy;
whoever changes or deletes that must say which one they have read, by its id and hash.
Source: SSM API Reference, "PutResourcePolicy"; Systems Manager User Guide, "Working with shared parameters".
"""

import hashlib
import json
from typing import Any

from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.services.ssm.model import ADVANCED, Parameter, SharingPolicy
from labkit.cloud.services.ssm.names import faults, read_reference
from labkit.cloud.services.ssm.service import SsmService
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

LONGEST = 10_240
ACTIONS = frozenset(
    {
        "ssm:DescribeParameters",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParameterHistory",
    }
)
PAGE = 50


class Sharing(SsmService):
    """Share parameters."""

    def put_resource_policy(
        self, ResourceArn: str, Policy: str, PolicyId: str | None = None, PolicyHash: str | None = None
    ) -> dict[str, Any]:
        """Share a parameter, or change with whom it is shared.

        Raises:
            ResourceNotFoundException: there is no such parameter.
            ResourcePolicyInvalidParameterException: it is a standard one, or an id comes without its hash.
            ResourcePolicyConflictException: the hash is that of an older policy.
            ResourcePolicyNotFoundException: the parameter has no policy of this id.
            ResourcePolicyLimitExceededException: it has one already, or this one is too long.
            MalformedResourcePolicyDocumentException: the policy is none, or lets others do more than read.
        """
        parameter = self._parameter(ResourceArn)
        if (PolicyId is None) != (PolicyHash is None):
            raise faults.ResourcePolicyInvalidParameterException(
                "PolicyId and PolicyHash must be given together.", ParameterNames=["PolicyId", "PolicyHash"]
            )
        if parameter.Tier != ADVANCED:
            raise faults.ResourcePolicyInvalidParameterException(
                "Only parameters of the advanced-parameter tier can be shared.",
                ParameterNames=["ResourceArn"],
            )
        if PolicyId is not None:
            self._held(parameter, PolicyId, PolicyHash)
        elif parameter.Shared:
            raise faults.ResourcePolicyLimitExceededException(
                "A parameter can have one resource policy.", Limit=1, LimitType="Count"
            )
        _check(Policy)
        digest = hashlib.sha256(Policy.encode()).hexdigest()
        policy = SharingPolicy(PolicyId or random_uuid(), digest, Policy)
        self.tables.parameters.put(replace(parameter, Shared=(policy,)))
        return {"PolicyId": policy.PolicyId, "PolicyHash": policy.PolicyHash}

    def get_resource_policies(
        self, ResourceArn: str, NextToken: str | None = None, MaxResults: int = PAGE
    ) -> dict[str, Any]:
        """The resource policy of a parameter, in a list that is never longer than a page.

        Raises:
            ResourceNotFoundException: there is no such parameter.
        """
        parameter = self._parameter(ResourceArn)
        return {
            "Policies": [
                {"PolicyId": one.PolicyId, "PolicyHash": one.PolicyHash, "Policy": one.Policy}
                for one in parameter.Shared
            ]
        }

    def delete_resource_policy(
        self, ResourceArn: str, PolicyId: str, PolicyHash: str, DeletionMode: str = "RemoveSharing"
    ) -> dict[str, Any]:
        """Share a parameter no longer.

        Raises:
            ResourceNotFoundException: there is no such parameter.
            ResourcePolicyNotFoundException: it has no policy of this id.
            ResourcePolicyConflictException: the hash is that of an older policy.
        """
        parameter = self._parameter(ResourceArn)
        self._held(parameter, PolicyId, PolicyHash)
        self.tables.parameters.put(replace(parameter, Shared=()))
        return {}

    def _parameter(self, ResourceArn: str) -> Parameter:
        reference = read_reference(ResourceArn)
        if reference is None or not reference.account:
            raise faults.ResourcePolicyInvalidParameterException(
                "The resource ARN is not that of a parameter.", ParameterNames=["ResourceArn"]
            )
        self.allow_parameter(reference)
        parameter = self.lookup(reference)
        if parameter is None or reference.account != self.account or reference.region != self.region:
            raise faults.ResourceNotFoundException("The specified parameter to be shared could not be found.")
        return parameter

    def _held(self, parameter: Parameter, policy_id: str, policy_hash: str | None) -> SharingPolicy:
        for policy in parameter.Shared:
            if policy.PolicyId == policy_id:
                if policy.PolicyHash != policy_hash:
                    raise faults.ResourcePolicyConflictException(
                        "The hash provided in the call doesn't match the stored hash. This exception is "
                        "thrown when trying to update an obsolete policy version or when multiple requests "
                        "to update a policy are sent."
                    )
                return policy
        raise faults.ResourcePolicyNotFoundException(
            "No policies with the specified policy ID and hash could be found."
        )


def _check(policy: str) -> None:
    if len(policy.encode()) > LONGEST:
        raise faults.ResourcePolicyLimitExceededException(
            f"The policy is longer than {LONGEST} bytes.", Limit=LONGEST, LimitType="Size"
        )
    try:
        check_document(policy, "resource")
    except MalformedPolicyError as error:
        raise faults.MalformedResourcePolicyDocumentException(str(error)) from None
    listed = json.loads(policy)["Statement"]
    for statement in listed if isinstance(listed, list) else [listed]:
        actions = statement.get("Action", [])
        for action in [actions] if isinstance(actions, str) else actions:
            if action not in ACTIONS:
                raise faults.MalformedResourcePolicyDocumentException(
                    f"The policy document is malformed or the action is not allowed: {action}"
                )
