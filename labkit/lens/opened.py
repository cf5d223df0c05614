"""What the lens needs of a lab: its cloud, its clock, and the gateway, which can be held still meanwhile."""

from typing import Protocol

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.gateway.agenda import Timekeeper
from labkit.cloud.gateway.gateway import Gateway


class Opened(Protocol):
    """A lab with the lid off. `labkit.Lab` is one."""

    cloud: Cloud
    clock: Timekeeper
    gateway: Gateway
