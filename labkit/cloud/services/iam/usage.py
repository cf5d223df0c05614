"""Who uses a managed policy: whom it is attached to, and whom it bounds."""

from labkit.cloud.identity.model import Group, IdentityTables, Role, User


def attached_to(tables: IdentityTables, policy_arn: str) -> list[User | Group | Role]:
    """The users, groups and roles of an account that a policy is attached to."""
    owners: list[User | Group | Role] = [*tables.users, *tables.groups, *tables.roles]
    return [owner for owner in owners if policy_arn in owner.Attached]


def bounded_by(tables: IdentityTables, policy_arn: str) -> list[User | Group | Role]:
    """The users and roles of an account whose permissions boundary a policy is."""
    owners: list[User | Role] = [*tables.users, *tables.roles]
    return [owner for owner in owners if owner.Boundary == policy_arn]
