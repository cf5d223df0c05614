"""Tags of log groups, by the three operations that every service has today, and by the older three.

Source: CloudWatch Logs API Reference, "TagResource", "TagLogGroup".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.logs.model import LogGroup
from labkit.cloud.services.logs.service import LogsService, facts_of_tags, faults
from labkit.records import replace

MOST = 50


class Tags(LogsService):
    """Tag and untag log groups."""

    def tag_resource(self, resourceArn: str, tags: Mapping[str, str]) -> None:
        """Add tags to a log group, or change their values.

        Raises:
            ResourceNotFoundException: there is no such group.
            TooManyTagsException: it would have more than fifty.
        """
        self._add(self.name_of(resourceArn), tags)

    def untag_resource(self, resourceArn: str, tagKeys: Sequence[str]) -> None:
        """Remove tags; what the group doesn't have is passed over. ResourceNotFoundException."""
        self._remove(self.name_of(resourceArn), tagKeys)

    def list_tags_for_resource(self, resourceArn: str) -> dict[str, Any]:
        """The tags of a log group. ResourceNotFoundException."""
        return {"tags": self._tags(self.name_of(resourceArn))}

    def tag_log_group(self, logGroupName: str, tags: Mapping[str, str]) -> None:
        """As TagResource, by the group's name."""
        self._add(logGroupName, tags)

    def untag_log_group(self, logGroupName: str, tags: Sequence[str]) -> None:
        """As UntagResource, by the group's name."""
        self._remove(logGroupName, tags)

    def list_tags_log_group(self, logGroupName: str) -> dict[str, Any]:
        """As ListTagsForResource, by the group's name."""
        return {"tags": self._tags(logGroupName)}

    def _add(self, name: str, tags: Mapping[str, str]) -> None:
        group = self._tagged(name, tags)
        self.tables.groups.put(replace(group, Tags=with_tags(group.Tags, tags)))

    def _remove(self, name: str, keys: Sequence[str]) -> None:
        group = self._tagged(name)
        kept = tuple(pair for pair in group.Tags if pair[0] not in keys)
        self.tables.groups.put(replace(group, Tags=kept))

    def _tags(self, name: str) -> dict[str, str]:
        return dict(self._tagged(name).Tags)

    def _tagged(self, name: str, tags: Mapping[str, str] = {}) -> LogGroup:
        self.allow_group(name, facts=facts_of_tags(tags), tagging=True)
        return self.find_group(name)


def with_tags(held: tuple[tuple[str, str], ...], added: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The tags `held` with `added` over them, sorted by key.

    Raises:
        TooManyTagsException: more than fifty. InvalidParameterException: a key begins with aws:.
    """
    if any(key.lower().startswith("aws:") for key in added):
        raise faults.InvalidParameterException("Tag keys that begin with aws: are reserved for AWS.")
    tags = {**dict(held), **added}
    if len(tags) > MOST:
        raise faults.TooManyTagsException(f"A log group can have at most {MOST} tags.")
    return tuple(sorted(tags.items()))
