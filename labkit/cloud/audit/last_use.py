"""When was a key last used? The one question about the past that has an answer for ever.

The event history forgets after 90 days; KMS's GetKeyLastUsage does not. So the last successful cryptographic
use of each key is remembered apart.
Source: the KMS service model (KeyLastUsageTrackingOperation); KMS API Reference, "GetKeyLastUsage".
"""

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

    def note(self, number: int, event: Event) -> None:
        """Remember `event` if it is the successful use of a key of this account."""
        action = event.Action
        if action.EventName not in self._tracked or event.ErrorCode or action.EventSource != KMS:
            return
        for arn in event.Resources:
            if account_of(arn) == self._account:
                self._by_key[arn] = number, event

    def find(self, key_arn: str) -> Event | None:
        """The last use of a key, None if there was none."""
        found = self._by_key.get(key_arn)
        return found[1] if found else None

    def numbers(self) -> set[int]:
        """The numbers of all events that are the last use of a key."""
        return {number for number, _ in self._by_key.values()}
