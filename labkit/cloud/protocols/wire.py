"""The protocols' common interface: what every one of the five must be able to do for a service.

Each protocol is one class in its own module. It is made once a service and compiles an operation's reader and
writer when that operation is first called.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

from botocore.model import OperationModel, ServiceModel, StructureShape

from labkit.cloud.protocols.checks import Violation, validation_error
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.quick import QuickReader

Reader = Callable[[HttpRequest], dict[str, Any]]
Writer = Callable[[Mapping[str, Any], str], HttpResponse]


# How a broken constraint is called where it is not ValidationException.
VALIDATION_CODES = {"logs": "InvalidParameterException"}


class WireProtocol(ABC):
    """One way of writing AWS's requests and answers as HTTP, for one service.

    One that `takes_streams` leaves the body of an operation that streams it where it lies; to all others it
    is given in memory.
    """

    takes_streams: ClassVar[bool] = False

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self.names = frozenset(model.operation_names)

    @abstractmethod
    def route(self, request: HttpRequest) -> str:
        """The name of the operation a request asks for; AwsError, as AWS words it, if there is none."""

    @abstractmethod
    def reader(self, operation: OperationModel) -> Reader:
        """The function from a request to the parameters; it raises AwsError for a malformed body."""

    def quick_reader(self, operation: OperationModel) -> QuickReader | None:
        """The function from a body that is right to checked parameters, where the protocol has one."""
        return None

    @abstractmethod
    def writer(self, operation: OperationModel) -> Writer:
        """The function from a result and a request id to the answer; it raises WrongType."""

    @abstractmethod
    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """The answer that tells a client of an error."""

    @abstractmethod
    def malformed(self) -> AwsError:
        """The error for a body that cannot be read."""

    def refuse(self, violations: list[Violation]) -> NoReturn:
        """Raise the error that tells a client which of the model's constraints its parameters broke."""
        code = VALIDATION_CODES.get(self.model.service_name, "ValidationException")
        raise validation_error(code, violations)

    def error_shape(self, error: AwsError) -> StructureShape | None:
        """The model's shape for an error, if it has one: it says how the error's members are spelt."""
        if error.shape not in self.model.shape_names:
            return None
        shape = self.model.shape_for(error.shape)
        return shape if isinstance(shape, StructureShape) and shape.metadata.get("exception") else None
