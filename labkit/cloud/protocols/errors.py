"""The error every AWS service answers with: a code, a message, an HTTP status.

    AwsError
    └── one class a modelled error, made from the service model by `core.faults`

A service raises it, the gateway undoes what the call had changed, and a protocol writes it on the wire.
"""

from typing import Any


class AwsError(Exception):
    """An error of AWS's, as a client will see it.

    `code` is what boto3 shows as `response["Error"]["Code"]`; `status` is the HTTP status; `shape` is the
    model's name for it (the code, unless the model says otherwise); `members` are the error's further fields.
    `headers` go out with it where a service says more in them.
    """

    code: str = "InternalFailure"
    status: int = 500
    shape: str = "InternalFailure"
    sender_fault: bool = False

    def __init__(self, message: str = "", **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members = members
        self.headers: dict[str, str] = {}


def aws_error(code: str, status: int, message: str, **members: Any) -> AwsError:
    """An error that no service model lists, such as `UnknownOperationException`."""
    error = AwsError(message, **members)
    error.code = error.shape = code
    error.status = status
    error.sender_fault = status < 500
    return error
