"""Which user is in which group. Source: IAM API Reference, "AddUserToGroup"."""

from typing import Any

from labkit.cloud.services.iam.answers import group_entry
from labkit.cloud.services.iam.service import PAGE, IamService, faults, missing
from labkit.records import replace

GROUPS_A_USER = 10


class Memberships(IamService):
    """Put users into groups and take them out."""

    def add_user_to_group(self, GroupName: str, UserName: str) -> None:
        """Put a user into a group, whose policies bind the user from now on; twice is as good as once.

        Raises:
            NoSuchEntity. LimitExceeded: the user is in ten groups already.
        """
        group = self.find_group(GroupName)
        user = self.user_named(UserName)
        if group.GroupName in user.Groups:
            return
        if len(user.Groups) >= GROUPS_A_USER:
            raise faults.LimitExceededException(f"Cannot exceed quota for GroupsPerUser: {GROUPS_A_USER}")
        self.tables.users.put(replace(user, Groups=(*user.Groups, GroupName)))

    def remove_user_from_group(self, GroupName: str, UserName: str) -> None:
        """Take a user out of a group. NoSuchEntity: no such group or user, or the user is not in it."""
        group = self.find_group(GroupName)
        user = self.user_named(UserName)
        if group.GroupName not in user.Groups:
            raise missing("user", UserName)
        groups = tuple(name for name in user.Groups if name != GroupName)
        self.tables.users.put(replace(user, Groups=groups))

    def list_groups_for_user(
        self, UserName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The groups that a user is in, in the order of their names. NoSuchEntity."""
        user = self.find_user(UserName)
        found = [group for group in self.tables.groups if group.GroupName in user.Groups]
        page, more = self.page(found, lambda group: group.GroupName, Marker, MaxItems)
        return {"Groups": [group_entry(group) for group in page], **more}
