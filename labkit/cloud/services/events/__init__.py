"""EventBridge: what happens in one service becomes known to whoever has a rule for it.

Each module here is a chapter; the class below is the book they are bound into. What is simpler than on AWS:
events come at once and in order, CloudTrail's without a trail; targets are queues, functions and log groups;
archives, replays, connections, global endpoints, partners' events and keys of KMS for buses are missing.
"""

from labkit.cloud.services.events.buses import Buses
from labkit.cloud.services.events.delivering import Delivering
from labkit.cloud.services.events.putting import Putting


class Events(Buses, Delivering, Putting):
    """Every operation of EventBridge that the lab answers."""


__all__ = ["Events"]
