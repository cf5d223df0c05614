"""The query protocol: STS, IAM, CloudFormation, RDS. Form fields in, XML out.

A request is `Action=GetCallerIdentity&Version=2011-06-15&...`; the answer wraps the result in
`<GetCallerIdentityResponse><GetCallerIdentityResult>`. Source: Smithy's "AWS query protocol" page.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.model import OperationModel, ServiceModel, Shape

from labkit.cloud.protocols import xml_write
from labkit.cloud.protocols.checks import Violation, validation_error
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.forms import Dialect, MalformedField, form_parsers, grown, read_fields
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.shapes import Compiled, element_of, wire_name
from labkit.cloud.protocols.wire import Reader, WireProtocol, Writer


def _list_part(shape: Shape) -> str | None:
    return None if shape.serialization.get("flattened") else wire_name(element_of(shape), "member")


class Query(WireProtocol):
    """Form fields in, XML out, over one URL."""

    dialect = Dialect(wire_name, _list_part)

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model)
        self._parser = form_parsers(self.dialect)
        self.xml = Compiled(xml_write.build_writer)
        self.namespace = model.metadata.get("xmlNamespace", "")

    def route(self, request: HttpRequest) -> str:
        """The operation that the `Action` field names, in the `Version` that the model describes."""
        fields = self._fields(request)
        action = fields.get("Action", "")
        if not action:
            raise aws_error("MissingAction", 400, "Missing Action")
        version = fields.get("Version", "NO_VERSION_SPECIFIED")
        if action not in self.names or version != self.model.metadata["apiVersion"]:
            raise self.no_such_action(action, version)
        return action

    def no_such_action(self, action: str, version: str) -> AwsError:
        """AWS's answer to an action the service does not have."""
        return aws_error("InvalidAction", 400, f"Could not find operation {action} for version {version}")

    def _fields(self, request: HttpRequest) -> dict[str, str]:
        try:
            return read_fields(request)
        except ValueError as error:
            raise self.malformed() from error

    def reader(self, operation: OperationModel) -> Reader:
        """Parameters from the form's fields."""
        if operation.input_shape is None:
            return lambda request: {}
        parse = self._parser(operation.input_shape)

        def read(request: HttpRequest) -> dict[str, Any]:
            try:
                parameters: dict[str, Any] = parse(grown(self._fields(request)))
            except MalformedField as error:
                raise aws_error("MalformedInput", 400, str(error)) from error
            return parameters

        return read

    def writer(self, operation: OperationModel) -> Writer:
        """`<OperationResponse>` around the result and the request's id."""
        shape = operation.output_shape
        convert = self.xml(shape) if shape else None
        # Where the model does not say how the result is wrapped, the operation's name does.
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result") if shape else ""

        def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            parts: xml_write.Parts = []
            if convert:
                convert(result, wrapper, parts)
            body = "".join(parts)
            metadata = xml_write.element("ResponseMetadata", xml_write.text("RequestId", request_id))
            return self.response(200, f"{operation.name}Response", body + metadata, request_id)

        return write

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """`<ErrorResponse>`, which says whether the sender or the receiver is at fault."""
        fault = xml_write.text("Type", "Sender" if error.status < 500 else "Receiver")
        members = xml_write.error_members(error, self.error_shape(error), self.xml)
        body = xml_write.element("Error", fault + members) + xml_write.text("RequestId", request_id)
        return self.response(error.status, "ErrorResponse", body, request_id)

    def response(self, status: int, root: str, body: str, request_id: str) -> HttpResponse:
        """An XML document with the service's namespace, and the headers that every answer carries."""
        document = xml_write.document(root, body, self.namespace)
        return HttpResponse(status, {"x-amzn-RequestId": request_id, "Content-Type": "text/xml"}, document)

    def malformed(self) -> AwsError:
        """For bytes that are no form at all."""
        return aws_error("MalformedQueryString", 404, "The query string contains a syntax error")

    def refuse(self, violations: list[Violation]) -> NoReturn:
        """These services say ValidationError where the JSON ones say ValidationException."""
        raise validation_error("ValidationError", violations)
