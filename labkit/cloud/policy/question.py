"""What is asked of the policies: may this caller do this, to that? And the facts that a condition may want.

A question holds all that is the same for a thousand calls alike, so that the answer can be remembered. What
differs from call to call (the time, the encryption context) are facts, and they are fetched only if a
statement depends on them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.values import texts
from labkit.cloud.state.arns import Arn
from labkit.records import Record

Value = str | bool | int | float | datetime | bytes | Sequence[str]
Facts = Mapping[str, Value]


class Question(Record):
    """May `principal` do `action` ("kms:Encrypt") to `resource` (an ARN, or "*" for no resource at all)?

    `resource_policy` is the JSON of the policy attached to the resource, None if it has none. `rooted` means
    that nobody may do anything to the resource unless its own policy says so, as with KMS keys and roles'
    trust policies. `owner` is the account that the resource is in, where its ARN does not tell.
    """

    principal: Principal
    action: str
    resource: str
    resource_policy: str | None = None
    rooted: bool = False
    owner: str = ""

    @property
    def resource_account(self) -> str:
        """The account that owns the resource: the caller's own, where nothing says otherwise."""
        return owner_of(self.resource, self.owner) or self.principal.account


def owner_of(resource: str, owner: str) -> str:
    """The account that a resource is in: `owner` if told, else its ARN's; "" if neither tells.

    Amazon's own, such as arn:aws:iam::aws:policy/ReadOnlyAccess, belong to no account.
    """
    if owner:
        return owner
    arn = Arn.parse(resource)
    return arn.account if arn and arn.account.isdecimal() else ""


class Context:
    """The facts of one request, as texts by condition key; keys are found without regard to case.

    A key that is spelt as the fact is comes first: two encryption context keys may differ in case alone.
    Source: IAM User Guide, "IAM JSON policy elements: Condition" ("The condition key name").
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._folded: dict[str, str] | None = None

    def texts(self, key: str) -> tuple[str, ...]:
        """All values of a key; none if the request does not have it, or has it without a value."""
        value = self._facts.get(key)
        if value is None:
            if self._folded is None:
                self._folded = {name.lower(): name for name in self._facts}
            name = self._folded.get(key.lower())
            value = None if name is None else self._facts[name]
        return () if value is None else texts(value)
