"""What IAM remembers of an account: users, groups, roles and the policies they share.

A user's record holds all that is the user's own (inline policies, what is attached, groups, boundary, tags),
so whatever changes a user's permissions replaces one record, and the lens shows it in one line.
Source: IAM API Reference, the data types User, Group, Role, Policy, PolicyVersion.
"""

from datetime import datetime

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import TagPairs
from labkit.cloud.policy.principal import AttachedPolicy
from labkit.cloud.state.tables import Tables, table
from labkit.records import Record

GLOBAL = "global"


class Group(Record):
    """Users that share policies. A group is no principal: it signs nothing, and no policy can name it."""

    GroupName: str
    GroupId: str
    Arn: str
    Path: str
    CreateDate: datetime
    Inline: tuple[AttachedPolicy, ...] = ()
    Attached: tuple[str, ...] = ()


class User(Record):
    """A person or a program with long-lived credentials. `Attached` and `Boundary` are policies' ARNs."""

    UserName: str
    UserId: str
    Arn: str
    Path: str
    CreateDate: datetime
    Inline: tuple[AttachedPolicy, ...] = ()
    Attached: tuple[str, ...] = ()
    Boundary: str = ""
    Tags: TagPairs = ()
    Groups: tuple[str, ...] = ()


class Role(Record):
    """An identity without credentials of its own: `TrustPolicy` says who may take it on for a while.

    `TrustNames` are the users and roles that the trust policy names, each with its unique id.
    """

    RoleName: str
    RoleId: str
    Arn: str
    Path: str
    CreateDate: datetime
    TrustPolicy: str
    Description: str = ""
    MaxSessionDuration: int = 3600
    Inline: tuple[AttachedPolicy, ...] = ()
    Attached: tuple[str, ...] = ()
    Boundary: str = ""
    Tags: TagPairs = ()
    TrustNames: TagPairs = ()


class PolicyVersion(Record):
    """One version of a managed policy; VersionIds count v1, v2, ... and are never used again."""

    VersionId: str
    Document: str
    CreateDate: datetime


class ManagedPolicy(Record):
    """A policy of its own, to be attached to many; one of its versions is the default, which binds."""

    PolicyName: str
    PolicyId: str
    Arn: str
    Path: str
    CreateDate: datetime
    UpdateDate: datetime
    Versions: tuple[PolicyVersion, ...]
    DefaultVersionId: str = "v1"
    NextVersion: int = 2
    Description: str = ""
    Tags: TagPairs = ()

    @property
    def document(self) -> str:
        """The JSON of the default version."""
        return next(one.Document for one in self.Versions if one.VersionId == self.DefaultVersionId)


class IdentityTables(Tables):
    """The identities of one account; IAM is global, so there is one set for all regions.

    Names are unique whatever their case: the index "folded" finds the one that stands in the way.
    """

    service = "iam"
    users = table(User, key="UserName", indexes={"folded": lambda user: user.UserName.lower()})
    groups = table(Group, key="GroupName", indexes={"folded": lambda group: group.GroupName.lower()})
    roles = table(Role, key="RoleName", indexes={"folded": lambda role: role.RoleName.lower()})
    policies = table(ManagedPolicy, key="PolicyName", indexes={"folded": lambda one: one.PolicyName.lower()})


def identities(cloud: Cloud, account: str) -> IdentityTables:
    """The identities of an account."""
    return cloud.store.tables(IdentityTables, account, GLOBAL)
