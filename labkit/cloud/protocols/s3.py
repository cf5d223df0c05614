"""S3's own ways with rest-xml: buckets in the host's name, streamed bodies, its errors, its root elements.

Source: Amazon S3 API Reference, "Response Syntax" of each operation, "Error responses".
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from botocore.model import OperationModel, Shape

from labkit.cloud.protocols import aws_chunked, xml_write
from labkit.cloud.protocols.bodies import Stream
from labkit.cloud.protocols.checks import Violation
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.http_read import BadParameter
from labkit.cloud.protocols.http_write import BodyWriter
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.rest_xml import RestXml
from labkit.cloud.protocols.s3_hosts import path_style
from labkit.cloud.protocols.wire import Reader, Writer
from labkit.records import replace

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# The model names the shape of an answer, but not its root element.
_ROOTS: Mapping[str, str] = {
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
}


class S3(RestXml):
    """S3's dialect of rest-xml."""

    takes_streams = True

    def route(self, request: HttpRequest) -> str:
        """The operation, wherever the bucket's name stands."""
        return super().route(path_style(request))

    def no_such_operation(self, request: HttpRequest) -> AwsError:
        """S3 says what the path would have been."""
        segments = [segment for segment in request.path.split("/", 2) if segment]
        resource = ("SERVICE", "BUCKET", "OBJECT")[len(segments)]
        message = "The specified method is not allowed against this resource."
        return aws_error("MethodNotAllowed", 405, message, Method=request.method, ResourceType=resource)

    def reader(self, operation: OperationModel) -> Reader:
        """Parameters, from a request made path-style and with its chunks joined; an object is a `Body`."""
        read = super().reader(operation)
        streamed = _payload(operation.input_shape) if operation.has_streaming_input else ""

        def parameters(request: HttpRequest) -> dict[str, Any]:
            request = aws_chunked.joined(path_style(request))
            if not streamed:
                return read(request)
            return read(replace(request, body=b"")) | {streamed: request.content()}

        return parameters

    def writer(self, operation: OperationModel) -> Writer:
        """The answer; an object that comes as a `Stream` goes out as one."""
        write = super().writer(operation)
        if not operation.has_streaming_output:
            return write
        streamed = _payload(operation.output_shape)

        def response(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            body = result.get(streamed)
            rest = {name: value for name, value in result.items() if name != streamed}
            answer = write(rest, request_id)
            if result.get("ContentRange"):
                answer = replace(answer, status=HTTPStatus.PARTIAL_CONTENT)
            return (
                replace(answer, stream=body)
                if isinstance(body, Stream)
                else replace(answer, body=body or b"")
            )

        return response

    def bad_parameter(self, fault: BadParameter) -> AwsError:
        """S3 names the argument."""
        message = "Invalid Argument"
        if fault.shape.type_name in ("integer", "long"):
            message = f"Provided {fault.name} not an integer or within integer range"
        return aws_error("InvalidArgument", 400, message, ArgumentName=fault.name, ArgumentValue=fault.text)

    def body_writers(self, operation: OperationModel) -> Callable[[Shape, str | None], BodyWriter]:
        """A document whose root carries S3's namespace."""

        def body_writer(shape: Shape, name: str | None) -> BodyWriter:
            if operation.name == "GetBucketLocation":
                return _bucket_location
            root = name or _ROOTS.get(operation.name, f"{operation.name}Result")
            content = xml_write.content_writer(shape, self.xml)
            return lambda value: xml_write.document(root, content(value), NAMESPACE)

        return body_writer

    def error(self, error: AwsError, request_id: str) -> HttpResponse:
        """`<Error>` at the root, without a namespace, and with both of S3's request ids."""
        ids = xml_write.text("RequestId", request_id) + xml_write.text("HostId", _host_id(request_id))
        # The model knows of no members, but NoSuchKey comes with its Key, and so on.
        members = xml_write.error_members(error, None, self.xml)
        body = b"" if error.status == HTTPStatus.NOT_MODIFIED else xml_write.document("Error", members + ids)
        return self.response(error.status, error.headers, body, request_id)

    def response(self, status: int, headers: Mapping[str, str], body: bytes, request_id: str) -> HttpResponse:
        """An answer with S3's headers; a content type is given only where there is content."""
        common = {"x-amz-request-id": request_id, "x-amz-id-2": _host_id(request_id)}
        if body and "Content-Type" not in headers:
            common["Content-Type"] = "application/xml"
        return HttpResponse(status, common | dict(headers), body)

    def refuse(self, violations: list[Violation]) -> NoReturn:
        """S3 does not count its complaints: a document must fit its schema, an argument must be valid."""
        first = violations[0]
        if "." in first.path:
            raise self.malformed()
        argument = first.shown.strip("'")
        raise aws_error(
            "InvalidArgument", 400, "Invalid Argument", ArgumentName=first.path, ArgumentValue=argument
        )


def _payload(shape: Shape | None) -> str:
    """The member that is the whole body."""
    return str(shape.serialization["payload"]) if shape else ""


def _host_id(request_id: str) -> str:
    """S3's second id, an opaque text for its operators; the lab makes it from the first."""
    return f"labkit/{request_id}="


def _bucket_location(value: Mapping[str, Any]) -> bytes:
    """The one answer whose root element is a scalar; it is empty for us-east-1."""
    region = xml_write.escaped(value.get("LocationConstraint") or "")
    return xml_write.document("LocationConstraint", region, NAMESPACE)
