"""The quick question before the long one: is anything at all wrong with these parameters?

Nearly every request is sound, and then nobody needs the paths, values and sentences that `checks` collects.
So the members that are there are tried first, each against one yes-or-no function; anything that looks
odd, and whatever has parts of its own, is left to `checks`, which has the last word.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape, StructureShape

from labkit.cloud.protocols.checks import Check, Violation, build_check, nothing
from labkit.cloud.protocols.shapes import Compiled

Sound = Callable[[Mapping[str, Any]], bool]


def sound(shape: Shape | None, check: Check) -> Sound:
    """The function that says whether a request's parameters keep all constraints of its input shape.

    `check` is the one that would tell what is wrong with them.
    """
    if check is nothing or not isinstance(shape, StructureShape):
        return lambda parameters: True
    required = frozenset(shape.required_members)
    rules = {name: rule for name, member in shape.members.items() if (rule := _rule(member)) is not None}

    def keeps_all(parameters: Mapping[str, Any]) -> bool:
        if not required <= parameters.keys():
            return False
        for name, value in parameters.items():
            rule = rules.get(name)
            if value is None or (rule is not None and not rule(value)):
                return False
        return True

    return keeps_all


def _rule(shape: Shape) -> Callable[[Any], bool] | None:
    """The yes-or-no function for one member; None where nothing can be wrong."""
    compiled: Compiled[Check] = Compiled(build_check)
    check = compiled(shape)
    if check is nothing:
        return None
    limits = shape.metadata
    if shape.type_name in ("string", "blob") and not {"pattern", "enum"} & limits.keys():
        return _within(limits.get("min", 0), limits.get("max", float("inf")))
    if shape.type_name == "string" and "enum" in limits and "pattern" not in limits:
        return frozenset(limits["enum"]).__contains__

    def keeps(value: Any) -> bool:
        found: list[Violation] = []
        check(value, "", found)
        return not found

    return keeps


def _within(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: least <= len(value) <= most
