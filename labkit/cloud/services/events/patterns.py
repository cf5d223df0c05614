"""Event patterns: which events a rule is about.

    {"source": ["aws.ssm"], "detail": {"operation": ["Create", {"prefix": "Up"}]}}

A pattern has the shape of an event. Every field that it names must fit, and a field fits if one of its values
does; "$or" lets one of several do. An event's list fits if one of its elements does, and of a list of
objects, one must fit alone.
Source: EventBridge User Guide, "Creating Amazon EventBridge event patterns"; aws/event-ruler, README.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from labkit.cloud.services.events.comparing import MAKERS, PatternError, Test, comparison, exactly
from labkit.cloud.services.events.located import Located, line_and_column, read_located
from labkit.records import Record

OR = "$or"
MISSING = object()


class Pattern(Record):
    """A pattern, ready to be used. `named` tells the plain texts that it wants in a field of the event's top,
    and has no entry for a field where others will do.
    """

    fits: Callable[[Any], bool]
    named: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> Pattern:
    """What a pattern means.

    Raises:
        PatternError: it means nothing; the message is EventBridge's.
    """
    try:
        found = read_located(text)
    except ValueError:
        raise PatternError(
            f"Event pattern is not valid. Reason: it is no JSON, or too deep: {text}", 0
        ) from None
    try:
        if not isinstance(found.value, dict):
            raise PatternError("Filter is not an object", found.at)
        return Pattern(_object(found), _named(found))
    except PatternError as error:
        line, column = line_and_column(text, error.at)
        reason = f'{error.reason}\n at [Source: (String)"{text}"; line: {line}, column: {column}]'
        raise PatternError(f"Event pattern is not valid. Reason: {reason}", error.at) from None


def _object(found: Located, *, inside_or: bool = False) -> Callable[[Any], bool]:
    if not found.value:
        raise PatternError("Empty objects are not allowed", found.at)
    tests: list[tuple[str, Callable[[Any], bool]]] = []
    choices: list[Callable[[Any], bool]] = []
    for name, given in found.value.items():
        if name == OR:
            choices.append(_one_of(given))
            continue
        if inside_or and name in MAKERS:
            raise PatternError(
                f"{name} is Ruler reserved fieldName which cannot be used inside {OR}.", given.at
            )
        if isinstance(given.value, dict):
            tests.append((name, _object(given, inside_or=inside_or)))
        elif isinstance(given.value, list):
            tests.append((name, _values(given)))
        else:
            raise PatternError(f'"{name}" must be an object or an array', given.at)

    def fits(value: Any) -> bool:
        if isinstance(value, list) and value:
            return any(fits(element) for element in value)
        fields = value if isinstance(value, dict) else {}
        return all(test(fields.get(name, MISSING)) for name, test in tests) and all(
            choice(fields) for choice in choices
        )

    return fits


def _one_of(given: Located) -> Callable[[Any], bool]:
    if not isinstance(given.value, list):
        raise PatternError(f"It must be an Array followed with {OR}.", given.at)
    for one in given.value:
        if not isinstance(one.value, dict):
            raise PatternError(f"Only JSON object is allowed in array of {OR} relationship.", one.at)
    if len(given.value) < 2:
        raise PatternError(f"There must have at least 2 Objects in {OR} relationship.", given.at)
    tests = [_object(one, inside_or=True) for one in given.value]
    return lambda value: any(test(value) for test in tests)


def _values(given: Located) -> Callable[[Any], bool]:
    """The test of a field: one of these values, or {"exists": false} where it has none."""
    if not given.value:
        raise PatternError("Empty arrays are not allowed", given.at)
    tests: list[Test] = []
    absent = False
    for one in given.value:
        if isinstance(one.value, list):
            raise PatternError("Match value must be String, number, true, false, or null", one.at)
        test = comparison(one) if isinstance(one.value, dict) else exactly(one.value)
        if test is None:
            absent = True
        else:
            tests.append(test)

    def fits(value: Any) -> bool:
        leaves = list(_leaves(value))
        if not leaves:
            return absent
        return any(test(leaf) for leaf in leaves for test in tests)

    return fits


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    elif value is not MISSING and not isinstance(value, dict):
        yield value


def _named(found: Located) -> dict[str, tuple[str, ...]]:
    named = {}
    for name, given in found.value.items():
        values = [one.value for one in given.value] if isinstance(given.value, list) else []
        if values and all(isinstance(value, str) for value in values):
            named[name] = tuple(dict.fromkeys(values))
    return named
