"""What every chapter of STS shares: the caller's own session, MFA, and how new credentials are told.

The lab has no MFA devices: whoever names one and gives six digits has authenticated with it.
"""

from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.service import Service
from labkit.cloud.identity.credentials import Issued, Session, find_credential
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.state.arns import partition_of

faults = Faults("sts")

MFA_PRESENT = "aws:MultiFactorAuthPresent"


class StsService(Service):
    """Base of STS's chapters."""

    name = "sts"
    reads = frozenset({"AssumeRole"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.now = call.time.replace(microsecond=0)  # STS knows no fractions of a second

    @property
    def partition(self) -> str:
        """The partition of the region that this call went to."""
        return partition_of(self.region)

    def own_session(self) -> Session | None:
        """The session that the caller signs with; None for long-lived credentials."""
        credential = find_credential(self.cloud, self.principal.access_key_id)
        return credential.Session if credential else None

    def check_mfa(self, SerialNumber: str | None, TokenCode: str | None) -> bool:
        """Whether the caller authenticates with an MFA device in this call. AccessDenied: only half of it."""
        if bool(SerialNumber) != bool(TokenCode):
            raise faults.AccessDenied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
                "code."
            )
        return bool(SerialNumber)

    def session_facts(self, mfa: bool) -> dict[str, str]:
        """The condition keys that every call of a new session will have."""
        return {
            MFA_PRESENT: "true" if mfa else "false",
            "aws:TokenIssueTime": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
        }

    def _denied(self, decision: Decision) -> Exception:
        # Unlike other services, STS does not say which policy would have had to allow.
        refusal = super()._denied(decision)
        assert isinstance(refusal, AwsError)
        return faults.AccessDenied(refusal.message.split(" because ")[0])


def credentials_answer(issued: Issued) -> dict[str, Any]:
    """New temporary credentials, with their secrets: the only time that they are told."""
    return {
        "AccessKeyId": issued.credential.AccessKeyId,
        "SecretAccessKey": issued.secret,
        "SessionToken": issued.token,
        "Expiration": issued.credential.Expiration,
    }
