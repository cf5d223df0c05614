"""Who is asking: the account's root, a user, a role's session, a service, or nobody in particular.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers".
"""

from dataclasses import dataclass
from functools import lru_cache

from labkit.cloud.state.arns import arn

ADMINISTRATOR = "Administrator"


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller. `kind` is CloudTrail's userIdentity type, such as IAMUser, AssumedRole or AWSService."""

    kind: str
    arn: str
    account: str
    user_id: str
    name: str
    access_key_id: str = ""
    administrator: bool = False


@lru_cache(maxsize=1024)
def administrator(account: str, access_key_id: str, partition: str) -> Principal:
    """The user with the AdministratorAccess policy that every lab account has from the start."""
    return Principal(
        kind="IAMUser",
        arn=arn("iam", "", account, f"user/{ADMINISTRATOR}", partition=partition),
        account=account,
        user_id="AIDA" + account.rjust(17, "A")[:17],
        name=ADMINISTRATOR,
        access_key_id=access_key_id,
        administrator=True,
    )


def service_principal(service: str, account: str) -> Principal:
    """An AWS service that acts by itself in `account`, such as kms.amazonaws.com rotating a key."""
    host = f"{service}.amazonaws.com"
    return Principal(kind="AWSService", arn=host, account=account, user_id=host, name=host)
