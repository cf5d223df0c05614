"""What every check of a policy document shares: the error, and the grammar's names and shapes."""

from typing import Any

from labkit.cloud.policy.conditions import ANY, EVERY, split
from labkit.cloud.policy.operators import NULL, OPERATORS

VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")
DOCUMENT = frozenset({"Version", "Id", "Statement"})
STATEMENT = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


class MalformedPolicyError(ValueError):
    """A text is no policy document; the message is the sentence that AWS answers with."""


def is_texts(value: Any) -> bool:
    """Whether this is a text or a list of texts."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def is_operator(written: str) -> bool:
    """Whether there is such a condition operator; Null takes no ...IfExists."""
    quantifier, name, if_exists = split(written)
    return quantifier in ("", EVERY, ANY) and (name in OPERATORS or (name == NULL and not if_exists))


def is_condition_values(value: Any) -> bool:
    """Whether this may stand beside a condition key: a text, a truth value, a number, or a list of them."""
    values = value if isinstance(value, list) else [value]
    return all(isinstance(one, str | bool | int | float) for one in values)
