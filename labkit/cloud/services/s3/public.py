"""Is this policy public? S3 asks before it takes one, and public access blocks depend on the answer.

A statement that allows everybody makes a policy public, unless a condition holds the caller to fixed values
of a key that only few can have. That a request must come over TLS is no such condition: everybody can do it.
Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of 'public'".
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from labkit.cloud.policy.documents import listed

NARROWING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:accesspointnetworkorigin",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
HOLDING = ("stringequals", "stringlike", "arnequals", "arnlike")
WIDEST = {4: 8, 6: 32}  # bits of a prefix below which a range of addresses is too many of them


@lru_cache(maxsize=256)
def is_public(policy: str) -> bool:
    """Whether some statement of a policy, which is a policy's JSON, lets everybody in."""
    return any(_opens(statement) for statement in listed(json.loads(policy)["Statement"]))


def _opens(statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow":
        return False
    everybody = "NotPrincipal" in statement or _names_all(statement.get("Principal"))
    return everybody and not _narrowed(statement.get("Condition") or {})


def _names_all(principal: Any) -> bool:
    names = principal.values() if isinstance(principal, Mapping) else [principal]
    return any("*" in listed(one) for one in names)


def _narrowed(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    for operator, keys in condition.items():
        plain = operator.lower().removeprefix("foranyvalue:")
        for key, values in keys.items():
            fixed = key.lower() in NARROWING and all(
                "*" not in text and "?" not in text for text in _texts(values)
            )
            if plain in HOLDING and fixed:
                return True
            if plain == "ipaddress" and key.lower() == "aws:sourceip" and all(map(_few, _texts(values))):
                return True
    return False


def _few(addresses: str) -> bool:
    network = ip_network(addresses, strict=False)
    return network.prefixlen >= WIDEST[network.version]


def _texts(values: Any) -> list[str]:
    return [str(value) for value in listed(values)]
