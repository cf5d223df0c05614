"""Users: people and programs with credentials of their own. Source: IAM User Guide, "IAM users"."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.identity.credentials import credential_tables, keys_of
from labkit.cloud.identity.model import User
from labkit.cloud.identity.unique_ids import USER, fresh_id
from labkit.cloud.policy.principal import ADMINISTRATOR
from labkit.cloud.services.iam.answers import user_answer, user_entry
from labkit.cloud.services.iam.boundaries import check_boundary
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.cloud.services.iam.tags import merged
from labkit.records import replace


class Users(IamService):
    """Create, find, rename and delete users."""

    def create_user(
        self,
        UserName: str,
        Path: str = "/",
        PermissionsBoundary: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Make a user, who can do nothing yet.

        Raises:
            EntityAlreadyExists: the name is taken, in whatever case.
            NoSuchEntity: the boundary is no policy. InvalidInput: a tag comes twice.
        """
        arn = self.arn_of("user", Path, UserName)
        self.allow_new(arn, "iam:TagUser", PermissionsBoundary, Tags)
        self._check_user_name(UserName)
        boundary = check_boundary(self, PermissionsBoundary)
        user = User(
            UserName,
            fresh_id(USER),
            arn,
            Path,
            self.now,
            Boundary=boundary,
            Tags=merged((), Tags),
        )
        self.tables.users.put(user)
        return {"User": user_answer(user)}

    def get_user(self, UserName: str | None = None) -> dict[str, Any]:
        """One user; the caller, if none is named."""
        return {"User": user_answer(self.find_user(self.own_name(UserName)))}

    def list_users(
        self, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The users whose path begins with `PathPrefix`, in the order of their names."""
        self.allow(self.arn_of("user", PathPrefix, ""))
        found = (user for user in self.tables.users if user.Path.startswith(PathPrefix))
        page, more = self.page(found, lambda user: str(user.UserName), Marker, MaxItems)
        return {"Users": [user_entry(user) for user in page], **more}

    def update_user(self, UserName: str, NewPath: str | None = None, NewUserName: str | None = None) -> None:
        """Rename or move a user, who keeps unique id, policies, groups and access keys.

        Raises:
            NoSuchEntity, EntityAlreadyExists.
        """
        user = self.find_user(UserName)
        name, path = NewUserName or UserName, NewPath or user.Path
        if name.lower() != UserName.lower():
            self._check_user_name(name)
        if UserName in self.tables.users:
            self.tables.users.delete(UserName)
        self.tables.users.put(replace(user, UserName=name, Path=path, Arn=self.arn_of("user", path, name)))
        credentials = credential_tables(self.cloud).credentials
        for key in credentials.having("owner", user.UserId):
            credentials.put(replace(key, OwnerName=name))

    def delete_user(self, UserName: str) -> None:
        """Delete a user who has nothing left.

        Raises:
            NoSuchEntity. DeleteConflict: there are still policies, access keys or groups.
        """
        user = self.find_user(UserName)
        hurdles = {
            "must detach all policies first.": user.Attached,
            "must delete policies first.": user.Inline,
            "must delete access keys first.": keys_of(self.cloud, user.UserId),
            "must remove users from group first.": user.Groups,
        }
        for hurdle, held in hurdles.items():
            if held:
                raise faults.DeleteConflictException(f"Cannot delete entity, {hurdle}")
        self.tables.users.delete(UserName)

    def _check_user_name(self, UserName: str) -> None:
        folded = UserName.lower()
        if folded == ADMINISTRATOR.lower() or self.tables.users.having("folded", folded):
            raise faults.EntityAlreadyExistsException(f"User with name {UserName} already exists.")
