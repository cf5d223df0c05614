"""The check of a policy for users, groups and roles, in the order and words of IAM's own.

IAM says little about syntax, and looks at a document in rounds: first its syntax, then its version, then
what it calls legacy parsing, and only then at what the statements say.
Source: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy element reference"; the
sentences and their order as moto's tests note them from AWS.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from labkit.cloud.policy.documents import listed
from labkit.cloud.policy.malformed import (
    DOCUMENT,
    EFFECTS,
    STATEMENT,
    VERSIONS,
    MalformedPolicyError,
    is_condition_values,
    is_operator,
    is_texts,
)

SYNTAX = "Syntax errors in policy."
OLD_VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
IAM_PATHS = (
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/"),
    *("policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"),
)
PARTITIONS = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "*",
)
VENDOR = re.compile(r"[A-Za-z0-9.-]+|\*")
DATE = re.compile(
    r"(?P<year>-?\d+)(-(?P<month>\d+)(-(?P<day>\d+))?)?"
    r"(t((?P<hour>\d+)(:(?P<minute>\d+)(:(?P<second>\d+)(\.(?P<nanosecond>\d+))?"
    r"(z|\+(?P<zone_hour>\d\d)(:(?P<zone_minute>\d\d))?)?|\+\d\d)?)?)?)?",
    re.IGNORECASE,
)
RANGES = {
    "year": (-292275054, 292278993),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
    "nanosecond": (0, 999999999),
    "zone_hour": (0, 23),
    "zone_minute": (0, 59),
}

Statements = list[dict[str, Any]]


def check_identity_policy(text: str) -> None:
    """Go on only if IAM would take `text` as an identity-based policy; else MalformedPolicyError."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicyError(SYNTAX) from None
    _require(_is_document(document), SYNTAX)
    _require(document.get("Version") == VERSIONS[0], OLD_VERSION)
    statements = listed(document["Statement"])
    _require(
        all(statement["Effect"] in EFFECTS and _has_dates(statement) for statement in statements), LEGACY
    )
    resource_fault = _resource_fault(statements)
    _require(resource_fault != LEGACY, LEGACY)
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    _require(len(sids) == len(set(sids)), "Statement IDs (SID) in a single policy must be unique.")
    named = any("Principal" in statement or "NotPrincipal" in statement for statement in statements)
    _require(not named, "Policy document should not specify a principal.")
    for statement in statements:
        _require(bool(_either(statement, "Action")), "Policy statement must contain actions.")
    _require(not resource_fault, resource_fault)
    for statement in statements:
        for action in _either(statement, "Action"):
            _check_action(action)
    for statement in statements:
        _require(bool(_either(statement, "Resource")), "Policy statement must contain resources.")


def _require(fulfilled: bool, sentence: str) -> None:
    if not fulfilled:
        raise MalformedPolicyError(sentence)


def _is_document(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and document.keys() <= DOCUMENT
        and document.get("Version", VERSIONS[0]) in VERSIONS
        and isinstance(document.get("Id", ""), str)
        and bool(document.get("Statement"))
        and all(_is_statement(statement) for statement in listed(document["Statement"]))
    )


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.keys() <= STATEMENT
        and not {"Action", "NotAction"} <= statement.keys()
        and not {"Resource", "NotResource"} <= statement.keys()
        and str(statement.get("Effect", "")).title() in EFFECTS
        and isinstance(statement.get("Sid", ""), str)
        and all(
            is_texts(statement.get(name, [])) for name in ("Action", "NotAction", "Resource", "NotResource")
        )
        and _is_condition(statement.get("Condition", {}))
    )


def _is_condition(block: Any) -> bool:
    return isinstance(block, dict) and all(
        isinstance(keys, dict)
        and (is_operator(written) or not keys)
        and all(is_condition_values(values) for values in keys.values())
        for written, keys in block.items()
    )


def _has_dates(statement: dict[str, Any]) -> bool:
    """Whether what is compared with a date is one, or a number of seconds."""
    return all(
        _is_date(str(value))
        for written, keys in statement.get("Condition", {}).items()
        if written.rpartition(":")[2].startswith("Date")
        for values in keys.values()
        for value in listed(values)
    )


def _is_date(text: str) -> bool:
    if text.isdecimal():
        return int(text) < 2**63
    found = DATE.fullmatch(text)
    return found is not None and all(
        low <= int(found[name]) <= high for name, (low, high) in RANGES.items() if found[name]
    )


def _either(statement: dict[str, Any], element: str) -> list[str]:
    """What an element lists, or its Not... form does."""
    found: list[str] = listed(statement.get(element, statement.get(f"Not{element}", [])))
    return found


def _resource_fault(statements: Statements) -> str:
    """The first complaint about a resource, unless one of them fails legacy parsing; "" if there is none."""
    for statement in statements:
        for resource in sorted(_either(statement, "Resource")):
            fault = next(_faults_of_resource(resource), "")
            if fault:
                return fault
    return ""


def _faults_of_resource(resource: str) -> Iterator[str]:
    if resource == "*":
        return
    parts = resource.split(":")
    if len(parts) == 1:
        yield f'Resource {resource} must be in ARN format or "*".'
    elif parts[1] not in PARTITIONS:
        whole = [*parts[1:5], *["*"] * (5 - len(parts)), ":".join(parts[5:]) if len(parts) > 5 else "*"]
        yield f'Partition "{parts[1]}" is not valid for resource "arn:{":".join(whole)}".'
    elif len(parts) == 2:
        yield "Resource vendor must be fully qualified and cannot contain regexes."
    else:
        yield from _faults_of_service(resource, parts)
        if not parts[2] or (len(parts) < 6 and "::" in resource):
            yield LEGACY


def _faults_of_service(resource: str, parts: list[str]) -> Iterator[str]:
    """IAM looks closer at ARNs of two services: of its own, and of S3. Neither has regions."""
    service, region, path = parts[2], "".join(parts[3:4]), ":".join(parts[5:])
    if service == "iam" and region:
        yield f"IAM resource {resource} cannot contain region information."
    if service == "s3" and region:
        yield f"Resource {resource} can not contain region information."
    if service == "iam" and len(parts) > 5 and path not in ("*", "root") and not path.startswith(IAM_PATHS):
        yield f'IAM resource path must either be "*" or start with {", ".join(IAM_PATHS)}.'


def _check_action(action: str) -> None:
    if action == "*":
        return
    vendor, colon, name = action.partition(":")
    _require(bool(colon), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    _require(":" not in name, "Actions/Condition can contain only one colon.")
    _require(VENDOR.fullmatch(vendor) is not None, f"Vendor {vendor} is not valid")
