"""AWS Security Token Service: first of all, who am I?

Source: STS API Reference, "GetCallerIdentity".
"""

from labkit.cloud.core.service import Service


class Sts(Service):
    """Answers for the caller's identity; sessions and roles come with the chapter on identity."""

    name = "sts"
    reads = frozenset({"GetCallerIdentity"})

    def get_caller_identity(self) -> dict[str, str]:
        """The account, the ARN and the unique id of whoever signed this request."""
        self.allow_everybody("no permission is required, and a policy can't deny it")
        return {"UserId": self.principal.user_id, "Account": self.account, "Arn": self.principal.arn}
