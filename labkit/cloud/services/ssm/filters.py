"""ParameterFilters: what GetParametersByPath and DescribeParameters may be narrowed down by.

A filter has a key, an option and values; a parameter passes if one of the values fits, and has to pass all
filters. Source: SSM API Reference, "ParameterStringFilter".
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from labkit.cloud.services.ssm.model import ADVANCED, INTELLIGENT, STANDARD, Parameter, ParameterVersion
from labkit.cloud.services.ssm.names import check_path, faults

EQUALS, BEGINS_WITH, CONTAINS = "Equals", "BeginsWith", "Contains"
RECURSIVE, ONE_LEVEL = "Recursive", "OneLevel"

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Name": (BEGINS_WITH, EQUALS, CONTAINS),
    "Path": (RECURSIVE, ONE_LEVEL),
    "Tier": (EQUALS,),
    "Type": (EQUALS, BEGINS_WITH),
    "KeyId": (EQUALS, BEGINS_WITH),
    "DataType": (EQUALS, BEGINS_WITH),
    "Label": (EQUALS,),
    "tag": (EQUALS,),
}
DEFAULTS = {"Path": ONE_LEVEL}
VALUES = {
    "Tier": (STANDARD, ADVANCED, INTELLIGENT),
    "Type": ("String", "StringList", "SecureString"),
}
MOST_VALUES = 50

Filter = Mapping[str, Any]
Test = Callable[[Parameter, ParameterVersion], bool]


def check_filters(filters: Sequence[Filter], keys: Sequence[str]) -> None:
    """Go on only if these are filters by some of `keys`.

    Raises:
        InvalidFilterKey: by another key, or twice by the same.
        InvalidFilterOption, InvalidFilterValue: an option or a value that the key doesn't know.
        ValidationException: a path that is none, or is AWS's own.
    """
    seen: set[str] = set()
    for one in filters:
        key, values = one["Key"], one.get("Values")
        kind = "tag" if key.startswith("tag:") else key
        if kind not in keys:
            raise faults.InvalidFilterKey(
                f"The following filter key is not valid: {key}. "
                f"Valid filter keys include: [{', '.join(name for name in keys if name != 'tag')}]."
            )
        if key in seen:
            raise faults.InvalidFilterKey(
                f"The following filter is duplicated in the request: {key}. "
                "A request can contain only one occurrence of a specific filter."
            )
        seen.add(key)
        option = _option(one, kind)
        if option not in OPTIONS[kind]:
            raise faults.InvalidFilterOption(
                f"The following filter option is not valid: {option}. "
                f"Valid options include: [{', '.join(OPTIONS[kind])}]."
            )
        if not values and kind != "tag":
            raise faults.InvalidFilterValue(
                f"The following filter values are missing : null for filter key {key}"
            )
        _check_values(kind, values or [])


def passes(filters: Sequence[Filter]) -> Test:
    """The test of a parameter and its newest version against all filters."""
    tests = [_test(one) for one in filters]
    return lambda parameter, version: all(test(parameter, version) for test in tests)


def exact_names(filters: Sequence[Filter]) -> list[str] | None:
    """The names that alone can pass, in order; None if the filters name none."""
    for one in filters:
        if one["Key"] == "Name" and _option(one, "Name") == EQUALS:
            return sorted({name for value in one["Values"] for name in (value, f"/{value}")})
    return None


def common_beginning(filters: Sequence[Filter]) -> str:
    """How every name begins that can pass; empty if that is not known."""
    for one in filters:
        if one["Key"] == "Path":
            return _shared([f"{path.rstrip('/')}/" if path != "/" else "" for path in one["Values"]])
        if one["Key"] == "Name" and _option(one, "Name") == BEGINS_WITH:
            return _shared([value if value.startswith("/") else "" for value in one["Values"]])
    return ""


def labels_in(filters: Sequence[Filter]) -> Sequence[str]:
    """The labels asked for; a filter by label picks versions rather than parameters."""
    return next((one["Values"] for one in filters if one["Key"] == "Label"), ())


def _option(one: Filter, kind: str) -> str:
    option: str = one.get("Option") or DEFAULTS.get(kind, EQUALS)
    return option


def _shared(texts: Sequence[str]) -> str:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(min(texts), max(texts), strict=False))
    return "".join(letter for letter, _ in alike)


def _check_values(kind: str, values: Sequence[str]) -> None:
    for value in values:
        if kind in VALUES and value not in VALUES[kind]:
            raise faults.InvalidFilterValue(
                f"The following filter value is not valid: {value}. "
                f"Valid values include: [{', '.join(VALUES[kind])}]."
            )
        if kind == "Path":
            if value.lower().startswith(("/aws", "/ssm")):
                raise faults.ValidationException(
                    "Filters for common parameters can't be prefixed with "
                    '"aws" or "ssm" (case-insensitive). When using global parameters, please specify '
                    "within a global namespace."
                )
            check_path(value)


def _test(one: Filter) -> Test:
    key, values = one["Key"], list(one.get("Values") or [])
    if key.startswith("tag:"):
        name = key.removeprefix("tag:")
        return lambda parameter, _: any(
            tag == name and (not values or value in values) for tag, value in parameter.Tags
        )
    if key == "Path":
        recursive = _option(one, key) == RECURSIVE
        return lambda parameter, _: any(_under(parameter.Name, path, recursive) for path in values)
    if key == "Label":
        return lambda parameter, version: True
    fits = _FITS[_option(one, key)]
    if key == "Name":
        # As in names: what has no path may be asked for with a slash or without.
        return lambda parameter, _: any(
            fits(parameter.Name, value) or fits(parameter.Name, "/" + value) for value in values
        )
    return lambda _, version: any(fits(getattr(version, key) or "", value) for value in values)


def _under(name: str, path: str, recursive: bool) -> bool:
    above = path.rstrip("/")
    parent = name.rpartition("/")[0]
    return parent == above or (recursive and (not above or parent.startswith(above + "/")))


_FITS: Mapping[str, Callable[[str, str], bool]] = {
    EQUALS: lambda text, value: text == value,
    BEGINS_WITH: lambda text, value: text.startswith(value),
    CONTAINS: lambda text, value: value in text,
}
