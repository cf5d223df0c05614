"""The rest-json protocol: Lambda. REST paths and headers around JSON bodies.

Source: Smithy's "AWS restJson1 protocol" page.
"""

from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel, ServiceModel, Shape

from labkit.cloud.protocols import json_read, json_write
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.http_read import BodyParser, RequestReader
from labkit.cloud.protocols.http_write import BodyWriter, ResponseWriter
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.routing import RoutingTable, Template
from labkit.cloud.protocols.shapes import Compiled, message_member
from labkit.cloud.protocols.wire import Reader, WireProtocol, Writer


class RestJson(WireProtocol):
    """JSON over REST."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model)
        self._routes = RoutingTable(model)
        self._parser = Compiled(json_read.build_parser)
        self._json = Compiled(json_write.build_writer)

    def route(self, request: HttpRequest) -> str:
        """The operation whose method and path fit."""
        try:
            name = self._routes.find(request)
        except ValueError as error:
            raise self.malformed() from error
        if name is None:
            raise aws_error("UnknownOperationException", 404, "")
        return name

    def reader(self, operation: OperationModel) -> Reader:
        """Parameters from path, query string, headers and a JSON body."""
        if operation.input_shape is None:
            return lambda request: {}
        template = Template(operation.http["requestUri"])
        read = RequestReader(operation.input_shape, template, self._body_parser)

        def parameters(request: HttpRequest) -> dict[str, Any]:
            try:
                return read(request)
            except ValueError as error:
                raise self.malformed() from error

        return parameters

    def writer(self, operation: OperationModel) -> Writer:
        """The model's status code, headers and a JSON body."""
        status = operation.http.get("responseCode", 200)
        if operation.output_shape is None:
            return lambda result, request_id: self._response(status, {}, b"", request_id)
        write = ResponseWriter(operation.output_shape, self._body_writer)

        def response(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            answer = write(result, status)
            return self._response(answer.status, answer.headers, answer.body, request_id)

        return response

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """The error's name in the header `x-amzn-ErrorType`, its members as in any answer."""
        named = {"x-amzn-ErrorType": error.code}
        shape = self.error_shape(error)
        if shape is None:
            body = json_write.dump(json_write.error_members(error, None, self._json))
            return self._response(error.status, named, body, request_id)
        message = message_member(shape)
        given = {**({message: error.message or None} if message else {}), **error.members}
        answer = ResponseWriter(shape, self._body_writer)(given, error.status)
        # A client takes an empty body for an answer that never came from the service.
        return self._response(error.status, named | answer.headers, answer.body or b"{}", request_id)

    def malformed(self) -> AwsError:
        """AWS says nothing of what was wrong."""
        return json_read.malformed()

    def _body_parser(self, shape: Shape) -> BodyParser:
        parse = self._parser(shape)
        return lambda body: parse(json_read.load(body))

    def _body_writer(self, shape: Shape, name: str | None) -> BodyWriter:
        write = self._json(shape)
        return lambda value: json_write.dump(write(value))

    def _response(
        self, status: int, headers: Mapping[str, str], body: bytes, request_id: str
    ) -> HttpResponse:
        common = {"x-amzn-RequestId": request_id, "Content-Type": "application/json"}
        return HttpResponse(status, common | dict(headers), body)
