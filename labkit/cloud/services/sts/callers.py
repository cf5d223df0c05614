"""Who am I, and whose access key is this?

Source: STS API Reference, "GetCallerIdentity", "GetAccessKeyInfo".
"""

from labkit.cloud.core.cloud import DEFAULT_ACCOUNT
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.services.sts.service import StsService


class Callers(StsService):
    """Questions about credentials."""

    def get_caller_identity(self) -> dict[str, str]:
        """The account, the ARN and the unique id of whoever signed this request."""
        self.allow_everybody("no permission is required, and a policy can't deny it")
        return {"UserId": self.principal.user_id, "Account": self.account, "Arn": self.principal.arn}

    def get_access_key_info(self, AccessKeyId: str) -> dict[str, str]:
        """The account that an access key belongs to. One that the lab never made is the default account's."""
        self.allow("*")
        credential = find_credential(self.cloud, AccessKeyId)
        return {"Account": credential.Account if credential else DEFAULT_ACCOUNT}
