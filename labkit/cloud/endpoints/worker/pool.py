"""The execution environments of a lab: taken for an event, given back after it, used again while warm."""

import threading
from collections.abc import Iterable
from datetime import datetime

from labkit.cloud.core.functions import Blueprint
from labkit.cloud.endpoints.worker.environment import Answer, Environment
from labkit.cloud.endpoints.worker.process import Now

# More processes than this are not kept for later; the one that was used longest ago goes.
MOST_IDLE = 8


class FunctionPool:
    """Runs functions' code in processes of this machine; see FunctionRunner.

    `answer` is the gateway, which answers what the code asks of AWS, and `now` the lab's clock.
    """

    def __init__(self, answer: Answer, now: Now) -> None:
        self._answer = answer
        self._now = now
        self._lock = threading.Lock()
        self._idle: list[Environment] = []
        self._busy: list[Environment] = []

    def take(self, function: str, revision: str, now: datetime) -> Environment | None:
        """One that is warm and idle, was made for this revision, and has credentials that are good."""
        with self._lock:
            mine = [one for one in self._idle if one.function == function]
            good = [one for one in mine if one.revision == revision and one.blueprint.expires > now]
            stale = [one for one in mine if one not in good]
            self._idle = [one for one in self._idle if one not in stale]
            if good:
                self._idle.remove(good[-1])
                self._busy.append(good[-1])
        _close(stale)
        return good[-1] if good else None

    def make(self, function: str, revision: str, blueprint: Blueprint) -> Environment:
        """A new one. Its process starts with its first event."""
        environment = Environment(function, revision, blueprint, self._answer, self._now, self._give_back)
        with self._lock:
            self._busy.append(environment)
        return environment

    def busy(self, function: str) -> int:
        """How many are at work for a function, its ARN without a version."""
        with self._lock:
            return sum(_is_of(one, function) for one in self._busy)

    def warm(self, function: str) -> int:
        """How many of a version of a function are idle, and wait to be used again."""
        with self._lock:
            return sum(one.function == function for one in self._idle)

    def retire(self, function: str) -> None:
        """Let no environment of a function, its ARN without a version, handle another event."""
        with self._lock:
            gone = [one for one in self._idle if _is_of(one, function)]
            self._idle = [one for one in self._idle if one not in gone]
            for one in self._busy:
                one.retired = one.retired or _is_of(one, function)
        _close(gone)

    def close(self) -> None:
        """End every process, also of those at work."""
        with self._lock:
            everyone = [*self._idle, *self._busy]
            self._idle, self._busy = [], []
        _close(everyone)

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            usable = environment in self._busy and environment.alive and not environment.retired
            self._busy = [one for one in self._busy if one is not environment]
            gone = [] if usable else [environment]  # retired, broken, or the pool was closed meanwhile
            if usable:
                self._idle.append(environment)
                gone, self._idle = self._idle[:-MOST_IDLE], self._idle[-MOST_IDLE:]
        _close(gone)


def _is_of(environment: Environment, function: str) -> bool:
    return environment.function.startswith(f"{function}:")


def _close(environments: Iterable[Environment]) -> None:
    for environment in environments:
        environment.close()
