"""Groups: users that share policies. Source: IAM User Guide, "IAM user groups"."""

from typing import Any

from labkit.cloud.identity.model import Group
from labkit.cloud.identity.unique_ids import GROUP, fresh_id
from labkit.cloud.services.iam.answers import group_entry, user_entry
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.records import replace


class Groups(IamService):
    """Create, find, rename and delete groups."""

    def create_group(self, GroupName: str, Path: str = "/") -> dict[str, Any]:
        """Make an empty group. EntityAlreadyExists: the name is taken, in whatever case."""
        arn = self.arn_of("group", Path, GroupName)
        self.allow(arn)
        self._check_group_name(GroupName)
        group = Group(GroupName, fresh_id(GROUP), arn, Path, self.now)
        self.tables.groups.put(group)
        return {"Group": group_entry(group)}

    def get_group(self, GroupName: str, Marker: str | None = None, MaxItems: int = PAGE) -> dict[str, Any]:
        """A group and its users. NoSuchEntity."""
        group = self.find_group(GroupName)
        page, more = self.page(self.members(group), lambda user: user.UserName, Marker, MaxItems)
        return {"Group": group_entry(group), "Users": [user_entry(user) for user in page], **more}

    def list_groups(
        self, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The groups whose path begins with `PathPrefix`, in the order of their names."""
        self.allow(self.arn_of("group", PathPrefix, ""))
        found = (group for group in self.tables.groups if group.Path.startswith(PathPrefix))
        page, more = self.page(found, lambda group: str(group.GroupName), Marker, MaxItems)
        return {"Groups": [group_entry(group) for group in page], **more}

    def update_group(
        self, GroupName: str, NewPath: str | None = None, NewGroupName: str | None = None
    ) -> None:
        """Rename or move a group; its users stay in it. NoSuchEntity, EntityAlreadyExists."""
        group = self.find_group(GroupName)
        name, path = NewGroupName or GroupName, NewPath or group.Path
        if name.lower() != GroupName.lower():
            self._check_group_name(name)
        users = self.members(group)
        self.tables.groups.delete(GroupName)
        self.tables.groups.put(
            replace(group, GroupName=name, Path=path, Arn=self.arn_of("group", path, name))
        )
        for user in users:
            groups = tuple(name if one == GroupName else one for one in user.Groups)
            self.tables.users.put(replace(user, Groups=groups))

    def delete_group(self, GroupName: str) -> None:
        """Delete a group that has neither users nor policies. NoSuchEntity, DeleteConflict."""
        group = self.find_group(GroupName)
        hurdles = {
            "must remove users from group first.": self.members(group),
            "must detach all policies first.": group.Attached,
            "must delete policies first.": group.Inline,
        }
        for hurdle, held in hurdles.items():
            if held:
                raise faults.DeleteConflictException(f"Cannot delete entity, {hurdle}")
        self.tables.groups.delete(GroupName)

    def _check_group_name(self, GroupName: str) -> None:
        if self.tables.groups.having("folded", GroupName.lower()):
            raise faults.EntityAlreadyExistsException(f"Group with name {GroupName} already exists.")
