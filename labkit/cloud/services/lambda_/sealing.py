"""Environment variables at rest: sealed under a KMS key, bound to their function.

Whoever sets them needs the key, and so does whoever reads the configuration. The role that the code runs as
gets a grant to decrypt them, and nothing else under that key. With the AWS managed key nobody needs a
permission of KMS's.
Source: Lambda Developer Guide, "Securing Lambda environment variables".
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from labkit.cloud.core.envelopes import open_sealed, seal_under
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.lambda_.model import Version
from labkit.cloud.services.lambda_.service import LambdaService, faults, invalid

DEFAULT_KEY = "alias/aws/lambda"
MOST_BYTES = 4096
# Lambda sets these itself. Source: Lambda Developer Guide, "Defined runtime environment variables".
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


class Sealing(LambdaService):
    """Encryption and decryption of environment variables."""

    def seal(self, name: str, variables: Mapping[str, str], key_arn: str) -> bytes:
        """The variables of a function, sealed; nothing for none.

        Raises:
            InvalidParameterValueException: they are too many, or Lambda's own, or the key does not work.
        """
        _check(variables)
        if not variables:
            return b""
        plaintext = json.dumps(dict(variables)).encode()
        try:
            return seal_under(
                partial(self.ask, "kms"), key_arn or DEFAULT_KEY, plaintext, self._context(name)
            )
        except AwsError as error:
            raise _unusable(error) from None

    def grant(self, version: Version) -> None:
        """Let the role decrypt the variables under a customer managed key; the same grant is made once.

        Raises:
            InvalidParameterValueException: the caller may not make grants, or the key does not work.
        """
        if not (version.KMSKeyArn and version.Environment):
            return
        try:
            self.ask(
                "kms",
                "CreateGrant",
                KeyId=version.KMSKeyArn,
                GranteePrincipal=version.Role,
                Operations=["Decrypt", "RetireGrant"],
                Constraints={"EncryptionContextEquals": self._context(version.FunctionName)},
                Name=f"lambda-{version.FunctionName}",
            )
        except AwsError as error:
            raise _unusable(error) from None

    def open(self, version: Version, reader: Principal | None = None) -> dict[str, str]:
        """The variables of a version, opened in the caller's name or in `reader`'s.

        Raises:
            AwsError: what KMS answers.
        """
        if not version.Environment:
            return {}
        assert self.cloud.call_within is not None
        ask = partial(self.cloud.call_within, self.call, reader or self.principal, "kms", region=self.region)
        variables: dict[str, str] = json.loads(
            open_sealed(ask, version.Environment, self._context(version.FunctionName))
        )
        return variables

    def shown(self, version: Version) -> dict[str, Any]:
        """The variables as an answer tells them, or why it can't."""
        try:
            return {"Variables": self.open(version)}
        except AwsError as error:
            why = (
                "Lambda was unable to decrypt your environment variables because the KMS access was denied. "
                f"Please check your KMS permissions. KMS Exception: {error.code} KMS Message: {error.message}"
            )
            return {"Error": {"ErrorCode": error.code, "Message": why}}

    def _context(self, name: str) -> dict[str, str]:
        return {"aws:lambda:FunctionArn": self.arn(f"function:{name}")}


def _unusable(error: AwsError) -> AwsError:
    return invalid(
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid "
        f"for CreateGrant. Please check your KMS key settings. KMS Exception: {error.code} KMS Message: "
        f"{error.message}"
    )


def unsealable(error: AwsError) -> AwsError:
    """What an invocation is told when KMS does not open the variables."""
    kind = {
        "AccessDeniedException": (faults.KMSAccessDeniedException, "KMS access was denied"),
        "DisabledException": (faults.KMSDisabledException, "the KMS key used is disabled"),
        "KMSInvalidStateException": (
            faults.KMSInvalidStateException,
            "the KMS key used is in an invalid state for Decrypt",
        ),
        "NotFoundException": (faults.KMSNotFoundException, "the KMS key was not found"),
    }.get(error.code, (faults.KMSInvalidStateException, "KMS failed"))
    fault, why = kind
    return fault(
        f"Lambda was unable to decrypt the environment variables because {why}. Please check the function's "
        f"KMS key settings. KMS Exception: {error.code} KMS Message: {error.message}",
        Type="User",
    )


def _check(variables: Mapping[str, str]) -> None:
    reserved = sorted(RESERVED & variables.keys())
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            "you have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > MOST_BYTES:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have provided exceeded the 4KB limit."
        )
