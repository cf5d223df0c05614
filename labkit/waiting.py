"""boto3's waiters on the lab's time: what takes minutes on AWS takes as long here as the work does.

    lab.wait(ec2.get_waiter("snapshot_completed"), SnapshotIds=[copy])

On AWS the same waiter sleeps between its attempts: `waiter.wait(SnapshotIds=[copy])`.
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import WaiterError

from labkit.cloud.gateway.agenda import Timekeeper

STEP = 5  # seconds of the lab's clock between two attempts
NOT_YET = "Max attempts exceeded"


def wait(clock: Timekeeper, waiter: Any, *, progress: bool = True, **request: Any) -> None:
    """Let the lab's time pass, five seconds at a time, until `waiter` has seen what it waits for.

    Where the answers tell a percentage, a progress bar shows it. It waits as long, in the lab's time, as
    the waiter would wait on AWS. botocore's WaiterError says that it was in vain.
    """
    from tqdm.auto import tqdm

    attempts = max(1, int(waiter.config.delay * waiter.config.max_attempts / STEP))
    with tqdm(total=100, desc=waiter.name, unit="%", disable=not progress) as bar:
        for attempt in range(attempts):
            try:
                waiter.wait(WaiterConfig={"Delay": 0, "MaxAttempts": 1}, **request)
            except WaiterError as error:
                if not str(error).partition("failed: ")[2].startswith(NOT_YET) or attempt == attempts - 1:
                    raise
                bar.update(max(_percentages(error.last_response), default=bar.n) - bar.n)
                clock.advance(seconds=STEP)
            else:
                bar.update(100 - bar.n)
                return


def _percentages(answer: Any) -> Iterator[int]:
    """Each `Progress` ("85%") or `PercentProgress` (85) in an answer, however deep."""
    if isinstance(answer, list):
        for one in answer:
            yield from _percentages(one)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name in ("Progress", "PercentProgress") and str(value).rstrip("%").isdigit():
                yield int(str(value).rstrip("%"))
            else:
                yield from _percentages(value)
