"""What a grant permits: to whom, for which operations, under which constraints. Chapter "grants" makes them.

A grant takes effect at once in the lab, with its token or without. On AWS it may take minutes until it is
known everywhere, and its token bridges them.
Source: KMS Developer Guide, "Grants in AWS KMS", "Creating grants"; KMS API Reference, "GrantConstraints".
"""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from labkit.cloud.policy.decision import StatementOutcome
from labkit.cloud.policy.naming import account_root
from labkit.cloud.policy.principal import ASSUMED_ROLE, SERVICE, Principal
from labkit.cloud.services.kms.conditions import WITH_CONTEXT, Asked, encryption_context
from labkit.cloud.services.kms.model import Grant, GrantConstraints, KmsTables, Pairs
from labkit.crypto.randomness import random_bytes

# A token begins as AWS's do: a version, and 64 hexadecimal digits as field 1 of a protocol buffer. What AWS
# puts behind them is sealed. Here it says where the grant is, and a nonce makes every token another one.
TOKEN_PREFIX = b"\x01\x0a\x40"
GRANT_ID_DIGITS = 64
NONCE_BYTES = 16
AT_A_TIME = 16

Fault = tuple[str, str]


class BadTokenError(Exception):
    """This is no grant token."""


class GrantToken(NamedTuple):
    """Which grant a token stands for. It is no secret: whoever holds it still has to be the grantee."""

    account: str
    key_id: str
    grant_id: str

    def __str__(self) -> str:
        where = f"{self.account}/{self.key_id}".encode()
        token = TOKEN_PREFIX + self.grant_id.encode() + random_bytes(NONCE_BYTES) + where
        return base64.urlsafe_b64encode(token).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "GrantToken":
        """The grant that `text` stands for; BadTokenError if it is no grant token."""
        try:
            token = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            start = len(TOKEN_PREFIX) + GRANT_ID_DIGITS
            account, slash, key_id = token[start + NONCE_BYTES :].decode().partition("/")
            grant_id = token[len(TOKEN_PREFIX) : start].decode()
        except (binascii.Error, ValueError):
            raise BadTokenError from None
        if not token.startswith(TOKEN_PREFIX) or not slash:
            raise BadTokenError
        return cls(account, key_id, grant_id)


def grants_of_key(tables: KmsTables, key_id: str, after: str = "", count: int = 1000) -> list[Grant]:
    """At most `count` grants of a key, in the order of their ids, from behind the grant with id `after`."""
    found = tables.grants.after(f"{key_id}/{after}", count)
    return [grant for grant in found if grant.KeyId == key_id]


def grants_to(tables: KmsTables, key_id: str, grantee: str) -> Iterator[Grant]:
    """The grants of a key that have this grantee, fetched a few at a time, as the first one may do."""
    found = tables.grants.having_after("grantee", (key_id, grantee), "", AT_A_TIME)
    while found:
        yield from found
        found = tables.grants.having_after("grantee", (key_id, grantee), found[-1].place, AT_A_TIME)


def names_of(principal: Principal, region: str) -> Iterator[str]:
    """Every name by which a grant can mean this caller, the narrowest first."""
    yield principal.arn
    if principal.kind == SERVICE:
        service, _, domain = principal.name.partition(".")
        yield f"{service}.{region}.{domain}"
        return
    if principal.kind == ASSUMED_ROLE:
        yield principal.issuer
    if principal.account and principal.arn != account_root(principal):
        yield account_root(principal)


def looked_at(grant: Grant, fault: Fault | None, reason: str) -> StatementOutcome:
    """The outcome of one grant: `fault` is the element that rules it out and why; `reason` why it allows."""
    element, why_not = fault or ("", "")
    name = f'grant "{grant.Name}"' if grant.Name else "grant"
    return StatementOutcome(name, "grant", grant.GrantId, "Allow", fault is None, element, why_not or reason)


def fault_of(grant: Grant, asked: Asked, source_arn: str) -> Fault | None:
    """Why `grant` does not permit what its grantee asks for; None if it does.

    `source_arn` is the resource on whose behalf a service asks, "" if there is none.
    """
    action = asked.action
    if action not in grant.Operations:
        return "Operations", f"Operations do not include {action}: they are {', '.join(grant.Operations)}"
    constraints = grant.Constraints or GrantConstraints()
    if constraints.SourceArn and constraints.SourceArn != source_arn and action != "RetireGrant":
        return "Constraints SourceArn", f"the request is not made on behalf of {constraints.SourceArn}"
    if action == "CreateGrant":
        return _widening(grant, constraints, asked)
    if action in WITH_CONTEXT:
        return _context_fault(constraints, tuple(encryption_context(action, asked.call.parameters).items()))
    return None


def _context_fault(constraints: GrantConstraints, context: Pairs) -> Fault | None:
    asked = folded(context)
    if constraints.EncryptionContextEquals is not None and asked != folded(
        constraints.EncryptionContextEquals
    ):
        return "Constraints EncryptionContextEquals", f"the request has another encryption context: {asked}"
    if not folded(constraints.EncryptionContextSubset or ()) <= asked:
        return "Constraints EncryptionContextSubset", f"the request's encryption context lacks some: {asked}"
    return None


def _widening(grant: Grant, constraints: GrantConstraints, asked: Asked) -> Fault | None:
    """Who may create grants only by a grant can pass on what that one permits, and nothing beyond it."""
    parameters = asked.call.parameters
    beyond = [name for name in parameters.get("Operations", ()) if name not in grant.Operations]
    if beyond:
        return "Operations", f"a grant made by this one cannot permit more: {', '.join(beyond)}"
    made = constraints_from(parameters.get("Constraints") or {}) or GrantConstraints()
    equals, subset = constraints.EncryptionContextEquals, constraints.EncryptionContextSubset
    made_equals, made_subset = made.EncryptionContextEquals, made.EncryptionContextSubset
    if equals is not None and (made_equals is None or folded(made_equals) != folded(equals)):
        return "Constraints EncryptionContextEquals", "a grant made by this one must have the same constraint"
    if not folded(subset or ()) <= folded(made_equals or made_subset or ()):
        return "Constraints EncryptionContextSubset", "a grant made by this one must be as strict or stricter"
    if constraints.SourceArn and constraints.SourceArn != made.SourceArn:
        return "Constraints SourceArn", "a grant made by this one must have the same constraint"
    return None


def constraints_from(given: dict[str, object]) -> GrantConstraints | None:
    """The constraints of a request, as they are remembered; None if there are none."""
    equals, subset = (_pairs(given.get(f"EncryptionContext{kind}")) for kind in ("Equals", "Subset"))
    source = given.get("SourceArn")
    if equals is None and subset is None and source is None:
        return None
    return GrantConstraints(equals, subset, str(source) if source is not None else None)


def folded(pairs: Pairs) -> set[tuple[str, str]]:
    """Pairs as constraints compare them: the case of a name does not matter there, that of a value does."""
    return {(name.lower(), value) for name, value in pairs}


def _pairs(context: object) -> Pairs | None:
    return tuple(sorted(context.items())) if isinstance(context, dict) and context else None
