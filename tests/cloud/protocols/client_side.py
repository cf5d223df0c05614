"""The client's side of the wire: botocore's serializers make requests, its parsers read our answers."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore import parsers, serialize
from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict
from botocore.model import OperationModel
from botocore.response import StreamingBody

from labkit.cloud.protocols import HttpRequest, HttpResponse

ENDPOINT = "https://service.us-east-1.amazonaws.com"


def request_for(operation: OperationModel, parameters: Mapping[str, Any], **more: Any) -> HttpRequest:
    """The request that botocore sends for a call; `more` replaces fields of it."""
    protocol = operation.service_model.resolved_protocol
    serializer = serialize.create_serializer(protocol, include_validation=False)
    described = serializer.serialize_to_request(parameters, operation)
    prepare_request_dict(described, ENDPOINT)
    prepared = AWSRequest(
        method=described["method"],
        url=described["url"],
        data=described["body"],
        headers=described["headers"],
    ).prepare()
    return http_request(prepared.method, prepared.url, prepared.headers, prepared.body, **more)


def http_request(method: str, url: str, headers: Any, body: Any, **more: Any) -> HttpRequest:
    """A request as an endpoint would make it; the body may be text, bytes, a file or nothing."""
    parts = urlsplit(url)
    fields = {
        "method": method,
        "scheme": parts.scheme,
        "host": parts.netloc,
        "path": parts.path or "/",
        "query": parts.query,
        "headers": {name.lower(): _text(value) for name, value in headers.items()},
        "body": _bytes(body),
    }
    return HttpRequest(**{**fields, **more})


def _bytes(body: Any) -> bytes:
    content = body.read() if hasattr(body, "read") else body or b""
    return content.encode() if isinstance(content, str) else bytes(content)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def parsed(operation: OperationModel, response: HttpResponse) -> dict[str, Any]:
    """What botocore gives its caller for an answer of ours."""
    return _parse(operation, response, operation.output_shape)


def parsed_error(operation: OperationModel, response: HttpResponse) -> dict[str, Any]:
    """The error response that boto3's ClientError carries, with the modelled members beside it."""
    plain = _parse(operation, response, operation.output_shape)
    shape = operation.service_model.shape_for_error_code(plain["Error"]["Code"])
    return plain | (_parse(operation, response, shape) if shape else {})


def _parse(operation: OperationModel, response: HttpResponse, shape: Any) -> dict[str, Any]:
    streaming = shape is operation.output_shape and operation.has_streaming_output
    parser = parsers.create_parser(operation.service_model.resolved_protocol)
    described = {
        "status_code": response.status,
        "headers": HeadersDict(response.headers),
        "body": StreamingBody(BytesIO(response.body), len(response.body)) if streaming else response.body,
        "context": {"operation_name": operation.name},
    }
    result: dict[str, Any] = parser.parse(described, shape)
    return {name: item.read() if isinstance(item, StreamingBody) else item for name, item in result.items()}


def without_metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as a service would give it."""
    return {name: value for name, value in result.items() if name != "ResponseMetadata"}
