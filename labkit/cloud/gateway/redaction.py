"""What the audit log may show of a call's parameters and answer.

What was encrypted never reaches it: a member that the service model marks as sensitive, every blob, and what
the models do not mark although it is a secret, is left out, as KMS, STS and IAM leave it out of their log
entries. Each shape is compiled once into the function that redacts it.
Source: KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail", with the example entries it
links to; IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

Redactor = Callable[[Any], Any]
Shown = tuple[str, str, Redactor | None]
"""A member's name, the name under which it is shown, and how its value is (None: as it stands)."""

# Secrets that a service model does not mark, and what the documentation's examples leave out beside them. Log
# events may hold anything.
UNMARKED = frozenset(
    {
        "SecretAccessKey",
        "SessionToken",
        "Password",
        "GrantToken",
        "TrustAnchorCertificate",
        "logEvents",
        "logEventMessages",
    }
)
RENAMED = {"CloudHsmClusterId": "clusterId", "Bucket": "bucketName"}


def redactor(shape: Shape | None, defaults: Mapping[str, Any] | None = None) -> Redactor:
    """The function that turns a value of `shape` into what CloudTrail shows: lower camel case, no secrets.

    `defaults` are members that it shows also where the value has none.
    """
    if shape is None:
        return _nothing
    return _structure(
        cast(StructureShape, shape), {_label(name): one for name, one in (defaults or {}).items()}
    )


@cache
def _compiled(shape: Shape) -> Redactor | None:
    """The redactor of a shape; None for a value that is shown as it is."""
    if shape.type_name == "structure":
        return _structure(cast(StructureShape, shape), {})
    if shape.type_name == "list":
        return _list(cast(ListShape, shape).member)
    if shape.type_name == "map":
        return _map(cast(MapShape, shape).value)
    return _date if shape.type_name == "timestamp" else None


def _structure(shape: StructureShape, defaults: Mapping[str, Any]) -> Redactor:
    members = shape.members

    @lru_cache(maxsize=64)
    def shown(*names: str) -> tuple[Shown, ...]:  # when they are first met, as shapes may contain themselves
        return tuple(_member(name, members[name]) for name in names if _is_shown(name, members.get(name)))

    def structure(values: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(defaults)
        for name, label, redact in shown(*values):
            value = values[name]
            if value is not None:
                told[label] = value if redact is None else redact(value)
        return told

    return structure


def _is_shown(name: str, shape: Shape | None) -> bool:
    return (
        shape is not None
        and name not in UNMARKED
        and shape.type_name != "blob"
        and not shape.metadata.get("sensitive")
    )


def _member(name: str, shape: Shape) -> Shown:
    return name, _label(name), _compiled(shape)


def _list(member: Shape) -> Redactor | None:
    redact = _later(member)
    return None if redact is None else lambda values: [redact(value) for value in values]


def _map(member: Shape) -> Redactor | None:
    redact = _later(member)
    return None if redact is None else lambda values: {key: redact(value) for key, value in values.items()}


def _later(shape: Shape) -> Redactor | None:
    """The redactor of an element, which is compiled when it is first used."""
    if shape.type_name == "blob" or shape.metadata.get("sensitive"):
        return _nothing
    if shape.type_name not in ("structure", "list", "map"):
        return _compiled(shape)

    def element(value: Any) -> Any:
        redact = _compiled(shape)
        # A null among the elements is refused, and the refused call is written down all the same.
        return value if redact is None or value is None else redact(value)

    return element


def _date(value: datetime) -> str:
    """As Java prints it, by the examples in the documentation: "Aug 10, 2022, 10:38:27 PM"."""
    return f"{value:%b} {value.day}, {value.year}, {value.hour % 12 or 12}:{value:%M:%S %p}"


def _nothing(value: Any) -> None:
    return None


def _label(name: str) -> str:
    """A member's name as Java beans spell it: KeyId is keyId, and AWSAccountId stays what it is."""
    if name in RENAMED:
        return RENAMED[name]
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
