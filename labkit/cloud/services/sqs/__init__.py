"""Simple Queue Service: messages wait in a queue until somebody has worked on them.

Each module here is a chapter; the class below is the book they are bound into. What is simpler than on AWS:
messages come in order, and each only once; no waiting for long polls; each message under a key has a data key
of its own.
"""

from labkit.cloud.services.sqs.batches import Batches
from labkit.cloud.services.sqs.moving import Moving
from labkit.cloud.services.sqs.queues import Queues
from labkit.cloud.services.sqs.sharing import Sharing


class Sqs(Queues, Batches, Moving, Sharing):
    """Every operation of SQS that the lab answers."""


__all__ = ["Sqs"]
