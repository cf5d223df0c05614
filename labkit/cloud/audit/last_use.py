"""When was a key last used? The one question about the past that has an answer for ever.

The event history forgets after 90 days; KMS's GetKeyLastUsage does not. So the last successful cryptographic
use of each key is remembered apart.
Source: the KMS service model (KeyLastUsageTrackingOperation); KMS API Reference, "GetKeyLastUsage".
"""

from collections.abc import Sequence

from labkit.cloud.audit.event import KMS, Event, account_of
from labkit.cloud.protocols import contract


class LastUses:
    """The last use of each key of one account, with the number of its event."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._by_key: dict[str, tuple[int, Event]] = {}
        self._tracked = frozenset(
            contract("kms").model.shape_for("KeyLastUsageTrackingOperation").enum  # type: ignore[attr-defined]
        )

    def note(self, first: int, events: Sequence[Event]) -> None:
        """Remember the last of these events, numbered from `first`, if it is a use of this account's keys.

        All are of the same action on the same resources; one that failed is no use.
        """
        action = events[0].Action
        if action.EventName not in self._tracked or action.EventSource != KMS:
            return
        last = next((at for at in reversed(range(len(events))) if not events[at].ErrorCode), None)
        if last is None:
            return
        for arn in events[last].Resources:
            if account_of(arn) == self._account:
                self._by_key[arn] = first + last, events[last]

    def find(self, key_arn: str) -> Event | None:
        """The last use of a key, None if there was none."""
        found = self._by_key.get(key_arn)
        return found[1] if found else None

    def numbers(self) -> set[int]:
        """The numbers of all events that are the last use of a key."""
        return {number for number, _ in self._by_key.values()}
