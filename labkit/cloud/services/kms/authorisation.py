"""May this caller use this key? First the policies, in which conditions may look at the request, then grants.

    an explicit deny, anywhere           no
    the key policy, and where it leaves it to them the IAM policies       yes
    a grant to the caller                yes

An everyday call is settled by the policies; grants are looked up, and facts gathered, only if they matter.
Source: KMS Developer Guide, "Key access and permissions", "Grants in AWS KMS", "Troubleshooting key access".
"""

from abc import abstractmethod
from collections.abc import Iterator
from functools import partial

from labkit.cloud.core.facts import global_facts
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.service import Service
from labkit.cloud.identity.named import as_meant, unique_id_of
from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.kms.conditions import Asked, facts
from labkit.cloud.services.kms.granting import (
    BadTokenError,
    GrantToken,
    fault_of,
    grants_to,
    looked_at,
    names_of,
)
from labkit.cloud.services.kms.model import Grant, Key, KmsTables

faults = Faults("kms")

# Both ReEncryptFrom and Decrypt may leave it to the ciphertext to name the key.
NAMED_BY_CIPHERTEXT = {"kms:Decrypt": "KeyId", "kms:ReEncryptFrom": "SourceKeyId"}


class Authorisation(Service):
    """Every question that KMS asks of policies and grants goes through here."""

    tables: KmsTables  # of the caller's account

    @abstractmethod
    def find_key(self, KeyId: str) -> Key:
        """The key that a key id, key ARN, alias name or alias ARN stands for."""

    def tables_of(self, account: str) -> KmsTables:
        """The keys of an account in this region."""
        if account == self.account:
            return self.tables
        return self.cloud.store.tables(KmsTables, account, self.region)

    def allow_key(self, key: Key, action: str = "") -> None:
        """Go on only if the key's policy and the caller's, or a grant, let this operation use the key.

        Raises:
            AccessDeniedException: they don't. InvalidGrantTokenException: a grant token is none.
        """
        if "GrantTokens" in self.call.parameters:
            self._grants_by_token()
        self.allow(
            key.Arn,
            action,
            self.policy_of(key) if key.PolicyNames else key.Policy,
            rooted=True,
            facts=partial(self.facts_of, action, key),
            grants=partial(self._grants_looked_at, key, action),
        )

    def policy_of(self, key: Key) -> str:
        """The key's policy; who was deleted since it was put stands in it by the unique id."""
        return as_meant(self.cloud, key.Policy, key.PolicyNames) if key.PolicyNames else key.Policy

    def facts_of(self, action: str = "", key: Key | None = None) -> Facts:
        """KMS's condition keys for `action`, by default this operation, on `key`."""
        return facts(self.asked(action, key))

    def asked(self, action: str = "", key: Key | None = None) -> Asked:
        """What condition keys and grants are judged by."""
        name = action.removeprefix("kms:") or self.operation
        return Asked(self.call, self.principal, name, key, self._aliases_of, self.find_key, self.attestation)

    @abstractmethod
    def attestation(self) -> Facts:
        """What the attestation document in this request says, as condition keys; nothing without one."""

    def source_arn(self, key: Key) -> str:
        """The resource on whose behalf a service asks (aws:SourceArn); "" if there is none."""
        return str(global_facts(self.call, self.principal, key.Arn).get("aws:SourceArn", ""))

    def find_grant(self, token: str) -> tuple[Key, Grant]:
        """The grant that a grant token stands for, and the key that it is on.

        Raises:
            InvalidGrantTokenException: it is no grant token, or its grant is gone.
        """
        try:
            account, key_id, grant_id = GrantToken.parse(token)
        except BadTokenError:
            raise invalid_token() from None
        tables = self.tables_of(account)
        key, grant = tables.keys.get(key_id), tables.grants.get(f"{key_id}/{grant_id}")
        if key is None or grant is None:
            raise invalid_token()
        return key, grant

    def check_within_reach(self, account: str) -> None:
        """Go on only if `account` is the caller's: of others, nobody learns what they have and what not.

        Raises:
            AccessDeniedException: it is another one.
        """
        if account != self.account:
            # ReEncrypt finds its source by the ciphertext, so what it names is where it goes.
            action = self.operation.replace("ReEncrypt", "ReEncryptTo")
            raise self.out_of_reach(f"kms:{action}")

    def out_of_reach(self, action: str) -> AwsError:
        """AWS's answer about a key in another account: it does not even tell whether there is such a key."""
        parameter = NAMED_BY_CIPHERTEXT.get(action)
        by_ciphertext = parameter is not None and not self.call.parameters.get(parameter)
        place = "the resource associated with this ciphertext" if by_ciphertext else "this resource"
        return faults.AccessDeniedException(
            f"User: {self.principal.arn} is not authorized to perform: {action} on {place} because the "
            "resource does not exist in this Region, no resource-based policies allow access, or a "
            "resource-based policy explicitly denies access"
        )

    def _denied(self, decision: Decision) -> Exception:
        account = decision.resource.split(":", 5)[4] if decision.resource != "*" else self.account
        if account != self.account and "resource-based" in decision.reason:
            return self.out_of_reach(decision.action)
        return super()._denied(decision)

    def _aliases_of(self, key: Key) -> list[str]:
        tables = self.tables_of(key.Arn.split(":", 5)[4])
        return [alias.AliasName for alias in tables.aliases.having("target", key.KeyId)]

    def _grants_by_token(self) -> list[Grant]:
        return [self.find_grant(token)[1] for token in self.call.parameters["GrantTokens"]]

    def _grants_looked_at(self, key: Key, action: str) -> Iterator[StatementOutcome]:
        """The outcomes of the grants that name the caller, until one of them allows this."""
        asked = self.asked(action, key)
        source = self.source_arn(key)
        for grant in self._candidates(key):
            fault = self._fault_of_grantee(grant) or fault_of(grant, asked, source)
            if fault is None and grant.grantee.endswith(":root"):
                fault = self._fault_of_caller(asked, key)
            yield looked_at(grant, fault, "the caller is its grantee, and its constraints are met")
            if fault is None:
                return

    def _candidates(self, key: Key) -> Iterator[Grant]:
        """The grants on `key` that name the caller in one way or another; those named by a token first."""
        names = list(names_of(self.principal, self.region))
        if "GrantTokens" in self.call.parameters:
            for grant in self._grants_by_token():
                if grant.KeyId == key.KeyId and grant.grantee in names:
                    yield grant
        tables = self.tables_of(key.Arn.split(":", 5)[4])
        for name in names:
            yield from grants_to(tables, key.KeyId, name)

    def _fault_of_grantee(self, grant: Grant) -> tuple[str, str] | None:
        if grant.GranteeId and unique_id_of(self.cloud, grant.grantee) != grant.GranteeId:
            return "GranteePrincipal", "it is to somebody else, who had this name before and was deleted"
        return None

    def _fault_of_caller(self, asked: Asked, key: Key) -> tuple[str, str] | None:
        """A grant to an account leaves it to the account's own policies who of them may use it."""
        question = Question(self.principal, f"kms:{asked.action}", key.Arn, owner=self.account)
        known = {**global_facts(self.call, self.principal, key.Arn), **facts(asked)}
        if decide(question, lambda: known).allowed:
            return None
        return "GranteePrincipal", "it is the caller's account, whose identity-based policies don't allow it"


def invalid_token() -> AwsError:
    """The error for a grant token that is none."""
    return faults.InvalidGrantTokenException("The grant token is invalid.")
