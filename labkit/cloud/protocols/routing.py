"""Routes of the REST protocols: which operation a method, a path and a query string mean.

A model writes `PUT /{Bucket}/{Key+}?tagging`: a label takes one segment, a greedy one (`+`) takes the rest, a
query item must be there as written. Several operations may fit one request (PutObject, CopyObject and
UploadPart are all `PUT /{Bucket}/{Key+}`); the most specific wins. Source: Smithy's "HTTP binding traits".
"""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.protocols.shapes import wire_name

Query = dict[str, list[str]]


def read_query(request: HttpRequest) -> Query:
    """The query string's items, decoded; ValueError if they are not UTF-8."""
    items: Query = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True, errors="strict"):
        items.setdefault(name, []).append(value)
    return items


@dataclass(frozen=True)
class Template:
    """An operation's `requestUri`, taken apart."""

    uri: str

    @cached_property
    def path(self) -> str:
        """What stands before the question mark."""
        return self.uri.partition("?")[0]

    @cached_property
    def query(self) -> Query:
        """The query items that a request must have; no value means any value."""
        items = parse_qsl(self.uri.partition("?")[2], keep_blank_values=True)
        return {name: [value] if value else [] for name, value in items}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression; a final slash does not matter."""
        parts = [_part_pattern(part) for part in re.split(r"(\{[^}]+\})", self.path.rstrip("/"))]
        return re.compile("".join(parts) + ("" if self.path.endswith("+}") else "/?"), re.DOTALL)

    @cached_property
    def literal_segments(self) -> int:
        """How many segments are no labels: the more, the more specific."""
        return sum("{" not in segment for segment in self.path.split("/"))

    def labels(self, path: str) -> dict[str, str] | None:
        """The labels' decoded texts, or None if a path does not fit; ValueError if they are not UTF-8."""
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        names = [name.rstrip("+") for name in re.findall(r"\{([^}]+)\}", self.path)]
        return {
            name: unquote(text, errors="strict") for name, text in zip(names, match.groups(), strict=True)
        }


def _part_pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return "(.+)" if part.endswith("+}") else "([^/]+)"


class Route:
    """One operation's place in the table."""

    def __init__(self, operation: OperationModel) -> None:
        self.name: str = operation.name
        self.template = Template(operation.http["requestUri"])
        self.deprecated = bool(operation.deprecated)
        self.required_query: set[str] = set()
        self.required_headers: set[str] = set()
        shape = operation.input_shape
        if shape is None:
            return
        for name in shape.required_members:
            member = shape.members[name]
            if member.serialization.get("location") == "querystring":
                self.required_query.add(wire_name(member, name))
            elif member.serialization.get("location") == "header":
                self.required_headers.add(wire_name(member, name).lower())

    def fits(self, query: Query) -> bool:
        """Whether the query items that the template itself names are there."""
        for name, values in self.template.query.items():
            if name not in query or (values and values[0] not in query[name]):
                return False
        return True

    def rank(self, request: HttpRequest, query: Query) -> tuple[int, bool, int, int, bool]:
        """How specific this route is for a request that fits it; the highest wins."""
        complete = self.required_query <= query.keys() and self.required_headers <= request.headers.keys()
        return (
            self.template.literal_segments,
            complete,
            len(self.template.query),
            len(self.required_query) + len(self.required_headers),
            not self.deprecated,
        )


class RoutingTable:
    """A REST service's routes, by method and path."""

    def __init__(self, model: ServiceModel) -> None:
        self._routes: dict[str, dict[str, list[Route]]] = {}
        for name in model.operation_names:
            operation = model.operation_model(name)
            route = Route(operation)
            paths = self._routes.setdefault(operation.http["method"], {})
            paths.setdefault(route.template.path, []).append(route)

    def find(self, request: HttpRequest) -> str | None:
        """The name of the operation that fits best; ValueError for a query string that is not UTF-8."""
        query = read_query(request)
        fitting = [
            route
            for routes in self._routes.get(request.method, {}).values()
            if routes[0].template.pattern.fullmatch(request.path)
            for route in routes
            if route.fits(query)
        ]
        best = max(fitting, key=lambda route: route.rank(request, query), default=None)
        return best.name if best else None
