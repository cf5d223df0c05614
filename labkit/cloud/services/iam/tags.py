"""Tags on users, roles and policies; on a principal they are what `aws:PrincipalTag` is compared with.

IAM tells tag keys apart regardless of case, and keeps the case that came last.
Source: IAM User Guide, "Tags for AWS Identity and Access Management resources".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.identity.credentials import TagPairs
from labkit.cloud.services.iam.answers import tag_list
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.records import replace

TAGS_EACH = 50


class Tags(IamService):
    """Tag, untag and list tags."""

    def tag_user(self, UserName: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to a user, or change their values.

        Raises:
            NoSuchEntity. InvalidInput: a tag comes twice. LimitExceeded: more than 50 in all.
        """
        user = self.find_user(UserName, Tags=Tags)
        self.tables.users.put(replace(user, Tags=merged(user.Tags, Tags)))

    def tag_role(self, RoleName: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to a role, or change their values; as for users."""
        role = self.find_role(RoleName, Tags=Tags)
        self.tables.roles.put(replace(role, Tags=merged(role.Tags, Tags)))

    def tag_policy(self, PolicyArn: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to a policy, or change their values; as for users."""
        policy = self.find_own_policy(PolicyArn, Tags=Tags)
        self.tables.policies.put(replace(policy, Tags=merged(policy.Tags, Tags)))

    def untag_user(self, UserName: str, TagKeys: Sequence[str]) -> None:
        """Remove tags of a user; what it does not have is passed over. NoSuchEntity."""
        user = self.find_user(UserName, TagKeys=TagKeys)
        self.tables.users.put(replace(user, Tags=_without(user.Tags, TagKeys)))

    def untag_role(self, RoleName: str, TagKeys: Sequence[str]) -> None:
        """Remove tags of a role; as for users."""
        role = self.find_role(RoleName, TagKeys=TagKeys)
        self.tables.roles.put(replace(role, Tags=_without(role.Tags, TagKeys)))

    def untag_policy(self, PolicyArn: str, TagKeys: Sequence[str]) -> None:
        """Remove tags of a policy; as for users."""
        policy = self.find_own_policy(PolicyArn, TagKeys=TagKeys)
        self.tables.policies.put(replace(policy, Tags=_without(policy.Tags, TagKeys)))

    def list_user_tags(
        self, UserName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The tags of a user, in the order of their keys. NoSuchEntity."""
        return self._tags(self.find_user(UserName).Tags, Marker, MaxItems)

    def list_role_tags(
        self, RoleName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The tags of a role, in the order of their keys. NoSuchEntity."""
        return self._tags(self.find_role(RoleName).Tags, Marker, MaxItems)

    def list_policy_tags(
        self, PolicyArn: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The tags of a policy, in the order of their keys. NoSuchEntity."""
        return self._tags(self.find_policy(PolicyArn).Tags, Marker, MaxItems)

    def _tags(self, tags: TagPairs, Marker: str | None, MaxItems: int) -> dict[str, Any]:
        page, more = self.page(tags, lambda pair: pair[0], Marker, MaxItems)
        return {"Tags": tag_list(tuple(page)), **more}


def merged(held: TagPairs, added: Sequence[Mapping[str, str]]) -> TagPairs:
    """The tags `held` with `added` over them, sorted by key.

    Raises:
        InvalidInput: a key comes twice in `added`, in whatever case, or begins with aws:.
        LimitExceeded: more than 50 in all.
    """
    keys = [tag["Key"] for tag in added]
    if len({key.lower() for key in keys}) != len(keys):
        raise faults.InvalidInputException(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.lower().startswith("aws:") for key in keys):
        raise faults.InvalidInputException("Tag keys that begin with aws: are reserved for AWS.")
    tags = (*_without(held, keys), *((tag["Key"], tag["Value"]) for tag in added))
    if len(tags) > TAGS_EACH:
        raise faults.LimitExceededException(f"The number of tags exceeds the limit of {TAGS_EACH}.")
    return tuple(sorted(tags))


def _without(held: TagPairs, keys: Sequence[str]) -> TagPairs:
    gone = {key.lower() for key in keys}
    return tuple(pair for pair in held if pair[0].lower() not in gone)
