"""Encryption at rest under a key of KMS: of a queue that names one, each body lies in an envelope.

SQS asks KMS in the sender's name, and in the receiver's. A service that sends, such as EventBridge, needs a
statement of its own in the key policy; with alias/aws/sqs, whose policy nobody can change, it gets none. On
AWS a data key serves for five minutes or more (KmsDataKeyReusePeriodSeconds); here each message has its own.
Source: SQS Developer Guide, "Encryption at rest in Amazon SQS", "Configuring KMS permissions".
"""

from dataclasses import replace
from typing import NoReturn

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.sqs.faults import faults
from labkit.cloud.services.sqs.model import Message, Queue
from labkit.cloud.services.sqs.service import SqsService
from labkit.crypto import envelope
from labkit.crypto.aad import encode_context

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
        context = {"aws:sqs:arn": queue.Arn}
        try:
            key = self.ask(
                "kms", "GenerateDataKey", KeyId=key_id, KeySpec="AES_256", EncryptionContext=context
            )
        except AwsError as error:
            _refuse(error)
        body = message.Body.encode()
        sealed = envelope.seal(key["Plaintext"], key["CiphertextBlob"], body, encode_context(context))
        return replace(message, Body="", Sealed=sealed, SealedFor=queue.Arn)

    def open(self, message: Message) -> Message:
        """The message with its body. A dead letter is still sealed for the queue that it came from.

        Raises:
            KmsAccessDenied, KmsDisabled, KmsInvalidState: KMS refuses.
        """
        if not message.Sealed:
            return message
        context = {"aws:sqs:arn": message.SealedFor}
        wrapped = envelope.wrapped_key(message.Sealed)
        try:
            key = self.ask("kms", "Decrypt", CiphertextBlob=wrapped, EncryptionContext=context)
        except AwsError as error:
            _refuse(error)
        body = envelope.open_(key["Plaintext"], message.Sealed, encode_context(context))
        return replace(message, Body=body.decode())


def _refuse(error: AwsError) -> NoReturn:
    """What KMS has answered, as SQS hands it on."""
    if error.code not in TOLD:
        raise error
    raise TOLD[error.code](f"{error.message} (Service: AWSKMS; Status Code: {error.status})") from None
