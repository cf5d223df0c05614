"""Encryption at rest under a key of KMS: of a queue that names one, each body lies in an envelope.

SQS asks KMS in the sender's name, and in the receiver's. A service that sends, such as EventBridge, needs a
statement of its own in the key policy; with alias/aws/sqs, whose policy nobody can change, it gets none. On
AWS a data key serves for five minutes or more (KmsDataKeyReusePeriodSeconds); here each message has its own.
Source: SQS Developer Guide, "Encryption at rest in Amazon SQS", "Configuring KMS permissions".
"""

from dataclasses import replace
from functools import partial
from typing import NoReturn

from labkit.cloud.core.envelopes import key_as_named, open_sealed, seal_under
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.model import Message, Queue
from labkit.cloud.services.sqs.service import SqsService

KEY = "KmsMasterKeyId"
TOLD = {
    "AccessDeniedException": faults.KmsAccessDenied,
    "DisabledException": faults.KmsDisabled,
    "InvalidKeyUsageException": faults.KmsInvalidKeyUsage,
    "KMSInvalidStateException": faults.KmsInvalidState,
    "NotFoundException": faults.KmsNotFound,
}


class Sealing(SqsService):
    """Encryption and decryption of bodies."""

    def seal(self, queue: Queue, message: Message) -> Message:
        """The message as the queue keeps it: sealed if the queue has a key, else as it is.

        Raises:
            KmsAccessDenied, KmsDisabled, KmsInvalidState, KmsNotFound: KMS refuses.
        """
        key_id = queue.Attributes.get(KEY)
        if not key_id:
            return message
        owner = queue.Arn.split(":")[4]
        named = key_as_named(key_id, self.region, owner=owner, asker=self.account)
        body, context = message.Body.encode(), {"aws:sqs:arn": queue.Arn}
        try:
            sealed = seal_under(partial(self.ask, "kms"), named, body, context)
        except AwsError as error:
            _refuse(error)
        return replace(message, Body="", Sealed=sealed, SealedFor=queue.Arn)

    def open(self, message: Message) -> Message:
        """The message with its body. A dead letter is still sealed for the queue that it came from.

        Raises:
            KmsAccessDenied, KmsDisabled, KmsInvalidState: KMS refuses.
        """
        if not message.Sealed:
            return message
        try:
            body = open_sealed(partial(self.ask, "kms"), message.Sealed, {"aws:sqs:arn": message.SealedFor})
        except AwsError as error:
            _refuse(error)
        return replace(message, Body=body.decode())


def _refuse(error: AwsError) -> NoReturn:
    """What KMS has answered, as SQS hands it on."""
    if error.code not in TOLD:
        raise error
    raise TOLD[error.code](f"{error.message} (Service: AWSKMS; Status Code: {error.status})") from None
