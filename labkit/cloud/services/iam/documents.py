"""Policy documents on their way in: are they policies, and are they short enough?

Spaces and line breaks do not count towards the limits.
Source: IAM User Guide, "IAM and AWS STS quotas".
"""

from collections.abc import Iterable
from typing import Literal

from labkit.cloud.identity.model import Group, Role, User
from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.policy.principal import AttachedPolicy
from labkit.cloud.services.iam.service import Owner, faults

MANAGED_POLICY, TRUST_POLICY = 6144, 2048
INLINE_POLICIES: dict[type[Owner], tuple[str, int]] = {
    User: ("user", 2048),
    Group: ("group", 5120),
    Role: ("role", 10240),
}


def check_policy(document: str, kind: Literal["identity", "resource", "trust"]) -> None:
    """Go on only if this is a policy of its kind; MalformedPolicyDocument says what is wrong."""
    try:
        check_document(document, kind)
    except MalformedPolicyError as error:
        raise faults.MalformedPolicyDocumentException(str(error)) from None


def check_managed_policy(document: str) -> None:
    """Go on only if this can be a managed policy. MalformedPolicyDocument or LimitExceeded."""
    check_policy(document, "identity")
    if size(document) > MANAGED_POLICY:
        raise faults.LimitExceededException(f"Cannot exceed quota for PolicySize: {MANAGED_POLICY}")


def check_trust_policy(document: str) -> None:
    """Go on only if this can be a role's trust policy. MalformedPolicyDocument or LimitExceeded."""
    check_policy(document, "trust")
    if size(document) > TRUST_POLICY:
        raise faults.LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY}")


def check_inline_policies(owner: Owner, name: str, policies: Iterable[AttachedPolicy]) -> None:
    """Go on only if all inline policies of `owner`, called `name`, fit together; LimitExceeded."""
    kind, limit = INLINE_POLICIES[type(owner)]
    if sum(size(policy.document) for policy in policies) > limit:
        raise faults.LimitExceededException(
            f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
        )


def size(document: str) -> int:
    """The characters of a document that count."""
    return sum(not character.isspace() for character in document)
