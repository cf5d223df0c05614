"""botocore's protocol vectors as cases for our side of the wire.

An input vector pairs parameters with the request a client must send; an output vector pairs an answer with
the result a client must find in it. A case carries its own little service model of one operation.
"""

import json
import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.model import ServiceModel, Shape

from labkit.cloud.protocols import Contract, HttpRequest, Operation, scalars
from tests.cloud.protocols.client_side import ENDPOINT, http_request

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class Case:
    """One vector: its id, the contract of its one operation, and the file's own description of it."""

    id: str
    contract: Contract
    operation: Operation
    described: dict[str, Any]

    def request(self) -> HttpRequest:
        """An input vector's request."""
        sent = self.described["serialized"]
        url = ENDPOINT + sent.get("uri", "/")
        return http_request(sent.get("method", "POST"), url, sent.get("headers", {}), sent.get("body", ""))


def load(file: Path) -> Iterator[Case]:
    """All vectors of one file, such as input/rest-json.json."""
    for suite in json.loads(file.read_text("utf-8")):
        for described in suite["cases"]:
            model = {key: deepcopy(value) for key, value in suite.items() if key != "cases"}
            name = described["given"]["name"]
            # botocore's file spells the operation beside the vector; a model has it within.
            model["operations"] = {name: described["given"]}
            if model["metadata"]["protocol"] == "query" and "output" in described["given"]:
                described["given"]["output"]["resultWrapper"] = f"{name}Result"
            contract = Contract("vector", ServiceModel(model))
            yield Case(described["id"], contract, contract.operations[name], described)


def typed(shape: Shape | None, value: Any) -> Any:
    """A value of a vector's JSON as Python has it: bytes, datetimes and special floats by their shapes."""
    if value is None or shape is None or shape.metadata.get("document"):
        return value
    kind = shape.type_name
    if kind == "structure":
        members = shape.members  # type: ignore[attr-defined]
        # A null member is none.
        return {name: typed(members[name], item) for name, item in value.items() if item is not None}
    if kind == "list":
        return [typed(shape.member, item) for item in value]  # type: ignore[attr-defined]
    if kind == "map":
        return {key: typed(shape.value, item) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind == "blob":
        return value.encode()
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC)
    return SPECIAL.get(value, value) if kind in ("float", "double") else value


def comparable(value: Any) -> Any:
    """A value as a vector's file writes it: blobs are text, and so are NaN, which is not equal to itself, and
    the infinities, which botocore's JSON parser leaves as they are spelt."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and not math.isfinite(value):
        return scalars.write_float(value)
    return value
