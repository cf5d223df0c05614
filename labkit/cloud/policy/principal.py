"""Who is asking: the account's root, a user, a role's session, a service, or nobody in particular.

A principal carries the policies that bind it, so that a decision needs nothing but the principal, the
question and the resource's own policy.
Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers"; CloudTrail User Guide,
"CloudTrail userIdentity element".
"""

from functools import cache, lru_cache
from typing import NamedTuple

from labkit.cloud.state.arns import arn
from labkit.records import Record

ADMINISTRATOR = "Administrator"
ROOT, USER, ASSUMED_ROLE, FEDERATED_USER = "Root", "IAMUser", "AssumedRole", "FederatedUser"
SERVICE, ANONYMOUS = "AWSService", "Anonymous"


class AttachedPolicy(NamedTuple):
    """A policy as it is attached to a principal: its ARN, or its name if it is inline, and its JSON."""

    name: str
    document: str


ADMINISTRATOR_ACCESS = AttachedPolicy(
    "arn:aws:iam::aws:policy/AdministratorAccess",
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
)


class Principal(Record, eq=False):
    """One caller. `kind` is CloudTrail's userIdentity type: Root, IAMUser, AssumedRole, AWSService, ...

    `policies` are its identity-based policies, those of its groups included; `boundary` its permissions
    boundary; `session_policies` those passed when the session was made (empty: none were). `issuer` is the
    ARN of the role or user that a session was made from. `tags` are the principal's or session's, and
    `facts` the condition keys that come with the credential, such as aws:MultiFactorAuthPresent.

    It is equal to itself alone: decisions are remembered by principal, and to compare all the policies of
    two would take longer than to decide anew.
    """

    kind: str
    arn: str
    account: str
    user_id: str
    name: str
    access_key_id: str = ""
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: AttachedPolicy | None = None
    session_policies: tuple[AttachedPolicy, ...] = ()
    issuer: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def administrator(self) -> bool:
        """Whether this is the user whom every lab account has from the start."""
        return ADMINISTRATOR_ACCESS in self.policies


@lru_cache(maxsize=1024)
def administrator(account: str, access_key_id: str, partition: str) -> Principal:
    """The user with the AdministratorAccess policy that every lab account has from the start."""
    return Principal(
        kind=USER,
        arn=arn("iam", "", account, f"user/{ADMINISTRATOR}", partition=partition),
        account=account,
        user_id="AIDA" + account.rjust(17, "A")[:17],
        name=ADMINISTRATOR,
        access_key_id=access_key_id,
        policies=(ADMINISTRATOR_ACCESS,),
    )


@lru_cache(maxsize=1024)
def service_principal(service: str, account: str, source: str = "") -> Principal:
    """An AWS service that acts by itself in `account`, such as kms.amazonaws.com rotating a key.

    `source` is the ARN of the resource for which it does. Policies ask for it, so that nobody can have a
    service do for them what they may not do themselves.
    Source: IAM User Guide, "The confused deputy problem".
    """
    host = f"{service}.amazonaws.com"
    facts = (("aws:SourceArn", source), ("aws:SourceAccount", account)) if source else ()
    return Principal(kind=SERVICE, arn=host, account=account, user_id=host, name=host, facts=facts)


@cache
def anonymous() -> Principal:
    """A caller who signed nothing. It is in no account, and only a policy that names everybody lets it in."""
    return Principal(kind=ANONYMOUS, arn="*", account="", user_id="", name="anonymous")
