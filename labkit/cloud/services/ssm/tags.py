"""Tags of parameters. Source: SSM API Reference, "AddTagsToResource"; "Tag" (restrictions)."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.services.ssm.model import Parameter
from labkit.cloud.services.ssm.names import Reference, faults
from labkit.cloud.services.ssm.service import SsmService
from labkit.records import replace

MOST = 50
PARAMETER = "Parameter"


class Tags(SsmService):
    """Tag and untag parameters."""

    def add_tags_to_resource(
        self, ResourceType: str, ResourceId: str, Tags: Sequence[Mapping[str, str]]
    ) -> dict[str, Any]:
        """Add tags to a parameter, or change their values.

        Raises:
            InvalidResourceType: the lab has tags of parameters only. InvalidResourceId: there is no such one.
            TooManyTagsError: it would have more than fifty.
        """
        parameter = self._tagged(ResourceType, ResourceId, Tags)
        self.tables.parameters.put(replace(parameter, Tags=with_tags(parameter.Tags, Tags)))
        return {}

    def remove_tags_from_resource(
        self, ResourceType: str, ResourceId: str, TagKeys: Sequence[str]
    ) -> dict[str, Any]:
        """Remove tags; what the parameter doesn't have is passed over. Errors as for AddTagsToResource."""
        parameter = self._tagged(ResourceType, ResourceId)
        kept = tuple(pair for pair in parameter.Tags if pair[0] not in TagKeys)
        self.tables.parameters.put(replace(parameter, Tags=kept))
        return {}

    def list_tags_for_resource(self, ResourceType: str, ResourceId: str) -> dict[str, Any]:
        """The tags of a parameter. Errors as for AddTagsToResource."""
        parameter = self._tagged(ResourceType, ResourceId)
        return {"TagList": [{"Key": key, "Value": value} for key, value in parameter.Tags]}

    def _tagged(self, kind: str, name: str, tags: Sequence[Mapping[str, str]] = ()) -> Parameter:
        self.allow_parameter(Reference(name), told=lambda: facts_of_tags(tags))
        if kind != PARAMETER:
            raise faults.InvalidResourceType(
                "The resource type is not valid. labkit has tags of parameters only."
            )
        parameter = self.tables.parameters.get(name)
        if parameter is None:
            raise faults.InvalidResourceId(
                "The resource ID is not valid. Verify that you entered the correct ID and try again."
            )
        return parameter


def with_tags(
    held: tuple[tuple[str, str], ...], added: Sequence[Mapping[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The tags `held` with `added` over them, sorted by key.

    Raises:
        TooManyTagsError: more than fifty. ValidationException: a key begins with aws:.
    """
    if any(tag["Key"].lower().startswith("aws:") for tag in added):
        raise faults.ValidationException("Tag keys that begin with aws: are reserved for AWS.")
    tags = dict(held) | {tag["Key"]: tag["Value"] for tag in added}
    if len(tags) > MOST:
        raise faults.TooManyTagsError(
            f"The Targets parameter includes too many tags. At most {MOST} are allowed."
        )
    return tuple(sorted(tags.items()))
