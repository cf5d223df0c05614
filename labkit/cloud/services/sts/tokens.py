"""Temporary credentials for a user: the user's own for a while (GetSessionToken), or a federated user's.

Source: STS API Reference, "GetSessionToken", "GetFederationToken".
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.identity.credentials import Issued, issue_session
from labkit.cloud.policy.principal import FEDERATED_USER, USER, AttachedPolicy
from labkit.cloud.services.sts.passed import packed_size, session_policies, session_tags
from labkit.cloud.services.sts.service import StsService, credentials_answer, faults
from labkit.cloud.state.arns import arn

TWELVE_HOURS = 43200


class Tokens(StsService):
    """GetSessionToken and GetFederationToken."""

    def get_session_token(
        self,
        DurationSeconds: int = TWELVE_HOURS,
        SerialNumber: str | None = None,
        TokenCode: str | None = None,
        MinimumSessionTokenSize: int = 0,
    ) -> dict[str, Any]:
        """Temporary credentials that are the caller's own, which remember whether MFA was used.

        Raises:
            AccessDenied: the caller has temporary credentials already, or gives half of an MFA code.
        """
        self.allow_everybody("no permission is required, and a policy can't deny it")
        self._check_is_user()
        mfa = self.check_mfa(SerialNumber, TokenCode)
        issued = self._issue(USER, "", DurationSeconds, MinimumSessionTokenSize, self.session_facts(mfa))
        return {"Credentials": credentials_answer(issued)}

    def get_federation_token(
        self,
        Name: str,
        Policy: str | None = None,
        PolicyArns: Sequence[Mapping[str, str]] = (),
        DurationSeconds: int = TWELVE_HOURS,
        Tags: Sequence[Mapping[str, str]] = (),
        MinimumSessionTokenSize: int = 0,
    ) -> dict[str, Any]:
        """Temporary credentials for somebody who is no user here, called `Name`.

        They may do what both the caller's policies and the passed ones allow, so without any: nothing.

        Raises:
            AccessDenied: the caller may not, or has temporary credentials.
            MalformedPolicyDocument, PackedPolicyTooLarge: the session policies. ValidationError: tags amiss.
        """
        federated = arn("sts", "", self.account, f"federated-user/{Name}", partition=self.partition)
        self._check_is_user()
        told = facts_of_tags(Tags)
        for action in ["sts:GetFederationToken", *(["sts:TagSession"] if Tags else [])]:
            self.allow(federated, action, facts=lambda: told)
        issued = self._issue(
            FEDERATED_USER,
            Name,
            DurationSeconds,
            MinimumSessionTokenSize,
            self.session_facts(mfa=False),
            session_policies(self.cloud, self.account, Policy, PolicyArns),
            session_tags(Tags, (), {}),
        )
        return {
            "Credentials": credentials_answer(issued),
            "FederatedUser": {"FederatedUserId": f"{self.account}:{Name}", "Arn": federated},
            **packed_size(Policy, PolicyArns, Tags),
        }

    def _check_is_user(self) -> None:
        if self.principal.kind != USER or self.own_session() is not None:
            raise faults.AccessDenied(f"Cannot call {self.operation} with session credentials")

    def _issue(
        self,
        kind: str,
        name: str,
        seconds: int,
        token_size: int,
        facts: Mapping[str, str],
        policies: Sequence[AttachedPolicy] = (),
        tags: Mapping[str, str] = {},
    ) -> Issued:
        return issue_session(
            self.cloud,
            account=self.account,
            partition=self.partition,
            kind=kind,
            owner_id=self.principal.user_id,
            owner_name=self.principal.name,
            now=self.now,
            expiration=self.now + timedelta(seconds=seconds),
            name=name,
            policies=policies,
            tags=tags,
            facts=facts,
            token_size=token_size,
        )
