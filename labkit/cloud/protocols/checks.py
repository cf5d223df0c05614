"""Constraint checks: required members, lengths, ranges, patterns and enums, told as AWS tells them.

    2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null;
    Value 'x' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length ...

Lists count from 1. Scalars in lists and maps are reported at the list or map, with all their constraints in
brackets. Blobs and sensitive values are left out. Lengths are code points, bytes or elements. Sources: the
constraint traits in Smithy's documentation; AWS's wordings as clients have reported them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from botocore.model import Shape

from labkit.cloud.protocols import patterns
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.shapes import Compiled, element_of, entry_of, is_document, members_of
from labkit.records import Record

NOT_NULL = "Member must not be null"


class Violation(Record):
    """One broken constraint: the path as AWS writes it, the value as it may be shown, and the rule."""

    path: str
    shown: str
    constraint: str

    def __str__(self) -> str:
        value = f"Value {self.shown}" if self.shown else "Value"
        return f"{value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


Check = Callable[[Any, str, list[Violation]], None]
Rule = tuple[Callable[[Any], bool], str]


def validation_error(code: str, violations: Sequence[Violation]) -> AwsError:
    """The error that counts and lists broken constraints, under the code that the protocol uses for it."""
    plural = "" if len(violations) == 1 else "s"
    listed = "; ".join(map(str, violations))
    return aws_error(code, 400, f"{len(violations)} validation error{plural} detected: {listed}")


def build_check(shape: Shape, check: Compiled[Check]) -> Check:
    """The function that appends what is wrong with a value of this shape, found at a path, to a list."""
    if shape.type_name == "structure":
        return nothing if is_document(shape) else _structure_check(shape, check)
    own = _rules_check(shape)
    if shape.type_name == "list":
        return _both(own, _elements_check(shape, check))
    if shape.type_name == "map":
        return _both(own, _entries_check(shape, check))
    return own


def nothing(value: Any, path: str, found: list[Violation]) -> None:
    """The check of a shape that has no constraints; a structure does not even call it."""


def _both(first: Check, second: Check) -> Check:
    if first is nothing or second is nothing:
        return second if first is nothing else first

    def check(value: Any, path: str, found: list[Violation]) -> None:
        first(value, path, found)
        second(value, path, found)

    return check


def _structure_check(shape: Shape, check: Compiled[Check]) -> Check:
    steps = []
    for name, member in members_of(shape).items():
        required, inner = name in shape.required_members, check(member)
        if required or inner is not nothing:
            steps.append((name, name[0].lower() + name[1:], required, inner))
    if not steps:
        return nothing

    def structure(value: Any, path: str, found: list[Violation]) -> None:
        for name, step, required, inner in steps:
            item = value.get(name)
            if item is not None:
                inner(item, f"{path}.{step}" if path else step, found)
            elif required:
                found.append(Violation(f"{path}.{step}" if path else step, "null", NOT_NULL))

    return structure


def _elements_check(shape: Shape, check: Compiled[Check]) -> Check:
    element = element_of(shape)
    if element.type_name in ("structure", "list", "map"):
        inner = check(element)

        def nested(value: Any, path: str, found: list[Violation]) -> None:
            for index, item in enumerate(value, 1):
                if item is None:
                    found.append(Violation(f"{path}.{index}.member", "null", NOT_NULL))
                else:
                    inner(item, f"{path}.{index}.member", found)

        return nested
    return _grouped_check(shape, element, "Member must satisfy constraint", list)


def _entries_check(shape: Shape, check: Compiled[Check]) -> Check:
    key, content = entry_of(shape)
    keys = _grouped_check(shape, key, "Map keys must satisfy constraint", list)
    if content.type_name not in ("structure", "list", "map"):
        return _both(
            keys,
            _grouped_check(shape, content, "Map value must satisfy constraint", lambda value: value.values()),
        )
    inner = check(content)

    def nested(value: Any, path: str, found: list[Violation]) -> None:
        for name, item in value.items():
            if item is None:
                found.append(Violation(f"{path}.{name}.member", "null", NOT_NULL))
            else:
                inner(item, f"{path}.{name}.member", found)

    return _both(keys, nested)


def _grouped_check(outer: Shape, inner: Shape, phrase: str, items: Callable[[Any], Any]) -> Check:
    """The check of scalars inside a list or map: one violation for all of them, with all their rules."""
    rules = _rules(inner)
    constraint = f"{phrase}: [{', '.join(text for _, text in rules)}]"

    def grouped(value: Any, path: str, found: list[Violation]) -> None:
        for item in items(value):
            if item is None:
                found.append(Violation(path, _shown(outer, value), f"{phrase}: [{NOT_NULL}]"))
                return
            for holds, _ in rules:
                if not holds(item):
                    found.append(Violation(path, _shown(outer, value), constraint))
                    return

    return grouped


def _rules_check(shape: Shape) -> Check:
    rules = _rules(shape)
    if not rules:
        return nothing

    def check(value: Any, path: str, found: list[Violation]) -> None:
        for holds, text in rules:
            if not holds(value):
                found.append(Violation(path, _shown(shape, value), text))

    return check


def _rules(shape: Shape) -> list[Rule]:
    """A shape's own constraints, in the order in which AWS lists them."""
    limits = shape.metadata
    rules: list[Rule] = []
    sized = shape.type_name in ("string", "blob", "list", "map")
    noun, size = ("length", len) if sized else ("value", _itself)
    if "max" in limits and shape.type_name != "boolean":
        rules.append(_at_most(limits["max"], size, noun))
    if "min" in limits and shape.type_name != "boolean":
        rules.append(_at_least(limits["min"], size, noun))
    if "pattern" in limits:
        rules.append(_matches(limits["pattern"]))
    if "enum" in limits:
        allowed = frozenset(limits["enum"])
        listed = ", ".join(limits["enum"])
        rules.append((allowed.__contains__, f"Member must satisfy enum value set: [{listed}]"))
    return rules


def _itself(value: Any) -> Any:
    return value


def _at_most(most: float, size: Callable[[Any], Any], noun: str) -> Rule:
    return lambda value: size(value) <= most, f"Member must have {noun} less than or equal to {most}"


def _at_least(least: float, size: Callable[[Any], Any], noun: str) -> Rule:
    return lambda value: size(value) >= least, f"Member must have {noun} greater than or equal to {least}"


def _matches(pattern: str) -> Rule:
    # Compiled when first asked: most operations' patterns are never needed.
    return (
        lambda value: patterns.compiled(pattern).fullmatch(value) is not None,
        f"Member must satisfy regular expression pattern: {pattern}",
    )


def _shown(shape: Shape, value: Any) -> str:
    """A value in quotes, as AWS's Java prints it, or "" where it must not or cannot be shown."""
    return "" if _hidden(shape, value) else f"'{_printed(value)}'"


def _hidden(shape: Shape, value: Any) -> bool:
    if shape.metadata.get("sensitive") or shape.type_name in ("blob", "structure"):
        return True
    if shape.type_name == "list":
        return any(_hidden(element_of(shape), item) for item in value)
    if shape.type_name == "map":
        key, content = entry_of(shape)
        return any(_hidden(key, name) or _hidden(content, item) for name, item in value.items())
    return False


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_printed(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_printed, value)) + "]"
    return "null" if value is None else str(value)
