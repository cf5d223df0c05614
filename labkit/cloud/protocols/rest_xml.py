"""The rest-xml protocol: REST paths and headers around XML bodies. S3's own ways are in `s3`.

Source: Smithy's "AWS restXml protocol" page.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel, ServiceModel, Shape

from labkit.cloud.protocols import xml_read, xml_write
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.http_read import BadParameter, BodyParser, RequestReader
from labkit.cloud.protocols.http_write import BodyWriter, ResponseWriter
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.routing import RoutingTable, Template
from labkit.cloud.protocols.shapes import Compiled
from labkit.cloud.protocols.wire import Reader, WireProtocol, Writer


class RestXml(WireProtocol):
    """XML over REST."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model)
        self._routes = RoutingTable(model)
        self._parser = Compiled(xml_read.build_parser)
        self.xml = Compiled(xml_write.build_writer)

    def route(self, request: HttpRequest) -> str:
        """The operation whose method and path fit."""
        try:
            name = self._routes.find(request)
        except ValueError as error:
            raise self.malformed() from error
        if name is None:
            raise self.no_such_operation(request)
        return name

    def no_such_operation(self, request: HttpRequest) -> AwsError:
        """The answer to a method and path that mean nothing."""
        return aws_error("UnknownOperationException", 404, "")

    def reader(self, operation: OperationModel) -> Reader:
        """Parameters from path, query string, headers and an XML body."""
        if operation.input_shape is None:
            return lambda request: {}
        template = Template(operation.http["requestUri"])
        read = RequestReader(operation.input_shape, template, self._body_parser)

        def parameters(request: HttpRequest) -> dict[str, Any]:
            try:
                return read(request)
            except BadParameter as error:
                raise self.bad_parameter(error) from error
            except ValueError as error:
                raise self.malformed() from error

        return parameters

    def bad_parameter(self, fault: BadParameter) -> AwsError:
        """The answer to a header or query item of the wrong type."""
        return aws_error("InvalidArgument", 400, str(fault))

    def writer(self, operation: OperationModel) -> Writer:
        """The model's status code, headers and an XML body."""
        status = operation.http.get("responseCode", 200)
        if operation.output_shape is None:
            return lambda result, request_id: self.response(status, {}, b"", request_id)
        write = ResponseWriter(operation.output_shape, self.body_writers(operation))

        def response(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            answer = write(result, status)
            return self.response(answer.status, answer.headers, answer.body, request_id)

        return response

    def body_writers(self, operation: OperationModel) -> Callable[[Shape, str | None], BodyWriter]:
        """How this operation's body is written, given its shape and the payload's name."""

        def body_writer(shape: Shape, name: str | None) -> BodyWriter:
            write = self.xml(shape)
            root = name or shape.name

            def body(value: Any) -> bytes:
                parts: xml_write.Parts = []
                write(value, root, parts)
                return "".join(parts).encode()

            return body

        return body_writer

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """`<ErrorResponse>`, which says whether the sender or the receiver is at fault."""
        shape = self.error_shape(error)
        fault = xml_write.text("Type", "Sender" if error.status < 500 else "Receiver")
        members = xml_write.error_members(error, shape, self.xml)
        body = xml_write.element("Error", fault + members) + xml_write.text("RequestId", request_id)
        headers: Mapping[str, str] = {}
        if shape is not None:
            bound = {name: value for name, value in error.members.items() if name in shape.members}
            headers = ResponseWriter(shape, lambda shape, name: lambda value: b"")(
                bound, error.status
            ).headers
        return self.response(error.status, headers, xml_write.document("ErrorResponse", body), request_id)

    def malformed(self) -> AwsError:
        """For a body that is no XML, or not what the operation takes."""
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        return aws_error("MalformedXML", 400, message)

    def response(self, status: int, headers: Mapping[str, str], body: bytes, request_id: str) -> HttpResponse:
        """An answer with the headers that every one carries."""
        common = {"x-amzn-RequestId": request_id, "Content-Type": "application/xml"}
        return HttpResponse(status, common | dict(headers), body)

    def _body_parser(self, shape: Shape) -> BodyParser:
        parse = self._parser(shape)
        return lambda body: parse(xml_read.load(body))
