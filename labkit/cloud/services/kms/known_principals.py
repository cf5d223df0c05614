"""Is there such a user or role? KMS lets neither a key policy nor a grant name somebody who does not exist.

The lab can tell for an account that has users or roles in it. In one that has none, whoever is named is
taken to exist, so that an example with made-up names runs as it stands.
Source: KMS Developer Guide, "Key policies in AWS KMS" ("Principal"); KMS API Reference, "CreateGrant".
"""

import re

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.directory import find_user
from labkit.cloud.identity.model import identities
from labkit.cloud.state.arns import Arn

ACCOUNT = re.compile(r"\d{12}")
SERVICE_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")
SESSIONS = ("assumed-role/", "federated-user/")


def is_principal(cloud: Cloud, name: str, partition: str) -> bool:
    """Whether `name` is the ARN of an account's root, a user, a role or a session, in this partition.

    A group is none, and neither is a user or role that its account does not have.
    """
    arn = Arn.parse(name)
    if arn is None or arn.partition != partition or arn.region or not ACCOUNT.fullmatch(arn.account):
        return False
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "sts":
        return arn.resource.startswith(SESSIONS) and _session_is_possible(cloud, arn.account, kind, rest)
    if arn.service != "iam":
        return False
    if arn.resource == "root":
        return True
    if kind not in ("user", "role") or not rest:
        return False
    return not is_told(cloud, arn.account) or _exists(cloud, arn, kind, name)


def is_told(cloud: Cloud, account: str) -> bool:
    """Whether the lab knows who is in `account`."""
    tables = identities(cloud, account)
    return bool(len(tables.users) or len(tables.roles))


def _exists(cloud: Cloud, arn: Arn, kind: str, name: str) -> bool:
    short = arn.resource.rpartition("/")[2]
    if kind == "user":
        user = find_user(cloud, arn.account, short, arn.partition)
        return user is not None and user.Arn == name
    role = identities(cloud, arn.account).roles.get(short)
    return role is not None and role.Arn == name


def _session_is_possible(cloud: Cloud, account: str, kind: str, rest: str) -> bool:
    """A session needs no record, but an assumed role does."""
    role, slash, session = rest.partition("/")
    if kind == "federated-user":
        return bool(role)
    if not slash or not session:
        return False
    return not is_told(cloud, account) or role in identities(cloud, account).roles
