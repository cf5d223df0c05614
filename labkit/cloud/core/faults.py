"""The errors of a service, one class each, made from its service model.

    faults = Faults("kms")
    raise faults.DisabledException(f"{arn} is disabled.")

Nothing of the model is typed in again. What the models leave out, because every service shares it, is the
small table COMMON. Source: AWS API references, "Common Errors".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError, aws_error

# HTTP status by code, for errors that no service model lists.
COMMON = {
    "AccessDenied": 403,
    "AccessDeniedException": 400,
    "InternalFailure": 500,
    "InvalidParameterCombination": 400,
    "InvalidParameterValue": 400,
    "NotAuthorizedException": 400,
    "ThrottlingException": 400,
    "ValidationError": 400,
    "ValidationException": 400,
}


class Faults:
    """The error classes of one service, each made when it is first named."""

    def __init__(self, service: str, codes: Mapping[str, str] = MappingProxyType({})) -> None:
        """`codes` are what clients call errors of a service whose model no longer tells its old names."""
        self._service = service
        self._codes = codes

    def __getattr__(self, name: str) -> type[AwsError]:
        made = type(name, (AwsError,), self._attributes(name))
        setattr(self, name, made)
        return made

    def _attributes(self, name: str) -> dict[str, Any]:
        shapes = contract(self._service).model.shape_names
        if name in shapes:
            shape = contract(self._service).model.shape_for(name)
            error = shape.metadata.get("error", {})
            sender_fault = not shape.metadata.get("fault", False)
            status = error.get("httpStatusCode", 400 if sender_fault else 500)
            return {
                "code": self._codes.get(name) or error.get("code", name),
                "shape": name,
                "status": status,
                "sender_fault": sender_fault,
            }
        if name in COMMON:
            status = COMMON[name]
            return {"code": name, "shape": name, "status": status, "sender_fault": status < 500}
        raise AttributeError(f"{self._service} has no error {name}, and neither have AWS's common errors")


def not_built(service: str, operation: str) -> AwsError:
    """The lab's own answer to what AWS has and the lab hasn't; 501, so that no client tries again."""
    return aws_error("NotImplemented", 501, f"labkit does not emulate {service}:{operation} yet.")
