"""SQS's errors, under the names that clients know from the time when SQS spoke XML.

Its service model has lost these names; the header x-amzn-query-error still tells them.
Source: SQS API Reference, "Common Error Types" and the "Errors" of each action; AWS SDK for Python, "SQS"
("Client exceptions").
"""

from labkit.cloud.core.faults import Faults
from labkit.cloud.protocols.errors import AwsError, aws_error

_OLD = "AWS.SimpleQueueService."

CODES = {
    "BatchEntryIdsNotDistinct": _OLD + "BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": _OLD + "BatchRequestTooLong",
    "EmptyBatchRequest": _OLD + "EmptyBatchRequest",
    "InvalidBatchEntryId": _OLD + "InvalidBatchEntryId",
    "MessageNotInflight": _OLD + "MessageNotInflight",
    "PurgeQueueInProgress": _OLD + "PurgeQueueInProgress",
    "QueueDoesNotExist": _OLD + "NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "TooManyEntriesInBatchRequest": _OLD + "TooManyEntriesInBatchRequest",
    "UnsupportedOperation": _OLD + "UnsupportedOperation",
    "KmsAccessDenied": "KMS.AccessDeniedException",
    "KmsDisabled": "KMS.DisabledException",
    "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException",
    "KmsInvalidState": "KMS.InvalidStateException",
    "KmsNotFound": "KMS.NotFoundException",
}

faults = Faults("sqs", CODES)


def invalid_parameter(message: str) -> AwsError:
    """What is told of a value that can't be; the model doesn't list it."""
    return aws_error("InvalidParameterValue", 400, message)


def missing_parameter(name: str) -> AwsError:
    """What is told of a parameter that this queue needs."""
    return aws_error("MissingParameter", 400, f"The request must contain the parameter {name}.")


def out_of_range(name: str, value: int, rule: str) -> AwsError:
    """What is told of a number outside its limits."""
    return invalid_parameter(f"Value {value} for parameter {name} is invalid. Reason: {rule}")
