"""From a credential to a principal: who is this, and which policies bind them, at this moment.

    access key AKIA... -> user -> its inline and attached policies, and those of its groups
    access key ASIA... -> session -> its role's policies, and the session policies that narrow them

Policies are looked up when a call is made, so a change binds the very next call, also of sessions that are
open. A principal once built is kept for as long as the records it was built from are the ones in the tables.
Source: IAM User Guide, "Policy evaluation logic"; STS API Reference, AssumeRole, GetFederationToken.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple, TypeVar

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import Credential, Session
from labkit.cloud.identity.directory import administrators_record, find_policy
from labkit.cloud.identity.managed import OWNER
from labkit.cloud.identity.model import Group, Role, User, identities
from labkit.cloud.policy.principal import (
    ADMINISTRATOR,
    ASSUMED_ROLE,
    FEDERATED_USER,
    USER,
    AttachedPolicy,
    Principal,
)
from labkit.cloud.state.arns import Arn, arn
from labkit.cloud.state.tables import Table
from labkit.records import replace

PRINCIPALS_AT_HAND = 1024

R = TypeVar("R")


class Source(NamedTuple):
    """One record that a principal was built from: it is out of date when the table holds another."""

    table: Table[Any]
    key: Hashable
    record: Any


class PrincipalsAtHand:
    """Principals built a moment ago, by access key id, each with the records it was built from."""

    def __init__(self, cloud: Cloud) -> None:
        self._built: dict[str, tuple[Credential, Principal, tuple[Source, ...]]] = {}

    def find(self, credential: Credential) -> Principal | None:
        """The principal of `credential`, if everything is still as it was."""
        found = self._built.get(credential.AccessKeyId)
        if found is None or found[0] is not credential:
            return None
        for table, key, record in found[2]:
            if table.get(key) is not record:
                return None
        return found[1]

    def keep(self, credential: Credential, principal: Principal, sources: tuple[Source, ...]) -> None:
        """Remember a principal; the one that came first leaves when there are too many."""
        self._built[credential.AccessKeyId] = credential, principal, sources
        if len(self._built) > PRINCIPALS_AT_HAND:
            del self._built[next(iter(self._built))]


def principal_of(cloud: Cloud, credential: Credential) -> Principal:
    """The principal that a credential stands for, with the policies that bind it now.

    A credential whose user or role is gone makes a principal that no policy allows anything. Whether the
    credential is active and in time is not asked here.
    """
    at_hand = cloud.part(PrincipalsAtHand)
    found = at_hand.find(credential)
    if found is None:
        reader = Reader(cloud, credential.Account)
        found = _BUILDERS[credential.Kind](reader, credential)
        at_hand.keep(credential, found, tuple(reader.sources))
    return found


class Reader:
    """Reads an account's identities, and notes in `sources` every record that it looked at, found or not."""

    def __init__(self, cloud: Cloud, account: str) -> None:
        self.sources: list[Source] = []
        self.account = account
        self._cloud = cloud
        self._tables = identities(cloud, account)

    def user(self, name: str, user_id: str, partition: str) -> User | None:
        """The user of this name, if it is still the one with this unique id."""
        user = self._read(self._tables.users, name)
        if user is None and name == ADMINISTRATOR:
            user = administrators_record(self.account, partition)
        return user if user is not None and user.UserId == user_id else None

    def role(self, name: str, role_id: str) -> Role | None:
        """The role of this name, if it is still the one with this unique id."""
        role = self._read(self._tables.roles, name)
        return role if role is not None and role.RoleId == role_id else None

    def policies(self, owner: User | Group | Role) -> tuple[AttachedPolicy, ...]:
        """What binds an identity: inline policies, attached ones, and a user's groups' policies."""
        own = (*owner.Inline, *self.attached(owner.Attached))
        if not isinstance(owner, User):
            return own
        groups = (self._read(self._tables.groups, name) for name in owner.Groups)
        return (*own, *(policy for group in groups if group is not None for policy in self.policies(group)))

    def boundary(self, owner: User | Role) -> AttachedPolicy | None:
        """The permissions boundary of an identity, if it has one."""
        return next(iter(self.attached([owner.Boundary])), None) if owner.Boundary else None

    def attached(self, arns: Iterable[str]) -> list[AttachedPolicy]:
        """The managed policies with these ARNs, with the documents that bind now."""
        held = []
        for policy_arn in arns:
            parsed = Arn.parse(policy_arn)
            policy = find_policy(self._cloud, policy_arn)
            if parsed is not None and parsed.account != OWNER:
                self._read(self._tables.policies, parsed.resource.rsplit("/", 1)[-1])
            if policy is not None:
                held.append(AttachedPolicy(policy_arn, policy.document))
        return held

    def _read(self, table: Table[R], key: str) -> R | None:
        record = table.get(key)
        self.sources.append(Source(table, key, record))
        return record


