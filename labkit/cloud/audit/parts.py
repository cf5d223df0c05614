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
        self._at_hand: dict[int, tuple[Hashable, int]] = {}

    def __getitem__(self, number: int) -> Any:
        return self._parts[number]

    def of(self, event: Event) -> PartNumbers:
        """The numbers of an event's parts: new ones where none like it has been seen."""
        numbers = self._numbers
        resources, additional = numbers.get(event.Resources), numbers.get(event.Additional)
        if resources is None or additional is None:
            resources, additional = self._number(event.Resources), self._number(event.Additional)
        # Most calls bring the very same objects as the call before, which is told faster than equal ones.
        # They are held on to while they are at hand, so that their ids can't become others'.
        at_hand = self._at_hand
        try:
            action, identity = at_hand[id(event.Action)], at_hand[id(event.Identity)]
            return action[1], identity[1], at_hand[id(event.Origin)][1], resources, additional
        except KeyError:
            if len(at_hand) >= AT_HAND:
                at_hand.clear()
            for part in (event.Action, event.Identity, event.Origin):
                at_hand[id(part)] = part, self._number(part)
            return self.of(event)

    def _number(self, part: Hashable) -> int:
        number = self._numbers.get(part)
        if number is None:
            number = self._numbers[part] = len(self._parts)
            self._parts.append(part)
        return number
