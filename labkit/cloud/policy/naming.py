"""How a Principal element names a caller: the caller itself, the role behind its session, or its account.

Which of these it is decides what else must agree. Whoever is named itself needs no identity policy in its
own account, and no boundary holds it back; a role that is named is still held to its boundary and session
policies; an account that is named only hands the question on to its own identity policies.
Source: IAM User Guide, "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal",
"How AWS enforcement code logic evaluates requests to allow or deny access".
"""

from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from labkit.cloud.policy.principal import ANONYMOUS, ASSUMED_ROLE, ROOT, SERVICE, USER, Principal
from labkit.cloud.state.arns import arn


class Naming(IntEnum):
    """How directly a caller is named; the higher, the less else has to agree."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    CALLER = 3


HOW = {
    Naming.CALLER: "Principal names the caller",
    Naming.ROLE: "Principal names the role or user that the caller's session was made from",
    Naming.ACCOUNT: "Principal names the caller's account, which leaves it to identity-based policies",
}


class Named(NamedTuple):
    """A Principal or NotPrincipal element, by the kinds of principal that it lists."""

    aws: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    canonical_users: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return ", ".join(sorted(frozenset().union(*self))) or "nobody"


def named(element: Any) -> Named:
    """The element of a policy's JSON as sets. "*" and {"AWS": "*"} are the same."""
    if not isinstance(element, dict):
        return Named(aws=frozenset(_listed(element)))
    kinds = ("AWS", "Service", "Federated", "CanonicalUser")
    return Named(*(frozenset(_listed(element.get(kind, ()))) for kind in kinds))


def naming(element: Named, caller: Principal, region: str) -> Naming:
    """How `element` names `caller`; `region` is the resource's, as some services are named by region."""
    if "*" in element.aws:
        return Naming.CALLER
    if caller.kind == ANONYMOUS:
        return Naming.NOT
    if caller.kind == SERVICE:
        return Naming.CALLER if element.services & _service_names(caller.name, region) else Naming.NOT
    if caller.arn in element.aws and caller.arn != caller.issuer:
        return Naming.CALLER
    # A policy names by its unique id whoever was deleted: somebody new of the same name is not meant.
    unique_id = caller.user_id.partition(":")[0]
    if caller.kind == USER and unique_id in element.aws:
        return Naming.CALLER
    if caller.issuer in element.aws | element.federated or (
        caller.kind == ASSUMED_ROLE and unique_id in element.aws
    ):
        return Naming.ROLE
    accounts = {caller.account, account_root(caller)}
    if element.aws & accounts or canonical_user(caller.account) in element.canonical_users:
        return Naming.CALLER if caller.kind == ROOT else Naming.ACCOUNT
    return Naming.NOT


def naming_of_all_but(element: Named, caller: Principal, region: str, effect: str) -> Naming:
    """How a NotPrincipal element names `caller`: everybody is named whom it does not list.

    A Deny spares a caller only where all that it goes by is listed: the session, its role and their account.
    It never spares a caller with a permissions boundary, whatever it lists.
    """
    found = naming(element, caller, region)
    if effect == "Allow":
        return Naming.NOT if found > Naming.ACCOUNT else Naming.CALLER
    if caller.boundary is not None:
        return Naming.CALLER
    if caller.kind in (ROOT, SERVICE, ANONYMOUS) or "*" in element.aws:
        return Naming.NOT if found else Naming.CALLER
    both = {caller.arn, caller.issuer or caller.arn}
    spared = both <= element.aws and element.aws & {caller.account, account_root(caller)}
    return Naming.NOT if spared else Naming.CALLER


@lru_cache(maxsize=1024)
def account_root(caller: Principal) -> str:
    """The ARN that stands for the caller's account."""
    return arn("iam", "", caller.account, "root", partition=caller.arn.split(":")[1])


@lru_cache(maxsize=1024)
def canonical_user(account: str) -> str:
    """The 64 hexadecimal digits that S3 knows an account by. AWS does not say how it makes them."""
    return sha256(f"canonical user of {account}".encode()).hexdigest()


def _service_names(host: str, region: str) -> set[str]:
    """logs.amazonaws.com also goes by logs.eu-west-1.amazonaws.com."""
    service, _, domain = host.partition(".")
    return {host, f"{service}.{region}.{domain}"}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
