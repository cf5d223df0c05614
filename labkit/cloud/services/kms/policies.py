"""The key policy: the root of all permission on a key. No IAM policy counts unless it lets them.

Source: KMS Developer Guide, "Key policies in AWS KMS", "Default key policy".
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from labkit.cloud.policy.evaluation import evaluate
from labkit.cloud.policy.principal import Principal
from labkit.cloud.services.kms.service import KmsService, faults
from labkit.cloud.state.arns import arn, partition_of

ONLY_POLICY = "default"


class Policies(KmsService):
    """Read and replace a key's one policy, whose name is always "default"."""

    def get_key_policy(self, KeyId: str, PolicyName: str = ONLY_POLICY) -> dict[str, str]:
        """The key policy, as JSON text."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_name(PolicyName)
        return {"Policy": key.Policy, "PolicyName": ONLY_POLICY}

    def put_key_policy(
        self,
        KeyId: str,
        Policy: str,
        PolicyName: str = ONLY_POLICY,
        BypassPolicyLockoutSafetyCheck: bool = False,
    ) -> None:
        """Replace the key policy.

        Raises:
            MalformedPolicyDocumentException: it is no policy document, or would lock the caller out.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_name(PolicyName)
        self.check_state(key)
        check_policy(Policy)
        if not BypassPolicyLockoutSafetyCheck:
            check_lockout(Policy, key.Arn, self.principal)
        self.tables.keys.put(replace(key, Policy=Policy))

    def list_key_policies(self, KeyId: str, Limit: int = 100, Marker: str | None = None) -> dict[str, Any]:
        """The names of the key's policies: always just "default"."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        names: Sequence[str] = [ONLY_POLICY]
        page, more = self.page_of_list(names, str, Marker, Limit)
        return {"PolicyNames": list(page), **more}


def default_policy(account: str, region: str) -> str:
    """The policy that a key gets if none is given: the account's own IAM policies decide.

    Letter by letter as KMS writes it, spaces before the colons included.
    """
    root = arn("iam", "", account, "root", partition=partition_of(region))
    return DEFAULT_POLICY.replace("ROOT", root)


DEFAULT_POLICY = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "ROOT"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def check_policy(policy: str) -> None:
    """Go on only if this is a policy document: statements with an effect, a principal, an action.

    Raises:
        MalformedPolicyDocumentException: it is not.
    """
    try:
        statements = json.loads(policy)["Statement"]
        whole = all(map(_is_whole, statements if isinstance(statements, list) else [statements]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise faults.MalformedPolicyDocumentException("The new key policy is not a valid policy document.")


def _is_whole(statement: dict[str, Any]) -> bool:
    texts = [statement.get(name, []) for name in ("Action", "NotAction", "Resource", "NotResource")]
    return (
        statement["Effect"] in ("Allow", "Deny")
        and ("Principal" in statement or "NotPrincipal" in statement)
        and ("Action" in statement or "NotAction" in statement)
        and all(isinstance(text, str) or all(isinstance(one, str) for one in text) for text in texts)
    )


def check_lockout(policy: str, key_arn: str, caller: Principal) -> None:
    """Go on only if `caller` could still replace this policy: a key that nobody governs stays so for ever.

    Raises:
        MalformedPolicyDocumentException: the caller could not.
    """
    if not evaluate(caller, "kms:PutKeyPolicy", key_arn, policy).allowed:
        raise faults.MalformedPolicyDocumentException(
            "The new key policy will not allow you to update the key policy in the future."
        )


def _check_name(PolicyName: str) -> None:
    if PolicyName != ONLY_POLICY:
        raise faults.NotFoundException("No such policy exists")
