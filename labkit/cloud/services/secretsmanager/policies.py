"""Resource policies: who may use a secret, said on the secret itself, for other accounts too.

Source: Secrets Manager User Guide, "Resource-based policies"; API Reference, "PutResourcePolicy",
"ValidateResourcePolicy".
"""

from typing import Any

from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.documents import statements
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.services.secretsmanager.cross_account import replication_policy
from labkit.cloud.services.secretsmanager.replicas import Replicas
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace

DEFAULT = "default"
REPLICATION = "cross-account-replication"
PAGE = 100
PUBLIC = "You can't attach this policy because it grants broad access to the secret."


class Policies(Replicas):
    """Attach policies to secrets."""

    def put_resource_policy(
        self, SecretId: str, ResourcePolicy: str, BlockPublicPolicy: bool = False, PolicyName: str = DEFAULT
    ) -> dict[str, Any]:
        """Attach a policy in place of the one there is.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret.
            MalformedPolicyDocumentException: the policy is none.
            PublicPolicyException: it lets everybody in, and the caller asked to be stopped then.
        """
        secret = self.find_primary(
            SecretId,
            told=lambda: {"secretsmanager:BlockPublicPolicy": BlockPublicPolicy},
            managed=True,
            follower=True,
        )
        _check_name(PolicyName)
        fault = _fault(ResourcePolicy)
        if fault:
            raise faults.MalformedPolicyDocumentException(
                f"This resource policy contains a syntax error: {fault}"
            )
        if BlockPublicPolicy and _is_public(ResourcePolicy):
            raise faults.PublicPolicyException(PUBLIC)
        self.put(replace(secret, Policy=ResourcePolicy))
        self.sync(secret)
        return {"ARN": secret.ARN, "Name": secret.Name, "PolicyName": DEFAULT}

    def get_resource_policy(self, SecretId: str, PolicyName: str = DEFAULT) -> dict[str, Any]:
        """The policy of a secret, if it has one. ResourceNotFoundException."""
        secret = self.find(SecretId, marked=True)
        own = PolicyName == REPLICATION and secret.Follows is not None
        if not own:
            _check_name(PolicyName)
        return {
            "ARN": secret.ARN,
            "Name": secret.Name,
            "ResourcePolicy": replication_policy(secret) if own else secret.Policy,
            "PolicyName": PolicyName,
        }

    def delete_resource_policy(self, SecretId: str, PolicyName: str = DEFAULT) -> dict[str, Any]:
        """Take the policy off. ResourceNotFoundException, InvalidRequestException."""
        secret = self.find_primary(SecretId, managed=True, follower=True)
        _check_name(PolicyName)
        self.put(replace(secret, Policy=None))
        self.sync(secret)
        return {"ARN": secret.ARN, "Name": secret.Name, "PolicyName": DEFAULT}

    def list_resource_policies(
        self, SecretId: str, MaxResults: int = PAGE, NextToken: str | None = None
    ) -> dict[str, Any]:
        """The names of a secret's policies: the one that its owner can put on it, if it is there, and that
        which lets another account write a replica.

        Raises:
            ResourceNotFoundException, InvalidNextTokenException.
        """
        secret = self.find(SecretId, marked=True)
        if NextToken:
            raise faults.InvalidNextTokenException("The NextToken value is invalid.")
        names = [DEFAULT] * bool(secret.Policy) + [REPLICATION] * bool(secret.Follows)
        return {"ResourcePolicies": [{"PolicyName": name} for name in names]}

    def validate_resource_policy(self, ResourcePolicy: str, SecretId: str | None = None) -> dict[str, Any]:
        """Whether a policy could be attached, and would not let everybody in; it changes nothing."""
        if SecretId is None:
            self.allow("*")
        else:
            self.find(SecretId)
        errors = []
        if fault := _fault(ResourcePolicy):
            errors.append({"CheckName": "SYNTAX_CHECK", "ErrorMessage": fault})
        elif _is_public(ResourcePolicy):
            errors.append({"CheckName": "PUBLIC_ACCESS_CHECK", "ErrorMessage": PUBLIC})
        return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _check_name(name: str) -> None:
    if name != DEFAULT:
        raise faults.InvalidParameterException(f"The policy {name} can't be used here; only {DEFAULT} can.")


def _fault(policy: str) -> str:
    try:
        check_document(policy, "resource")
    except MalformedPolicyError as error:
        return str(error)
    return ""


def _is_public(policy: str) -> bool:
    """Whether some statement allows everybody, without a condition."""
    return any(
        statement.effect == "Allow"
        and not statement.conditions
        and statement.principals is not None
        and "*" in statement.principals.named.aws
        for statement in statements(policy)
    )
