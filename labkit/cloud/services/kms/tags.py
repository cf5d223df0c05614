"""Tags: labels on keys, for costs and for policies. Source: KMS Developer Guide, "Tags in AWS KMS"."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.kms.service import KmsService, faults
from labkit.records import replace

LIMIT = 50
TagPairs = tuple[tuple[str, str], ...]


class Tags(KmsService):
    """Tag and untag keys."""

    def tag_resource(self, KeyId: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags, or change the values of tags the key has."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        self.tables.keys.put(replace(key, Tags=with_tags(key.Tags, Tags)))

    def untag_resource(self, KeyId: str, TagKeys: Sequence[str]) -> None:
        """Remove tags; names that the key doesn't have are passed over."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        self.check_state(key)
        self.tables.keys.put(replace(key, Tags=tuple(pair for pair in key.Tags if pair[0] not in TagKeys)))

    def list_resource_tags(self, KeyId: str, Limit: int = LIMIT, Marker: str | None = None) -> dict[str, Any]:
        """The tags of a key."""
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        page, more = self.page_of_list(key.Tags, lambda pair: str(pair[0]), Marker, Limit)
        return {"Tags": tag_list(page), **more}


def tag_list(tags: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Tags as KMS's API spells them."""
    return [{"TagKey": name, "TagValue": value} for name, value in tags]


def with_tags(held: TagPairs, added: Sequence[Mapping[str, str]]) -> TagPairs:
    """The tags `held` with `added` over them, sorted by name.

    Raises:
        TagException: a name comes twice in `added`, or begins with aws:, or there are more than 50.
        LimitExceededException: more than 50 in all.
    """
    names = [tag["TagKey"] for tag in added]
    if len(set(names)) != len(names):
        raise faults.TagException("Duplicate tag keys")
    if len(added) > LIMIT:
        raise faults.TagException("Too many tags")
    if any(name.lower().startswith("aws:") for name in names):
        raise faults.TagException("Tags beginning with aws: are reserved")
    tags = dict(held) | {tag["TagKey"]: tag["TagValue"] for tag in added}
    if len(tags) > LIMIT:
        raise faults.LimitExceededException("Too many tags")
    return tuple(sorted(tags.items()))
