"""The key policy: the root of all permission on a key. No IAM policy counts unless it lets them.

Source: KMS Developer Guide, "Key policies in AWS KMS", "Default key policy".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from labkit.cloud.core.facts import global_facts
from labkit.cloud.identity.named import named_in
from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.policy.documents import statements
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.policy.resource_checks import INVALID_KEY_PRINCIPAL
from labkit.cloud.services.kms.known_principals import is_principal
from labkit.cloud.services.kms.service import KmsService, faults
from labkit.cloud.state.arns import arn, partition_of
from labkit.records import replace

ONLY_POLICY = "default"
LONGEST_POLICY = 32_768
PUT = "kms:PutKeyPolicy"


class Policies(KmsService):
    """Read and replace a key's one policy, whose name is always "default"."""

    def get_key_policy(self, KeyId: str, PolicyName: str = ONLY_POLICY) -> dict[str, str]:
        """The key policy, as JSON text."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_name(PolicyName)
        return {"Policy": self.policy_of(key), "PolicyName": ONLY_POLICY}

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
            LimitExceededException: it is longer than 32 KB.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        _check_name(PolicyName)
        self.check_state(key)
        check_new_policy(self, Policy, key.Arn, bypass=BypassPolicyLockoutSafetyCheck)
        self.tables.keys.put(replace(key, Policy=Policy, PolicyNames=named_in(self.cloud, Policy)))

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


def check_new_policy(service: KmsService, policy: str, key_arn: str, *, bypass: bool) -> None:
    """Go on only if KMS would put this policy on a key that is, or will be, `key_arn`.

    Unless `bypass` is set, the caller must be able to replace it again by PutKeyPolicy: a key that nobody
    governs stays so for ever. Grants don't count, as none of them permits that.

    Raises:
        LimitExceededException: it is longer than 32 KB. MalformedPolicyDocumentException: it is no policy
            document, names somebody who does not exist, or would lock the caller out.
    """
    if len(policy) > LONGEST_POLICY:
        raise faults.LimitExceededException(f"The policy is longer than {LONGEST_POLICY} bytes.")
    try:
        check_document(policy, "key")
    except MalformedPolicyError as error:
        raise faults.MalformedPolicyDocumentException(str(error)) from None
    if not all(_exists(service, name) for name in _arns_in(policy)):
        raise faults.MalformedPolicyDocumentException(INVALID_KEY_PRINCIPAL)
    if bypass:
        return
    question = Question(service.principal, PUT, key_arn, policy, rooted=True)
    if not decide(question, lambda: _facts(service, key_arn)).allowed:
        raise faults.MalformedPolicyDocumentException(
            "The new key policy will not allow you to update the key policy in the future."
        )


def _facts(service: KmsService, key_arn: str) -> Facts:
    """What conditions would see if the caller put a policy on the key again."""
    key = service.tables.keys.get(key_arn.rpartition("/")[2])
    return {**global_facts(service.call, service.principal, key_arn), **service.facts_of(PUT, key)}


def _arns_in(policy: str) -> Iterator[str]:
    """The ARNs in the Principal and NotPrincipal elements of a policy document."""
    for statement in statements(policy):
        if statement.principals is not None:
            yield from (name for name in statement.principals.named.aws if name.startswith("arn:"))


def _exists(service: KmsService, name: str) -> bool:
    return is_principal(service.cloud, name, partition_of(service.region))


def _check_name(PolicyName: str) -> None:
    if PolicyName != ONLY_POLICY:
        raise faults.NotFoundException("No such policy exists")
