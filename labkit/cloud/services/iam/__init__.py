"""AWS Identity and Access Management: users, groups, roles, and the policies that bind them.

Each module here is a chapter; the class below is the book they are bound into. What IAM remembers lives in
labkit/cloud/identity, as every call of every service needs it.
"""

from labkit.cloud.services.iam.access_keys import AccessKeys
from labkit.cloud.services.iam.account import Account
from labkit.cloud.services.iam.attachments import Attachments
from labkit.cloud.services.iam.boundaries import Boundaries
from labkit.cloud.services.iam.groups import Groups
from labkit.cloud.services.iam.inline_policies import InlinePolicies
from labkit.cloud.services.iam.managed_policies import ManagedPolicies
from labkit.cloud.services.iam.memberships import Memberships
from labkit.cloud.services.iam.policy_versions import PolicyVersions
from labkit.cloud.services.iam.roles import Roles
from labkit.cloud.services.iam.simulation import Simulation
from labkit.cloud.services.iam.tags import Tags
from labkit.cloud.services.iam.users import Users


class Iam(
    Users,
    AccessKeys,
    Groups,
    Memberships,
    Roles,
    InlinePolicies,
    ManagedPolicies,
    PolicyVersions,
    Attachments,
    Boundaries,
    Tags,
    Account,
    Simulation,
):
    """Every operation of IAM that the lab answers."""


__all__ = ["Iam"]
