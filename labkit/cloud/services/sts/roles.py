"""Taking on a role: two sides must agree, the role's trust policy and the caller's own policies.

The trust policy is the policy on the resource. Where it names the caller itself, in the same account, it is
enough; where it names the account, the caller's policies must allow sts:AssumeRole as well; from another
account they must in any case.
Source: STS API Reference, "AssumeRole"; IAM User Guide, "Methods to assume a role".
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.identity.credentials import Session, issue_session
from labkit.cloud.identity.directory import find_role_by_arn
from labkit.cloud.identity.model import Role
from labkit.cloud.identity.named import as_meant
from labkit.cloud.identity.principals import session_arn
from labkit.cloud.policy.principal import ASSUMED_ROLE
from labkit.cloud.policy.question import Facts
from labkit.cloud.services.sts.passed import packed_size, session_policies, session_tags
from labkit.cloud.services.sts.service import MFA_PRESENT, StsService, credentials_answer, faults
from labkit.cloud.state.arns import Arn

ONE_HOUR = 3600


class Roles(StsService):
    """AssumeRole."""

    def assume_role(
        self,
        RoleArn: str,
        RoleSessionName: str,
        PolicyArns: Sequence[Mapping[str, str]] = (),
        Policy: str | None = None,
        DurationSeconds: int = ONE_HOUR,
        Tags: Sequence[Mapping[str, str]] = (),
        TransitiveTagKeys: Sequence[str] = (),
        ExternalId: str | None = None,
        SerialNumber: str | None = None,
        TokenCode: str | None = None,
        SourceIdentity: str | None = None,
        ProvidedContexts: Sequence[Mapping[str, str]] = (),
        MinimumSessionTokenSize: int = 0,
    ) -> dict[str, Any]:
        """Credentials that act as the role for a while, under the session's name.

        `Policy` and `PolicyArns` narrow what the session may do. Tags in `TransitiveTagKeys` go on into the
        next role, as does `SourceIdentity`. `ProvidedContexts` come from IAM Identity Center, which the lab
        does not have; they are passed over. The times are in seconds, the token's size in bytes.

        Raises:
            AccessDenied: the role does not trust the caller, the caller may not, or there is no such role.
            ValidationError: no ARN, longer than the role or role chaining lets it last, or tags amiss.
            MalformedPolicyDocument, PackedPolicyTooLarge: the session policies.
        """
        role = find_role_by_arn(self.cloud, RoleArn)
        if Arn.parse(RoleArn) is None:
            raise faults.ValidationError(f"{RoleArn} is invalid")
        session = self.own_session()
        mfa = self.check_mfa(SerialNumber, TokenCode)
        inherited = _handed_on(session)
        source_identity = SourceIdentity or (session.SourceIdentity if session else "")

        def facts() -> Facts:
            told: dict[str, Any] = dict(facts_of_tags(Tags))
            optional = {
                "sts:TransitiveTagKeys": list(TransitiveTagKeys),
                "sts:ExternalId": ExternalId,
                "sts:SourceIdentity": source_identity,
            }
            told |= {name: value for name, value in optional.items() if value}
            told |= {MFA_PRESENT: "true"} if mfa else {}
            return told | {"sts:RoleSessionName": RoleSessionName, "sts:DurationSeconds": DurationSeconds}

        trust = as_meant(self.cloud, role.TrustPolicy, role.TrustNames) if role else None
        asked = ["sts:AssumeRole"]
        asked += ["sts:TagSession"] if Tags or inherited else []
        asked += ["sts:SetSourceIdentity"] if source_identity else []
        for action in asked:
            self.allow(RoleArn, action, trust, rooted=True, facts=facts)
        assert role is not None, "nobody may take on a role that is not there"
        self._check_duration(role, DurationSeconds)
        account = RoleArn.split(":")[4]
        issued = issue_session(
            self.cloud,
            account=account,
            partition=RoleArn.split(":")[1],
            kind=ASSUMED_ROLE,
            owner_id=role.RoleId,
            owner_name=role.RoleName,
            now=self.now,
            expiration=self.now + timedelta(seconds=DurationSeconds),
            name=RoleSessionName,
            policies=session_policies(self.cloud, account, Policy, PolicyArns),
            tags=session_tags(Tags, TransitiveTagKeys, inherited),
            transitive=[*inherited, *TransitiveTagKeys],
            source_identity=source_identity,
            facts=self.session_facts(mfa)
            | ({"aws:SourceIdentity": source_identity} if source_identity else {}),
            token_size=MinimumSessionTokenSize,
        )
        answer = {
            "Credentials": credentials_answer(issued),
            "AssumedRoleUser": {
                "AssumedRoleId": f"{role.RoleId}:{RoleSessionName}",
                "Arn": session_arn(issued.credential, "assumed-role", f"{role.RoleName}/{RoleSessionName}"),
            },
            **packed_size(Policy, PolicyArns, Tags),
        }
        return answer | ({"SourceIdentity": source_identity} if source_identity else {})

    def _check_duration(self, role: Role, DurationSeconds: int) -> None:
        if self.principal.kind == ASSUMED_ROLE and DurationSeconds > ONE_HOUR:
            raise faults.ValidationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
                "chaining."
            )
        if DurationSeconds > role.MaxSessionDuration:
            raise faults.ValidationError(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )


def _handed_on(session: Session | None) -> dict[str, str]:
    """The transitive tags of the caller's session."""
    if session is None:
        return {}
    return {key: value for key, value in session.Tags if key in session.TransitiveTagKeys}
