"""SecureStrings: what is stored is ciphertext, and KMS is asked for every bit of plaintext.

    standard    KMS Encrypt: the value, at most 4096 bytes, is the plaintext
    advanced    KMS GenerateDataKey: the value is encrypted here, under a data key that is stored beside it

Both bind the ciphertext to its parameter: the encryption context is PARAMETER_ARN. SSM asks KMS in the name
of its caller, who therefore needs the permission for the key, too.
AWS writes an advanced value as a message of the AWS Encryption SDK; the lab's own form is simpler, see
`crypto.envelope`.
Source: Systems Manager User Guide and KMS Developer Guide, "How Parameter Store uses AWS KMS".
"""

import base64
from functools import partial
from typing import Any, NoReturn

from labkit.cloud.core.envelopes import open_sealed, seal_under
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ssm.model import ADVANCED, SECURE_STRING, ParameterVersion
from labkit.cloud.services.ssm.names import faults
from labkit.cloud.services.ssm.service import SsmService

DEFAULT_KEY = "alias/aws/ssm"


class Sealing(SsmService):
    """Encryption and decryption of SecureStrings."""

    def seal(self, value: str, key_id: str, tier: str, arn: str) -> str:
        """The ciphertext of a value, as base64.

        Raises:
            InvalidKeyId: the key is none that can encrypt, or not now.
            AccessDeniedException: the caller may not use it.
        """
        context, plaintext = {"PARAMETER_ARN": arn}, value.encode()
        ask = partial(self.ask, "kms")
        try:
            if tier == ADVANCED:
                sealed = seal_under(ask, key_id, plaintext, context)
            else:
                answer = ask("Encrypt", KeyId=key_id, Plaintext=plaintext, EncryptionContext=context)
                sealed = answer["CiphertextBlob"]
        except AwsError as error:
            self._refuse(error)
        return base64.b64encode(sealed).decode()

    def open(self, version: ParameterVersion, arn: str) -> str:
        """The plaintext of a SecureString, the value of anything else.

        Raises:
            InvalidKeyId: the key is disabled, or waits for deletion.
            AccessDeniedException: the caller may not use it.
        """
        if version.Type != SECURE_STRING:
            return version.Value
        context, sealed = {"PARAMETER_ARN": arn}, base64.b64decode(version.Value)
        ask = partial(self.ask, "kms")
        try:
            if version.Tier == ADVANCED:
                return open_sealed(ask, sealed, context).decode()
            answer = ask("Decrypt", CiphertextBlob=sealed, EncryptionContext=context)
        except AwsError as error:
            self._refuse(error)
        plaintext: bytes = answer["Plaintext"]
        return plaintext.decode()

    def _refuse(self, error: AwsError) -> NoReturn:
        """What KMS has answered, as SSM hands it on."""
        denied = error.code == "AccessDeniedException"
        fault: Any = faults.AccessDeniedException if denied else faults.InvalidKeyId
        raise fault(
            f"{error.message} (Service: AWSKMS; Status Code: {error.status}; Error Code: {error.code}; "
            f"Request ID: {self.call.inner[-1].request_id}; Proxy: null)"
        ) from None
