"""The index of a log: for each value of each attribute, the numbers of the events that have it, ascending.

Numbers only ever grow, so a list of them is in order without sorting, and any page of it is found by
bisection: the newest as fast as the oldest, a rare value as fast as a common one. Four bytes an entry.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from labkit.cloud.audit.event import OTHER_ACCOUNT, Action, Event, Identity, resource_type
from labkit.cloud.audit.parts import AT_HAND, PartNumbers, Parts

NONE = array("I")

# Ids are random, so their first digits divide any number of events into lists of few candidates.
EVENT_ID_DIGITS = 3

Value = tuple[str, str]
Add = Callable[[Iterable[int]], None]


class Index:
    """Which events have which value. A value is an attribute, named as LookupEvents names it, and a text."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lists: dict[Value, array[int]] = {}
        self._ids: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
        self._adders: dict[PartNumbers, tuple[Add, ...]] = {}  # to the lists that an event belongs into

    def add(self, first: int, events: Sequence[Event], parts: PartNumbers) -> None:
        """Enter events of the same parts, numbered from `first`, which is higher than any number before."""
        numbers = range(first, first + len(events))
        adders = self._adders.get(parts)
        if adders is None:
            adders = self._adders[parts] = tuple(self._adders_of(parts))
        for add in adders:
            add(numbers)
        ids = self._ids
        for number, event in zip(numbers, events, strict=True):
            ids[event.EventId[:EVENT_ID_DIGITS]].append(number)

    def having(self, attribute: str, text: str) -> "array[int]":
        """The numbers of the events with this value; for an EventId, those of a few that may have it."""
        if attribute == "EventId":
            return self._ids.get(text[:EVENT_ID_DIGITS], NONE)
        if attribute == "ReadOnly":
            text = text.lower()
        return self._lists.get((attribute, text), NONE)

    def forget(self, before: int) -> None:
        """Drop every number below `before`, and every value that no event has any longer."""
        self._adders.clear()
        self._lists = {
            value: kept for value, numbers in self._lists.items() if (kept := _from(numbers, before))
        }
        for digits, numbers in self._ids.items():
            self._ids[digits] = _from(numbers, before)

    def _adders_of(self, parts: PartNumbers) -> Iterator[Add]:
        if len(self._adders) >= AT_HAND:
            self._adders.clear()
        action, identity, _, resources, _ = parts
        for part in (action, identity, resources):
            for value in _values(self._parts[part]):
                yield self._lists.setdefault(value, array("I")).extend


def username_of(identity: Identity) -> str:
    """The name by which LookupEvents finds whoever it was; another account's callers have none."""
    return "" if identity.Type == OTHER_ACCOUNT else identity.Name


def _values(part: Action | Identity | tuple[str, ...]) -> Iterator[Value]:
    """What an event is found by, on account of this part of it."""
    if isinstance(part, Action):
        yield "EventName", part.EventName
        yield "EventSource", part.EventSource
        yield "ReadOnly", "true" if part.ReadOnly else "false"
    elif isinstance(part, Identity):
        if part.AccessKeyId:
            yield "AccessKeyId", part.AccessKeyId
        if username := username_of(part):
            yield "Username", username
    else:
        yield from (("ResourceName", arn) for arn in part)
        yield from (("ResourceType", kind) for kind in {resource_type(arn) for arn in part})


def _from(numbers: "array[int]", first: int) -> "array[int]":
    return numbers[bisect_left(numbers, first) :]
