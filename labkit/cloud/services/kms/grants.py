"""Grants: permissions on a key that come and go without anybody touching its policy.

Whoever may create a grant hands some operations to one principal, perhaps for one encryption context only.
The key's administrators revoke it; those whom the grant itself names retire it, when its work is done.
Source: KMS Developer Guide, "Grants in AWS KMS", "Retiring and revoking grants"; KMS API Reference,
"CreateGrant", "ListGrants", "ListRetirableGrants", "RetireGrant", "RevokeGrant".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.identity.named import unique_id_of
from labkit.cloud.policy.decision import StatementOutcome
from labkit.cloud.policy.principal import SERVICE
from labkit.cloud.services.kms.grant_rules import checked_constraints, checked_operations, checked_principals
from labkit.cloud.services.kms.granting import GrantToken, grants_of_key, looked_at, names_of
from labkit.cloud.services.kms.model import Grant, Key, KmsTables
from labkit.cloud.services.kms.service import KmsService, faults, key_account, would_succeed
from labkit.cloud.state.arns import arn, partition_of
from labkit.crypto.randomness import random_bytes

T = TypeVar("T")

GRANTS_A_KEY = 50_000
PRINCIPALS = (
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
)
NO_POLICY = '{"Version": "2012-10-17", "Statement": []}'


class Grants(KmsService):
    """Create, list, retire and revoke grants."""

    def create_grant(
        self,
        KeyId: str,
        Operations: Sequence[str],
        GranteePrincipal: str | None = None,
        RetiringPrincipal: str | None = None,
        Constraints: Mapping[str, Any] = {},
        GrantTokens: Sequence[str] = (),
        Name: str | None = None,
        DryRun: bool = False,
        GranteeServicePrincipal: str | None = None,
        RetiringServicePrincipal: str | None = None,
    ) -> dict[str, str]:
        """Let a principal do some operations with a key, from now on.

        With a Name, asking the same again gives the same grant, and yet another token for it.

        Raises:
            InvalidArnException: a principal is none. ValidationException: the key does not do these
                operations, or the constraints don't go with it. LimitExceededException: it has 50 000 grants.
        """
        key = self.find_key_not_alias(KeyId)
        self.allow_key(key)
        self.check_state(key)
        grant = Grant(
            KeyId=key.KeyId,
            GrantId=random_bytes(32).hex(),
            CreationDate=self.now,
            IssuingAccount=self._root(self.account),
            Operations=checked_operations(Operations, key),
            Name=Name,
            GranteePrincipal=GranteePrincipal,
            GranteeServicePrincipal=GranteeServicePrincipal,
            RetiringPrincipal=RetiringPrincipal,
            RetiringServicePrincipal=RetiringServicePrincipal,
            Constraints=checked_constraints(Constraints, key),
            GranteeId=unique_id_of(self.cloud, GranteePrincipal or ""),
        )
        checked_principals(self.cloud, grant, partition_of(self.region))
        grants = self.tables_of(key_account(key)).grants
        grant = self._twin(grants.having("name", (key.KeyId, Name)) if Name else [], grant) or grant
        # "0" follows "/": between the two lie the places of this key's grants, and no other's.
        held = grants.count_between(f"{key.KeyId}/", f"{key.KeyId}0")
        if held >= GRANTS_A_KEY and grant.place not in grants:
            raise faults.LimitExceededException(
                f"The limit of {GRANTS_A_KEY} grants has been reached for {key.Arn}"
            )
        if DryRun:
            raise would_succeed()
        if grant.place not in grants:
            grants.put(grant)
        token = GrantToken(key_account(key), key.KeyId, grant.GrantId)
        return {"GrantId": grant.GrantId, "GrantToken": str(token)}

    def list_grants(
        self,
        KeyId: str,
        Limit: int = 50,
        Marker: str | None = None,
        GrantId: str | None = None,
        GranteePrincipal: str | None = None,
        GranteeServicePrincipal: str | None = None,
    ) -> dict[str, Any]:
        """The grants of a key: all of them, the one with this id, or those of one grantee."""
        key = self.find_key_not_alias(KeyId)
        self.allow_key(key)
        self._check_asked_by_service(GranteeServicePrincipal)
        tables = self.tables_of(key_account(key))
        grantee = GranteePrincipal or GranteeServicePrincipal
        after = self._after(Marker)
        if GrantId is not None:
            one = tables.grants.get(f"{key.KeyId}/{GrantId}")
            found = [one] if one is not None and grantee in (None, one.grantee) else []
        elif grantee is not None:
            place = f"{key.KeyId}/{after}"
            found = tables.grants.having_after("grantee", (key.KeyId, grantee), place, Limit + 1)
        else:
            found = grants_of_key(tables, key.KeyId, after, Limit + 1)
        page, more = _page([(grant.GrantId, grant) for grant in found], Limit)
        return {"Grants": [_entry(grant, key.Arn) for grant in page], **more}

    def list_retirable_grants(
        self,
        RetiringPrincipal: str | None = None,
        Limit: int = 50,
        Marker: str | None = None,
        RetiringServicePrincipal: str | None = None,
    ) -> dict[str, Any]:
        """The grants of this region that a principal of this account may retire, whosever keys they are on.

        Raises:
            ValidationException: no principal is given. InvalidArnException: it is none of this account.
        """
        retiring = RetiringPrincipal or RetiringServicePrincipal
        if retiring is None or (RetiringPrincipal and RetiringServicePrincipal):
            raise faults.ValidationException(
                "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both."
            )
        if RetiringPrincipal and f"::{self.account}:" not in RetiringPrincipal:
            raise faults.InvalidArnException(f"ARN does not refer to a valid principal: {RetiringPrincipal}")
        self.allow(retiring)
        self._check_asked_by_service(RetiringServicePrincipal)
        last_account, _, last_place = self._after(Marker).partition("/")
        found: list[tuple[str, tuple[Grant, str]]] = []
        for account, region in self.cloud.store.scopes(KmsTables):
            if region == self.region and account >= last_account:
                after = last_place if account == last_account else ""
                grants = self.tables_of(account).grants.having_after("retiring", retiring, after, Limit + 1)
                found += [(f"{account}/{grant.place}", (grant, account)) for grant in grants]
        page, more = _page(found, Limit)
        return {
            "Grants": [
                _entry(grant, arn("kms", self.region, account, f"key/{grant.KeyId}"))
                for grant, account in page
            ],
            **more,
        }

    def retire_grant(
        self,
        GrantToken: str | None = None,
        KeyId: str | None = None,
        GrantId: str | None = None,
        DryRun: bool = False,
    ) -> None:
        """Give a grant back. The grant itself says who may: its retiring principal, and its grantee if
        RetireGrant is among the operations. So may the accounts of the key, of whoever made the grant, and of
        a retiring principal that is an account, for whomever their IAM policies allow it. The key policy has
        no say in it.

        Raises:
            InvalidGrantTokenException: it is none. NotFoundException: the key has no such grant.
        """
        if GrantToken is not None:
            key, grant = self.find_grant(GrantToken)
        elif KeyId is not None and GrantId is not None:
            key = self.find_key_not_alias(KeyId)
            grant = self._grant(key, GrantId)
        else:
            raise faults.ValidationException(
                "You must specify either a grant token, or both a key ARN and a grant ID."
            )
        accounts = {key_account(key), grant.IssuingAccount.split(":")[4]}
        if grant.retiring.endswith(":root"):
            accounts.add(grant.retiring.split(":")[4])
        delegated = self.account in accounts
        self.allow(
            key.Arn,
            policy=None if delegated else NO_POLICY,
            rooted=not delegated,
            owner=self.account if delegated else "",
            facts=lambda: self.facts_of("", key),
            grants=lambda: self._leave_to_retire(grant),
        )
        if DryRun:
            raise would_succeed()
        self.tables_of(key_account(key)).grants.delete(grant.place)

    def revoke_grant(self, KeyId: str, GrantId: str, DryRun: bool = False) -> None:
        """Take a grant away, as an administrator of the key; NotFoundException if there is no such grant."""
        key = self.find_key_not_alias(KeyId)
        self.allow_key(key)
        grant = self._grant(key, GrantId)
        if DryRun:
            raise would_succeed()
        self.tables_of(key_account(key)).grants.delete(grant.place)

    def _grant(self, key: Key, grant_id: str) -> Grant:
        grant = self.tables_of(key_account(key)).grants.get(f"{key.KeyId}/{grant_id}")
        if grant is None:
            raise faults.NotFoundException(f"Grant ID {grant_id} not found")
        return grant

    def _leave_to_retire(self, grant: Grant) -> Iterator[StatementOutcome]:
        """What the grant says of the caller who wants to retire it."""
        names = set(names_of(self.principal, self.region))
        if grant.retiring in names:
            yield looked_at(grant, None, "the caller is its retiring principal")
        elif grant.grantee not in names:
            why_not = "the caller is neither its grantee nor its retiring principal"
            yield looked_at(grant, ("GranteePrincipal", why_not), "")
        elif "RetireGrant" not in grant.Operations:
            yield looked_at(grant, ("Operations", "they do not include RetireGrant"), "")
        else:
            yield looked_at(grant, None, "the caller is its grantee, and may retire it")

    def _twin(self, named: Sequence[Grant], asked: Grant) -> Grant | None:
        """The grant among `named` that differs from the one asked for in its id and date alone."""
        return next((grant for grant in named if _content(grant) == _content(asked)), None)

    def _after(self, marker: str | None) -> str:
        """The name of what stood last on the page before, "" at the start; InvalidMarkerException."""
        try:
            return read_marker(marker) if marker else ""
        except BadMarkerError:
            raise faults.InvalidMarkerException("Invalid marker.") from None

    def _check_asked_by_service(self, service_principal: str | None) -> None:
        if service_principal and self.principal.kind != SERVICE:
            raise faults.ValidationException(
                "GranteeServicePrincipal and RetiringServicePrincipal filters are for AWS services only."
            )

    def _root(self, account: str) -> str:
        return arn("iam", "", account, "root", partition=partition_of(self.region))


def _page(found: Sequence[tuple[str, T]], limit: int) -> tuple[list[T], dict[str, Any]]:
    """The first `limit` of what was found, by name, and the marker for what follows."""
    page = [one for _, one in found[:limit]]
    if len(found) <= limit:
        return page, {"Truncated": False}
    return page, {"Truncated": True, "NextMarker": make_marker(found[limit - 1][0])}


def _content(grant: Grant) -> tuple[object, ...]:
    return (
        grant.IssuingAccount,
        frozenset(grant.Operations),
        grant.grantee,
        grant.retiring,
        grant.Constraints,
    )


def _entry(grant: Grant, key_arn: str) -> dict[str, Any]:
    """A GrantListEntry: of what the grant doesn't have, it says nothing, except that a name may be empty."""
    told: dict[str, Any] = {
        "KeyId": key_arn,
        "GrantId": grant.GrantId,
        "Name": grant.Name or "",
        "CreationDate": grant.CreationDate,
        "IssuingAccount": grant.IssuingAccount,
        "Operations": list(grant.Operations),
    }
    told |= {name: value for name in PRINCIPALS if (value := getattr(grant, name)) is not None}
    if grant.Constraints is not None:
        held = grant.Constraints
        contexts = {
            "EncryptionContextEquals": held.EncryptionContextEquals,
            "EncryptionContextSubset": held.EncryptionContextSubset,
        }
        told["Constraints"] = {name: dict(pairs) for name, pairs in contexts.items() if pairs is not None}
        if held.SourceArn is not None:
            told["Constraints"]["SourceArn"] = held.SourceArn
    return told
