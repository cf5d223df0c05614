"""Tags of functions. Source: Lambda API Reference, "TagResource", "UntagResource", "ListTags"."""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.services.lambda_.model import Pairs
from labkit.cloud.services.lambda_.service import LambdaService, Reference, invalid
from labkit.records import replace

MOST = 50


class Tags(LambdaService):
    """Tag and untag functions."""

    def tag_resource(self, Resource: str, Tags: Mapping[str, str]) -> None:
        """Add tags to a function, or change their values.

        Raises:
            ResourceNotFoundException: there is none.
            InvalidParameterValueException: it would have more than fifty, or one of AWS's own.
        """
        pairs = [{"Key": name, "Value": value} for name, value in Tags.items()]
        function = self.find(self._tagged(Resource), told=lambda: facts_of_tags(pairs))
        self.tables.functions.put(replace(function, Tags=with_tags(function.Tags, Tags)))

    def untag_resource(self, Resource: str, TagKeys: Sequence[str]) -> None:
        """Remove tags; what the function doesn't have is passed over. ResourceNotFoundException."""
        function = self.find(self._tagged(Resource), told=lambda: {"aws:TagKeys": tuple(TagKeys)})
        kept = tuple(pair for pair in function.Tags if pair[0] not in TagKeys)
        self.tables.functions.put(replace(function, Tags=kept))

    def list_tags(self, Resource: str) -> dict[str, Any]:
        """The tags of a function. ResourceNotFoundException."""
        return {"Tags": dict(self.find(self._tagged(Resource)).Tags)}

    def _tagged(self, Resource: str) -> Reference:
        """The function that an ARN means; its versions and aliases have no tags of their own."""
        self.check_built(Resource=":function:" not in Resource)
        reference = self.refer(Resource)
        if reference.qualifier:
            raise invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            )
        return reference


def with_tags(held: Pairs, added: Mapping[str, str]) -> Pairs:
    """The tags `held` with `added` over them, sorted by key. InvalidParameterValueException."""
    if any(name.lower().startswith("aws:") for name in added):
        raise invalid("Tag keys that begin with aws: are reserved for AWS.")
    tags = dict(held) | dict(added)
    if len(tags) > MOST:
        raise invalid(f"A function can have {MOST} tags at most.")
    return tuple(sorted(tags.items()))
