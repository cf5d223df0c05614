"""Encryption at rest: a body lies under SQS's own key, or, if its queue names a KMS key, in an envelope.

SQS asks KMS in the sender's name, and in the receiver's. A service that sends, such as EventBridge, needs a
statement of its own in the key policy; with alias/aws/sqs, whose policy nobody can change, it gets none. On
AWS a data key serves for five minutes or more (KmsDataKeyReusePeriodSeconds); here each message has its own.
Source: SQS Developer Guide, "Encryption at rest in Amazon SQS", "Configuring KMS permissions".
"""

from functools import partial
from typing import NoReturn

from labkit.cloud.core.envelopes import key_as_named, open_sealed, seal_under
from labkit.cloud.core.own_keys import open_own, seal_own
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.sqs.attributes import DEFAULTS
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.model import Message, Queue
from labkit.cloud.services.sqs.service import SqsService
from labkit.records import replace

KEY, OWN_KEY = "KmsMasterKeyId", "SqsManagedSseEnabled"
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
        """The message as the queue keeps it: sealed under its key or SQS's own, or else as it is.

        Raises:
            KmsAccessDenied, KmsDisabled, KmsInvalidState, KmsNotFound: KMS refuses.
        """
        key_id = queue.Attributes.get(KEY)
        body, context = message.Body.encode(), {"aws:sqs:arn": queue.Arn}
        if not key_id:
            if queue.Attributes.get(OWN_KEY, DEFAULTS[OWN_KEY]) != "true":
                return message
            return replace(message, Body="", Sealed=seal_own(self.cloud.hsm_memory, self.name, body))
        owner = queue.Arn.split(":")[4]
        named = key_as_named(key_id, self.region, owner=owner, asker=self.account)
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
        if not message.SealedFor:
            body = open_own(self.cloud.hsm_memory, self.name, message.Sealed)
            return replace(message, Body=body.decode())
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
