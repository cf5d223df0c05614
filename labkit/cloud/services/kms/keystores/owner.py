"""What the owner of a cluster or a proxy does is no call of AWS, and is kept like what calls do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from labkit.cloud.core.cloud import Cloud


@contextmanager
def changing(cloud: Cloud, lock: threading.RLock) -> Iterator[None]:
    """A block that is one transaction of its own, or a part of the call that is being answered."""
    with lock, cloud.store.transaction:
        yield
