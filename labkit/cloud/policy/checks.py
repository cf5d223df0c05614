"""Is this a policy document? What is not is refused when it is stored, with the sentence AWS has for it.

AWS has two parsers, whose sentences differ: IAM's old one for policies of users, groups and roles, and a
newer one for policies that are attached to a resource. See `identity_checks` and `resource_checks`.
Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from labkit.cloud.policy.identity_checks import check_identity_policy
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.policy.resource_checks import check_resource_policy

__all__ = ["MalformedPolicyError", "check_document"]


def check_document(text: str, kind: str) -> None:
    """Go on only if `text` is a policy document of this kind.

    `kind` is "identity" (also of boundaries and session policies), "trust" (of a role), "key" (of a KMS key)
    or "resource" (of any other resource).

    Raises:
        MalformedPolicyError: it is none; the message is AWS's, the error's code depends on the service.
    """
    if kind == "identity":
        check_identity_policy(text)
    else:
        check_resource_policy(text, kind)
