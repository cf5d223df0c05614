"""Data key caching to be played with: a workload, three limits and a cache, and all that follows from them.

The limits hold for two things at once: a simulation of a few minutes, and a live cache of our caching CMM
over a KMS key of the lab, on the lab's clock. Source: AWS Encryption SDK Developer Guide, "Data key caching".
"""

from typing import Any

import boto3
import numpy as np
import pandas as pd
from botocore.exceptions import ClientError
from traitlets import Float, HasTraits, Int, Unicode

from labkit import esdk
from labkit.esdk.caching import CachingManager, LocalCache, entries
from labkit.esdk.tradeoffs import Estimate, Limits, Simulated, Workload, estimate, simulate
from labkit.lab import Lab

FEWEST, MOST = 60, 3000  # messages in the simulation that the timeline shows
NAMES = {
    "age": "the maximum age",
    "messages": "the maximum of messages",
    "bytes": "the maximum of bytes",
    "capacity": "the capacity of the cache",
}


class CacheWorld(HasTraits):
    """Set any trait; `estimate`, `simulated`, `table` and `binding` follow.

    `send` and `pass_time` work on the lab, as do `disable` and `enable`. `said` is the last thing that it
    answered, and `changes` counts them. `sent` and `refused` count messages, `calls` those of
    GenerateDataKey.
    """

    max_age = Float(100.0)
    max_messages = Int(1000)
    max_bytes = Int(10_000_000)
    rate = Float(10.0)
    size = Int(1000)
    contexts = Int(2)
    capacity = Int(10)
    changes = Int(0)
    said = Unicode("")

    def __init__(self, lab: Lab, **settings: Any) -> None:
        super().__init__(**settings)
        self.lab = lab
        self._kms = boto3.client("kms")
        arn = self._kms.create_key(Description="data key caching")["KeyMetadata"]["Arn"]
        self.key_arn: str = arn
        self._keyring = esdk.KmsKeyring(arn, self._kms)
        self._chance = np.random.default_rng(8)
        self.sent = self.refused = self.calls = 0
        self._renew()
        self.observe(self._renew, "capacity")

    @property
    def workload(self) -> Workload:
        """The workload that is set."""
        return Workload(self.rate, self.size, self.contexts)

    @property
    def limits(self) -> Limits:
        """The limits that are set."""
        return Limits(self.max_age, self.max_messages, self.max_bytes, self.capacity)

    @property
    def estimate(self) -> Estimate:
        """What the formula says."""
        return estimate(self.workload, self.limits)

    @property
    def binding(self) -> str:
        """Which limit ends most data keys, in words."""
        return NAMES[self.estimate.binding]

    @property
    def simulated(self) -> Simulated:
        """A few lives of data keys, with always the same chances."""
        wanted = 6 * self.contexts * self.estimate.messages_per_key
        return simulate(self.workload, self.limits, int(min(max(wanted, FEWEST), MOST)), seed=8)

    @property
    def table(self) -> pd.DataFrame:
        """The live cache, an entry a row, the one to be given up next first."""
        return entries(self.cache)

    def send(self, messages: int = 20) -> int:
        """Encrypt messages on the lab, as they would come; returns how many were refused."""
        self._manager.max_age, self._manager.max_messages = self.max_age, self.max_messages
        self._manager.max_bytes = self.max_bytes
        misses, refused, told = self._manager.misses, 0, ""
        for _ in range(messages):
            self.lab.clock.advance(seconds=float(self._chance.exponential(1 / self.rate)))
            context = {"tenant": str(self._chance.integers(self.contexts))}
            try:
                esdk.encrypt(bytes(self.size), self._manager, context, suite=0x0478)
            except ClientError as error:
                refused, told = refused + 1, str(error)
        made = self._manager.misses - misses - refused
        self.sent, self.refused, self.calls = self.sent + messages, self.refused + refused, self.calls + made
        self._tell(
            f"{messages - refused} messages encrypted, {made} calls of GenerateDataKey."
            + (f" {refused} refused: {told}" if refused else "")
        )
        return refused

    def pass_time(self, seconds: float = 60) -> None:
        """Let time pass in the lab."""
        self.lab.clock.advance(seconds=seconds)
        self._tell(f"{seconds:g} seconds later.")

    def disable(self) -> None:
        """Disable the KMS key."""
        self._kms.disable_key(KeyId=self.key_arn)
        self._tell("DisableKey: done. Data keys in the cache know nothing of it.")

    def enable(self) -> None:
        """Enable the KMS key."""
        self._kms.enable_key(KeyId=self.key_arn)
        self._tell("EnableKey: done.")

    def _renew(self, _: object = None) -> None:
        self.cache = LocalCache(self.capacity, self.lab.clock)
        self._manager = CachingManager(self._keyring, self.cache, self.max_age)

    def _tell(self, text: str) -> None:
        self.said = text
        self.changes += 1
