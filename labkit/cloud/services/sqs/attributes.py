"""A queue's attributes: which can be set, to what, and what they are if nobody has set them.

Source: SQS API Reference, "SetQueueAttributes", "CreateQueue".
"""

import json
from collections.abc import Mapping
from typing import Any

from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.model import FIFO
from labkit.cloud.state.arns import Arn

NUMBERS = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
CHOICES = {
    "ContentBasedDeduplication": ("true", "false"),
    "FifoQueue": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
OF_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit")
DEFAULTS = {
    "VisibilityTimeout": "30",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
KEY_DEFAULTS = {"KmsDataKeyReusePeriodSeconds": "300", "SqsManagedSseEnabled": "false"}
MOST_RECEIVES = 1000
MOST_SOURCES = 10
PERMISSIONS = ("allowAll", "denyAll", "byQueue")


def checked(given: Mapping[str, str], *, fifo: bool) -> dict[str, str]:
    """The attributes that a caller gives, once they are known to be right; an empty text takes one away.

    Raises:
        InvalidAttributeName: none of that name can be set.
        InvalidAttributeValue: it can't be that.
    """
    for name, value in given.items():
        if name == "KmsMasterKeyId":
            right = True  # any text will do, until a message comes
        elif name in NUMBERS:
            low, high = NUMBERS[name]
            right = value.isascii() and value.isdigit() and low <= int(value) <= high
        elif name in CHOICES:
            right = value in CHOICES[name] and (fifo or name not in OF_FIFO)
        elif name in DOCUMENTS:
            right = not value or DOCUMENTS[name](value)
        else:
            raise faults.InvalidAttributeName(f"Unknown Attribute {name}.")
        if not right:
            raise wrong_value(name)
    return dict(given)


def wrong_value(name: str) -> Exception:
    """What is told of an attribute that can't have this value."""
    return faults.InvalidAttributeValue(f"Invalid value for the parameter {name}.")


def is_redrive_policy(text: str) -> bool:
    """Whether this names a dead-letter queue, and after how many receives a message goes there."""
    told = _object(text)
    target = Arn.parse(str(told.get("deadLetterTargetArn", "")))
    receives = str(told.get("maxReceiveCount", ""))
    return (
        told.keys() == {"deadLetterTargetArn", "maxReceiveCount"}
        and target is not None
        and target.service == "sqs"
        and receives.isdigit()
        and 1 <= int(receives) <= MOST_RECEIVES
    )


def may_redrive(allow_policy: str, source: str) -> bool:
    """Whether a queue with this RedriveAllowPolicy takes the dead letters of the queue `source` (an ARN)."""
    told = _object(allow_policy)
    permission = told.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in told.get("sourceQueueArns", ()))


def same_kind(one: str, other: str) -> bool:
    """Whether two queues are both FIFO queues, or neither is."""
    return one.endswith(FIFO) == other.endswith(FIFO)


def _is_policy(text: str) -> bool:
    try:
        check_document(text, "resource")
    except MalformedPolicyError:
        return False
    return True


def _is_allow_policy(text: str) -> bool:
    told = _object(text)
    sources = told.get("sourceQueueArns")
    if told.get("redrivePermission") not in PERMISSIONS:
        return False
    if told["redrivePermission"] != "byQueue":
        return sources is None
    return isinstance(sources, list) and 0 < len(sources) <= MOST_SOURCES


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


DOCUMENTS = {
    "Policy": _is_policy,
    "RedrivePolicy": is_redrive_policy,
    "RedriveAllowPolicy": _is_allow_policy,
}
