"""Tags of secrets. Source: Secrets Manager API Reference, "TagResource", "UntagResource"."""

from collections.abc import Mapping, Sequence

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.services.secretsmanager.replicas import Replicas
from labkit.cloud.services.secretsmanager.service import faults
from labkit.records import replace

MOST = 50


class Tags(Replicas):
    """Tag and untag secrets."""

    def tag_resource(self, SecretId: str, Tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to a secret, or change their values.

        Raises:
            ResourceNotFoundException, InvalidRequestException: there is no such secret.
            InvalidParameterException: it would have more than fifty tags, or one of AWS's own.
        """
        secret = self.find_primary(SecretId, told=lambda: facts_of_tags(Tags), follower=True)
        self.put(replace(secret, Tags=with_tags(secret.Tags, Tags)))
        self.sync(secret)

    def untag_resource(self, SecretId: str, TagKeys: Sequence[str]) -> None:
        """Remove tags; what the secret doesn't have is passed over. Errors as for TagResource."""
        secret = self.find_primary(SecretId, told=lambda: {"aws:TagKeys": tuple(TagKeys)}, follower=True)
        kept = tuple(pair for pair in secret.Tags if pair[0] not in TagKeys)
        self.put(replace(secret, Tags=kept))
        self.sync(secret)


def with_tags(
    held: tuple[tuple[str, str], ...], added: Sequence[Mapping[str, str]], *, by_aws: bool = False
) -> tuple[tuple[str, str], ...]:
    """The tags `held` with `added` over them, sorted by key. InvalidParameterException."""
    if not by_aws and any(tag["Key"].lower().startswith("aws:") for tag in added):
        raise faults.InvalidParameterException("Tag keys that begin with aws: are reserved for AWS.")
    tags = dict(held) | {tag["Key"]: tag.get("Value", "") for tag in added}
    if len(tags) > MOST:
        raise faults.InvalidParameterException(f"A secret can have {MOST} tags at most.")
    return tuple(sorted(tags.items()))
