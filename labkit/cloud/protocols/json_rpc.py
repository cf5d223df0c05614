"""The json protocol, versions 1.0 and 1.1: KMS, Systems Manager, Secrets Manager, Logs, Events, CloudTrail.

Every request is a POST to "/" whose `X-Amz-Target` header names the operation and whose body is a JSON
object; so is every answer. Sources: Smithy's "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol" and "AWS Query
compatible trait" pages.
"""

from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel, ServiceModel, Shape

from labkit.cloud.protocols import json_read, json_write
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.quick import QuickReader, QuickWriter, quick_reader, quick_writer
from labkit.cloud.protocols.shapes import Compiled
from labkit.cloud.protocols.wire import Reader, WireProtocol, Writer


class JsonRpc(WireProtocol):
    """JSON over one URL."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model)
        self._parser = Compiled(json_read.build_parser)
        self._json = Compiled(json_write.build_writer)
        self._content_type = f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.0')}"
        self._targets = {f"{model.metadata['targetPrefix']}.{name}": name for name in self.names}
        self._once_query = "awsQueryCompatible" in model.metadata

    def route(self, request: HttpRequest) -> str:
        """The operation named by `X-Amz-Target: <prefix>.<operation>`."""
        name = self._targets.get(request.headers.get("x-amz-target", ""))
        if name is None:
            raise aws_error("UnknownOperationException", 400, "")
        return name

    def reader(self, operation: OperationModel) -> Reader:
        """Parameters from the JSON body; a body may be empty where nothing is asked for."""
        parse = self._parser(operation.input_shape) if operation.input_shape else dict[str, Any]

        def read(request: HttpRequest) -> dict[str, Any]:
            parameters: dict[str, Any] = parse(json_read.load(request.body or b"{}"))
            return parameters

        return read

    def quick_reader(self, operation: OperationModel) -> QuickReader | None:
        """For every input shape whose parts have JSON types of their own."""
        return quick_reader(operation.input_shape)

    def writer(self, operation: OperationModel) -> Writer:
        """A JSON body, or an empty one where the model has no output."""
        body_of = self._body_writer(operation.output_shape)

        def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            headers = {"x-amzn-RequestId": request_id, "Content-Type": self._content_type}
            return HttpResponse(200, headers, body_of(result))

        return write

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """`__type` is the error's name, its message and further members stand beside it.

        A service that spoke the query protocol before, as SQS did, tells the old name in a header.
        """
        name = error.shape if self._once_query else error.code
        body = {"__type": name, **json_write.error_members(error, self.error_shape(error), self._json)}
        headers = {"x-amzn-RequestId": request_id, "Content-Type": self._content_type}
        if self._once_query:
            headers["x-amzn-query-error"] = f"{error.code};{'Sender' if error.sender_fault else 'Receiver'}"
        return HttpResponse(error.status, headers, json_write.dump(body))

    def malformed(self) -> AwsError:
        """AWS says nothing of what was wrong."""
        return json_read.malformed()

    def _body_writer(self, shape: Shape | None) -> QuickWriter:
        if shape is None:
            return lambda result: b""
        convert = self._json(shape)
        return quick_writer(shape, lambda result: json_write.dump(convert(result)))
