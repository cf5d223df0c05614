"""Which condition keys a policy asks for: in its conditions, and as variables in its values and resources.

Source: IAM API Reference, "GetContextKeysForCustomPolicy".
"""

from collections.abc import Iterator

from labkit.cloud.policy.documents import Statement, statements
from labkit.cloud.policy.variables import Template, Variable


def context_keys(document: str) -> list[str]:
    """The condition keys that a policy refers to, each once, in the order in which they come."""
    return list(dict.fromkeys(key for statement in statements(document) for key in keys_of(statement)))


def keys_of(statement: Statement) -> Iterator[str]:
    """The condition keys that one statement refers to."""
    if statement.resources is not None:
        yield from _variables(statement.resources.templates)
    for condition in statement.conditions:
        yield condition.key
        yield from _variables(condition.templates)


def _variables(templates: tuple[Template, ...]) -> Iterator[str]:
    return (part.key for text in templates for part in text if isinstance(part, Variable))