def principal_of_user(cloud: Cloud, account: str, user: User) -> Principal:
    """A user as a principal with no credential in hand, for questions such as "could they?"."""
    return _user(Reader(cloud, account), user)


def principal_of_role(cloud: Cloud, account: str, role: Role) -> Principal:
    """A role as a principal with no session, for questions such as "could they?"."""
    reader = Reader(cloud, account)
    return Principal(
        kind=ASSUMED_ROLE,
        arn=role.Arn,
        account=account,
        user_id=role.RoleId,
        name=role.RoleName,
        policies=reader.policies(role),
        boundary=reader.boundary(role),
        issuer=role.Arn,
        tags=role.Tags,
    )


def _user(reader: Reader, user: User) -> Principal:
    return Principal(
        kind=USER,
        arn=user.Arn,
        account=reader.account,
        user_id=user.UserId,
        name=user.UserName,
        policies=reader.policies(user),
        boundary=reader.boundary(user),
        tags=user.Tags,
    )


def _user_with_key(reader: Reader, credential: Credential) -> Principal:
    """A user who signs with an access key, or with a session token that stands for the user."""
    user = reader.user(credential.OwnerName, credential.OwnerId, credential.Partition)
    if user is None:
        gone = arn(
            "iam", "", credential.Account, f"user/{credential.OwnerName}", partition=credential.Partition
        )
        principal = Principal(
            USER, gone, credential.Account, credential.OwnerId, credential.OwnerName, credential.AccessKeyId
        )
    else:
        principal = replace(_user(reader, user), access_key_id=credential.AccessKeyId)
    session = credential.Session
    return principal if session is None else replace(principal, facts=session.Facts)


def _assumed_role(reader: Reader, credential: Credential) -> Principal:
    """A session of a role. A session tag takes the place of the role's own, whatever the case of its key."""
    session = _session(credential)
    role = reader.role(credential.OwnerName, credential.OwnerId)
    passed = {name.lower() for name, _ in session.Tags}
    own = [tag for tag in (role.Tags if role else ()) if tag[0].lower() not in passed]
    return Principal(
        kind=ASSUMED_ROLE,
        arn=session_arn(credential, "assumed-role", f"{credential.OwnerName}/{session.Name}"),
        account=credential.Account,
        user_id=f"{credential.OwnerId}:{session.Name}",
        name=session.Name,
        access_key_id=credential.AccessKeyId,
        policies=reader.policies(role) if role else (),
        boundary=reader.boundary(role) if role else None,
        session_policies=session.Policies,
        issuer=role.Arn if role else "",
        tags=tuple(sorted([*own, *session.Tags])),
        facts=session.Facts,
    )


def _federated_user(reader: Reader, credential: Credential) -> Principal:
    """A federated user may do what both its user's policies and its session policies allow."""
    session = _session(credential)
    user = reader.user(credential.OwnerName, credential.OwnerId, credential.Partition)
    return Principal(
        kind=FEDERATED_USER,
        arn=session_arn(credential, "federated-user", session.Name),
        account=credential.Account,
        user_id=f"{credential.Account}:{session.Name}",
        name=session.Name,
        access_key_id=credential.AccessKeyId,
        policies=reader.policies(user) if user else (),
        boundary=reader.boundary(user) if user else None,
        session_policies=session.Policies,
        issuer=user.Arn if user else "",
        tags=session.Tags,
        facts=session.Facts,
    )


def session_arn(credential: Credential, kind: str, resource: str) -> str:
    """The ARN of a session, such as arn:aws:sts::123456789012:assumed-role/auditor/alice."""
    return arn("sts", "", credential.Account, f"{kind}/{resource}", partition=credential.Partition)


def _session(credential: Credential) -> Session:
    assert credential.Session is not None, "only a session makes this kind of principal"
    return credential.Session


_BUILDERS: dict[str, Callable[[Reader, Credential], Principal]] = {
    USER: _user_with_key,
    ASSUMED_ROLE: _assumed_role,
    FEDERATED_USER: _federated_user,
}
