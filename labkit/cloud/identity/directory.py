"""Finding identities: a user, a group, a role or a policy by what it is called.

The administrator is found like any user although no record of it is kept: it is who everybody is that comes
with an access key the lab never made. A policy's ARN leads to AWS's own or to the account's.
"""

from datetime import UTC, datetime

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.managed import OWNER, aws_managed
from labkit.cloud.identity.model import ManagedPolicy, Role, User, identities
from labkit.cloud.policy.principal import ADMINISTRATOR, ADMINISTRATOR_ACCESS, administrator
from labkit.cloud.state.arns import Arn

# When the administrator of every account came to be.
THE_BEGINNING = datetime(2014, 11, 12, tzinfo=UTC)


def find_user(cloud: Cloud, account: str, name: str, partition: str = "aws") -> User | None:
    """The user of this name, or None; the administrator is there from the start."""
    user = identities(cloud, account).users.get(name)
    if user is None and name == ADMINISTRATOR:
        return administrators_record(account, partition)
    return user


def administrators_record(account: str, partition: str) -> User:
    """The administrator as IAM shows it. It becomes a record of its own when somebody changes it."""
    who = administrator(account, "", partition)
    policy = ADMINISTRATOR_ACCESS.name.replace(":aws:", f":{partition}:", 1)
    return User(who.name, who.user_id, who.arn, "/", THE_BEGINNING, Attached=(policy,))


def find_policy(cloud: Cloud, policy_arn: str) -> ManagedPolicy | None:
    """The managed policy with this ARN, AWS's or of the account that the ARN names; None if there is none."""
    parsed = Arn.parse(policy_arn)
    if parsed is None:
        return None
    if parsed.account == OWNER:
        return aws_managed(parsed.partition).get(policy_arn)
    policy = identities(cloud, parsed.account).policies.get(parsed.resource.rsplit("/", 1)[-1])
    return policy if policy is not None and policy.Arn == policy_arn else None


def find_role_by_arn(cloud: Cloud, role_arn: str) -> Role | None:
    """The role with this ARN, in whichever account; None if there is none."""
    parsed = Arn.parse(role_arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("role/"):
        return None
    role = identities(cloud, parsed.account).roles.get(parsed.resource.rsplit("/", 1)[-1])
    return role if role is not None and role.Arn == role_arn else None
