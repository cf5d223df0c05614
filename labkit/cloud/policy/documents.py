"""A policy document, compiled once: its statements with their patterns and conditions ready to be matched.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import json
import re
from functools import lru_cache
from typing import Any

from labkit.cloud.policy.conditions import Condition, conditions
from labkit.cloud.policy.naming import Named, named
from labkit.cloud.policy.patterns import Piece, text_pattern
from labkit.cloud.policy.variables import Template, plain, template
from labkit.records import Record

OLDEST_VERSION = "2008-10-17"


class Actions(Record):
    """An Action or NotAction element."""

    patterns: tuple[re.Pattern[str], ...]
    listed: tuple[str, ...]
    negated: bool


class Resources(Record):
    """A Resource or NotResource element; `dynamic` if what it covers depends on policy variables."""

    templates: tuple[Template, ...]
    listed: tuple[str, ...]
    negated: bool
    dynamic: bool


class Principals(Record):
    """A Principal or NotPrincipal element."""

    named: Named
    negated: bool


class Statement(Record):
    """One statement. An element that it lacks is None; `label` is its Sid, or its place."""

    label: str
    effect: str
    principals: Principals | None
    actions: Actions | None
    resources: Resources | None
    conditions: tuple[Condition, ...]


@lru_cache(maxsize=4096)
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a policy, which is JSON that `check_document` has accepted."""
    document = json.loads(text)
    version = document.get("Version", OLDEST_VERSION)
    return tuple(
        _statement(place, statement, version) for place, statement in enumerate(listed(document["Statement"]))
    )


def _statement(place: int, statement: dict[str, Any], version: str) -> Statement:
    return Statement(
        label=str(statement.get("Sid") or f"statement {place + 1}"),
        effect=statement["Effect"],
        principals=_principals(statement),
        actions=_actions(statement),
        resources=_resources(statement, version),
        conditions=conditions(statement.get("Condition") or {}, version),
    )


def _principals(statement: dict[str, Any]) -> Principals | None:
    if "NotPrincipal" in statement:
        return Principals(named(statement["NotPrincipal"]), negated=True)
    return Principals(named(statement["Principal"]), negated=False) if "Principal" in statement else None


def _actions(statement: dict[str, Any]) -> Actions | None:
    for element, negated in (("Action", False), ("NotAction", True)):
        if element in statement:
            texts = listed(statement[element])
            patterns = tuple(text_pattern((Piece(text),), fold_case=True) for text in texts)
            return Actions(patterns, tuple(texts), negated)
    return None


def _resources(statement: dict[str, Any], version: str) -> Resources | None:
    for element, negated in (("Resource", False), ("NotResource", True)):
        if element in statement:
            texts = listed(statement[element])
            templates = tuple(template(text, version) for text in texts)
            dynamic = any(plain(one) is None for one in templates)
            return Resources(templates, tuple(texts), negated, dynamic)
    return None


def listed(value: Any) -> list[Any]:
    """Where a policy may write one thing or a list of them: always the list."""
    return value if isinstance(value, list) else [value]
