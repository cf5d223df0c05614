"""The parts that events share: actions, identities, origins, resources, key materials. Each is kept once.

A part is known by its number, and kept for as long as its log lives, whichever events are forgotten: there
are as many as there are different callers, operations and keys, not as there are calls.
"""

from collections.abc import Hashable
from typing import Any

from labkit.cloud.audit.event import Event

AT_HAND = 4096

# The numbers of an event's parts: action, identity, origin, resources, additional. A plain tuple, as one is
# made for each event.
PartNumbers = tuple[int, int, int, int, int]


class Parts:
    """Gives equal parts the same number, and a part back for its number."""

    def __init__(self) -> None:
        self._parts: list[Any] = []
        self._numbers: dict[Hashable, int] = {}
        self._at_hand: dict[tuple[Hashable, ...], tuple[PartNumbers, Event]] = {}

    def __getitem__(self, number: int) -> Any:
        return self._parts[number]

    def of(self, event: Event) -> PartNumbers:
        """The numbers of an event's parts: new ones where none like it has been seen."""
        # Most calls bring the very same objects as a call before, which is told faster than equal ones. An
        # event of them is held on to, so that their ids can't become others'.
        action, identity, origin = event.Action, event.Identity, event.Origin
        likeness = id(action), id(identity), id(origin), event.Resources, event.Additional
        found = self._at_hand.get(likeness)
        if found is not None:
            return found[0]
        if len(self._at_hand) >= AT_HAND:
            self._at_hand.clear()
        numbers = (
            self._number(action),
            self._number(identity),
            self._number(origin),
            self._number(event.Resources),
            self._number(event.Additional),
        )
        self._at_hand[likeness] = numbers, event
        return numbers

    def _number(self, part: Hashable) -> int:
        number = self._numbers.get(part)
        if number is None:
            number = self._numbers[part] = len(self._parts)
            self._parts.append(part)
        return number
