"""The ec2 protocol: like query, with capitalised names, bare lists, no result wrapper and its own errors.

Source: Smithy's "AWS EC2 query protocol" page; the "Error codes" page of the EC2 API reference.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.model import OperationModel, Shape

from labkit.cloud.protocols import xml_write
from labkit.cloud.protocols.checks import NOT_NULL, Violation
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.forms import Dialect
from labkit.cloud.protocols.messages import HttpResponse
from labkit.cloud.protocols.query import Query
from labkit.cloud.protocols.wire import Writer


def _member_name(shape: Shape, name: str) -> str:
    if "queryName" in shape.serialization:
        return str(shape.serialization["queryName"])
    if "name" in shape.serialization:
        return _capitalised(shape.serialization["name"])
    return _capitalised(name)


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


class Ec2(Query):
    """Form fields in, XML out, as EC2 has it."""

    dialect = Dialect(_member_name, lambda shape: None)

    def no_such_action(self, action: str, version: str) -> AwsError:
        """EC2 does not name the version."""
        return aws_error("InvalidAction", 400, f"The action {action} is not valid for this web service.")

    def writer(self, operation: OperationModel) -> Writer:
        """The request's id, then the result's members, directly in `<OperationResponse>`."""
        members = xml_write.content_writer(operation.output_shape, self.xml)

        def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            body = xml_write.text("requestId", request_id) + members(result)
            return self.response(200, f"{operation.name}Response", body, request_id)

        return write

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """`<Response><Errors><Error>`, without a namespace, and with RequestID spelt so."""
        members = xml_write.error_members(error, self.error_shape(error), self.xml)
        errors = xml_write.element("Errors", xml_write.element("Error", members))
        body = xml_write.document("Response", errors + xml_write.text("RequestID", request_id))
        return HttpResponse(error.status, {"x-amzn-RequestId": request_id, "Content-Type": "text/xml"}, body)

    def refuse(self, violations: list[Violation]) -> NoReturn:
        """EC2 tells of the first broken constraint only."""
        first = violations[0]
        name = ".".join(_capitalised(step) for step in first.path.split(".") if step != "member")
        if first.constraint == NOT_NULL:
            raise aws_error("MissingParameter", 400, f"The request must contain the parameter {name}")
        value = first.shown.strip("'")
        raise aws_error("InvalidParameterValue", 400, f"Value ({value}) for parameter {name} is invalid.")
