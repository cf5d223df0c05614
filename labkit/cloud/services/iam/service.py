"""What every chapter of IAM begins with: find it, and may I.

IAM is global: an identity has no region in its ARN, and a client in any region sees the same ones. A call
that may not touch an identity is refused before it learns whether there is one.
Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management"; IAM API Reference for the wording of errors.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.core.service import Service
from labkit.cloud.identity.directory import find_policy, find_user
from labkit.cloud.identity.managed import OWNER
from labkit.cloud.identity.model import Group, ManagedPolicy, Role, User, identities
from labkit.cloud.policy.principal import USER, Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.state.arns import Arn, arn, partition_of

faults = Faults("iam")

Owner = User | Group | Role
R = TypeVar("R")

PAGE = 100


class IamService(Service):
    """Base of IAM's chapters."""

    name = "iam"
    reads = frozenset({"SimulateCustomPolicy", "SimulatePrincipalPolicy"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = identities(cloud, self.account)
        self.now = call.time.replace(microsecond=0)  # IAM knows no fractions of a second
        self.partition = partition_of(self.region)

    def arn_of(self, kind: str, path: str, name: str) -> str:
        """The ARN of a user, group, role or policy of this account."""
        return arn("iam", "", self.account, f"{kind}{path}{name}", partition=self.partition)

    def find_user(self, UserName: str, **asked: Any) -> User:
        """The user of this name, if the caller may do this to it; for `asked` see `facts_about`.

        Raises:
            AccessDenied: the caller may not. NoSuchEntity: there is no such user.
        """
        user = find_user(self.cloud, self.account, UserName, self.partition)
        self.allow_on(user, "user", UserName, **asked)
        if user is None:
            raise missing("user", UserName)
        return user

    def find_group(self, GroupName: str, **asked: Any) -> Group:
        """The group of this name, if the caller may do this to it. AccessDenied or NoSuchEntity."""
        group = self.tables.groups.get(GroupName)
        self.allow_on(group, "group", GroupName, **asked)
        if group is None:
            raise missing("group", GroupName)
        return group

    def find_role(self, RoleName: str, **asked: Any) -> Role:
        """The role of this name, if the caller may do this to it. AccessDenied or NoSuchEntity."""
        role = self.tables.roles.get(RoleName)
        self.allow_on(role, "role", RoleName, **asked)
        if role is None:
            raise missing("role", RoleName)
        return role

    def find_policy(self, PolicyArn: str, **asked: Any) -> ManagedPolicy:
        """The managed policy with this ARN, AWS's own included, if the caller may do this to it.

        Raises:
            AccessDenied: the caller may not. InvalidInput: this is no ARN of a policy.
            NoSuchEntity: there is no such policy in this account.
        """
        check_policy_arn(PolicyArn)
        policy = self.policy_in_reach(PolicyArn)
        # AWS's own policies are in every account, though their ARNs name none.
        owner = self.account if PolicyArn.split(":")[4] == OWNER else ""
        self.allow(PolicyArn, owner=owner, facts=lambda: facts_about(policy, **asked))
        if policy is None:
            raise faults.NoSuchEntityException(f"Policy {PolicyArn} was not found.")
        return policy

    def find_own_policy(self, PolicyArn: str, **asked: Any) -> ManagedPolicy:
        """The same, if it can be changed: AWS's own can't. AccessDenied says so."""
        policy = self.find_policy(PolicyArn, **asked)
        if policy.PolicyName not in self.tables.policies:
            raise faults.AccessDenied("Policy is outside your own account.")
        return policy

    def policy_in_reach(self, PolicyArn: str) -> ManagedPolicy | None:
        """The policy with this ARN if this account may use it: its own, or one of AWS's."""
        parsed = Arn.parse(PolicyArn)
        if parsed is None or parsed.account not in (self.account, OWNER):
            return None
        return find_policy(self.cloud, PolicyArn)

    def user_named(self, UserName: str) -> User:
        """The user of this name, for a call that asks for permission on something else; NoSuchEntity."""
        user = find_user(self.cloud, self.account, UserName, self.partition)
        if user is None:
            raise missing("user", UserName)
        return user

    def members(self, group: Group) -> list[User]:
        """The users in a group, in the order of their names."""
        return [user for user in self.tables.users if group.GroupName in user.Groups]

    def allow_new(
        self, resource: str, tagging: str, boundary: str | None, tags: Sequence[Mapping[str, str]]
    ) -> None:
        """Go on only if the caller may make this, with this boundary and these tags.

        Whoever passes tags needs the permission for `tagging` ("iam:TagUser"), too.
        """
        for action in ["", tagging] if tags else [""]:
            self.allow(resource, action, facts=lambda: facts_about(None, Boundary=boundary or "", Tags=tags))

    def allow_on(self, found: Owner | None, kind: str, name: str, **asked: Any) -> None:
        """Go on only if the caller may do this to what was found, or to what would have this name."""
        resource = found.Arn if found else self.arn_of(kind, "/", name)
        self.allow(resource, facts=lambda: facts_about(found, **asked))

    def keep(self, owner: Owner) -> None:
        """Put a user, group or role back, changed."""
        if isinstance(owner, User):
            self.tables.users.put(owner)
        elif isinstance(owner, Group):
            self.tables.groups.put(owner)
        else:
            self.tables.roles.put(owner)

    def own_name(self, UserName: str | None) -> str:
        """The user that a call is about: the caller, if it names none.

        Raises:
            ValidationError: it names none, and the caller is a session or a service.
        """
        if UserName:
            return UserName
        if self.principal.kind != USER:
            raise faults.ValidationError("Must specify userName when calling with non-User credentials")
        return self.principal.name

    def page(
        self, items: Iterable[R], name_of: Callable[[R], str], Marker: str | None, MaxItems: int
    ) -> tuple[Sequence[R], dict[str, Any]]:
        """One page of `items`, and the IsTruncated and Marker that go with it; ValidationError."""
        try:
            page, marker = page_of_list(list(items), name_of, Marker, MaxItems)
        except BadMarkerError:
            raise faults.ValidationError("Invalid Marker.") from None
        return page, {"IsTruncated": False} if marker is None else {"IsTruncated": True, "Marker": marker}


def facts_about(
    found: Owner | ManagedPolicy | None,
    *,
    PolicyArn: str = "",
    Boundary: str = "",
    Tags: Sequence[Mapping[str, str]] = (),
    TagKeys: Sequence[str] = (),
) -> Facts:
    """The condition keys of a call to IAM: what it is done to, and what it brings.

    `PolicyArn` is the policy to be attached or detached, `Boundary` the boundary to be set, `Tags` and
    `TagKeys` the tags to be added or taken away.
    """
    told: dict[str, Any] = {}
    for name, value in () if found is None or isinstance(found, Group) else found.Tags:
        told[f"aws:ResourceTag/{name}"] = told[f"iam:ResourceTag/{name}"] = value
    told |= {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in Tags}
    keys = [tag["Key"] for tag in Tags] or list(TagKeys)
    boundary = Boundary or (found.Boundary if isinstance(found, User | Role) else "")
    optional = {"aws:TagKeys": keys, "iam:PolicyARN": PolicyArn, "iam:PermissionsBoundary": boundary}
    return told | {name: value for name, value in optional.items() if value}


def check_policy_arn(PolicyArn: str) -> None:
    """Go on only if this can be the ARN of a managed policy; InvalidInput."""
    parsed = Arn.parse(PolicyArn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("policy/"):
        raise faults.InvalidInputException(f"ARN {PolicyArn} is not valid.")


def missing(kind: str, name: str) -> Exception:
    """NoSuchEntity for a user, group or role, or for one of their inline policies."""
    return faults.NoSuchEntityException(f"The {kind} with name {name} cannot be found.")
