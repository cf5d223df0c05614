"""A service's contract: its operations, and for each how to read a request, check it and write the answer.

The service models that botocore ships are the only source. An operation is compiled when it is first called,
once for the life of the process.
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from labkit.cloud.protocols.checks import Check, Violation, build_check, nothing
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.quick import NO_FIT, QuickReader
from labkit.cloud.protocols.results import ContractBroken, WrongType
from labkit.cloud.protocols.shapes import Compiled
from labkit.cloud.protocols.wire import Reader, WireProtocol, Writer

# S3 has a dialect of its own. A protocol's module is imported when a service that speaks it is first called.
PROTOCOLS = {
    "json": "json_rpc:JsonRpc",
    "query": "query:Query",
    "ec2": "ec2:Ec2",
    "rest-json": "rest_json:RestJson",
    "rest-xml": "rest_xml:RestXml",
    "s3": "s3:S3",
}

_loader = Loader()  # one, as each looks through all of botocore's folders once


class Operation:
    """One operation of a service, such as KMS's GenerateDataKey."""

    def __init__(self, model: OperationModel, protocol: WireProtocol, check: Compiled[Check]) -> None:
        self.model = model
        self.name: str = model.name
        self.method_name: str = xform_name(model.name)
        self._protocol = protocol
        self._compiled_check = check

    @cached_property
    def _read(self) -> Reader:
        return self._protocol.reader(self.model)

    @cached_property
    def _write(self) -> Writer:
        if self.model.has_event_stream_output:
            raise NotImplementedError(
                f"{self.name} answers with an event stream, which labkit does not write yet"
            )
        return self._protocol.writer(self.model)

    @cached_property
    def _check(self) -> Check:
        return self._compiled_check(self.model.input_shape) if self.model.input_shape else nothing

    @cached_property
    def _read_quickly(self) -> QuickReader | None:
        return self._protocol.quick_reader(self.model)

    def parse(self, request: HttpRequest) -> dict[str, Any]:
        """The parameters of a request, by the names the model gives them.

        Blobs are bytes, timestamps aware datetimes; members the model does not know are ignored, as AWS
        ignores them. Raises AwsError, named as the protocol names it, for a body that cannot be read.
        """
        return self.parse_and_tell(request)[0]

    def parse_and_tell(self, request: HttpRequest) -> tuple[dict[str, Any], bool]:
        """What `parse` returns, and whether it is already known to pass `check`."""
        if request.spooled is not None and not (
            self._protocol.takes_streams and self.model.has_streaming_input
        ):
            request = request.whole()
        read_quickly = self._read_quickly
        if read_quickly is not None:
            try:
                return read_quickly(request.body), True
            except NO_FIT:
                pass  # the long way finds out why
        try:
            return self._read(request), False
        except RecursionError as error:
            raise self._protocol.malformed() from error

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raise AwsError if parameters break the model's constraints, listing all that they break."""
        found: list[Violation] = []
        try:
            self._check(parameters, "", found)
        except RecursionError as error:
            raise self._protocol.malformed() from error
        if found:
            self._protocol.refuse(found)

    def serialize(self, result: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The answer that carries a result; a member that is None is left out.

        Raises ContractBroken for a result that the output shape does not allow.
        """
        try:
            return self._write(result, request_id)
        except WrongType as fault:
            raise ContractBroken(self.name, fault.path, fault.problem) from fault


class Operations(Mapping[str, Operation]):
    """A service's operations by name, each made when it is first looked up."""

    def __init__(self, model: ServiceModel, protocol: WireProtocol) -> None:
        self._model = model
        self._protocol = protocol
        self._check: Compiled[Check] = Compiled(build_check)
        self.find = cache(self._make)

    def _make(self, name: str) -> Operation:
        if name not in self._protocol.names:
            raise KeyError(name)
        return Operation(self._model.operation_model(name), self._protocol, self._check)

    def __getitem__(self, name: str) -> Operation:
        return self.find(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._model.operation_names)

    def __len__(self) -> int:
        return len(self._protocol.names)


class Contract:
    """What a service has promised: the operations of its model, spoken in its protocol."""

    def __init__(self, service: str, model: ServiceModel) -> None:
        self.service = service
        self.model = model
        self.protocol: str = model.resolved_protocol
        self._wire = protocol_class("s3" if service == "s3" else self.protocol)(model)
        self.operations = Operations(model, self._wire)

    def route(self, request: HttpRequest) -> Operation:
        """The operation a request asks for; AwsError, as AWS words it, for one the service does not have."""
        return self.operations.find(self._wire.route(request))

    def serialize_error(self, error: AwsError, request_id: str) -> HttpResponse:
        """The answer that tells a client of an error; ContractBroken if its members do not fit its shape."""
        try:
            return self._wire.error(error, request_id)
        except WrongType as fault:
            raise ContractBroken(error.shape, fault.path, fault.problem) from fault


def protocol_class(name: str) -> type[WireProtocol]:
    """The class that speaks a protocol."""
    module, _, attribute = PROTOCOLS[name].partition(":")
    found: type[WireProtocol] = getattr(import_module(f"{__package__}.{module}"), attribute)
    return found


@cache
def known_services() -> frozenset[str]:
    """Every service that botocore has a model of."""
    return frozenset(_loader.list_available_services("service-2"))


@cache
def contract(service: str) -> Contract:
    """A service's contract by botocore's name for it, such as "kms"; else botocore's UnknownServiceError."""
    description = _loader.load_service_model(service, "service-2")
    return Contract(service, ServiceModel(description, service_name=service))
