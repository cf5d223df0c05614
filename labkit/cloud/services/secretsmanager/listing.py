"""ListSecrets: every secret of the account in this region, filtered and sorted.

A filter's value fits at the beginning: of the name, with case; of any word of a description, without. A value
that begins with ! must not fit.
Source: Secrets Manager User Guide, "Find secrets in AWS Secrets Manager"; API Reference, "ListSecrets".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.services.secretsmanager.model import Secret
from labkit.cloud.services.secretsmanager.service import SecretsService, faults

PAGE = 100
WORDS = re.compile(r"[^\s/_+=.@!-]+")
SORT_KEYS = {
    "created-date": lambda one: one.CreatedDate,
    "last-accessed-date": lambda one: one.LastAccessedDate or one.CreatedDate,
    "last-changed-date": lambda one: one.LastChangedDate,
    "name": lambda one: one.Name,
}


class Listing(SecretsService):
    """List secrets."""

    def list_secrets(
        self,
        IncludePlannedDeletion: bool = False,
        MaxResults: int = PAGE,
        NextToken: str | None = None,
        Filters: Sequence[Mapping[str, Any]] = (),
        SortOrder: str = "asc",
        SortBy: str = "created-date",
    ) -> dict[str, Any]:
        """The secrets that pass all filters; those marked for deletion only if they are asked for.

        Raises:
            InvalidNextTokenException.
        """
        self.allow("*")
        found = self._matching(Filters, marked=IncludePlannedDeletion)
        found.sort(key=SORT_KEYS[SortBy], reverse=SortOrder == "desc")
        page, more = self._page_of_secrets(found, NextToken, MaxResults)
        listed = [{**self._entry(one), "SecretVersionsToStages": self.stages(one) or None} for one in page]
        return {"SecretList": listed, "NextToken": more}

    def _matching(self, filters: Sequence[Mapping[str, Any]], *, marked: bool = False) -> list[Secret]:
        """The secrets that pass all filters."""
        return [
            secret
            for secret in self.tables.secrets
            if (marked or secret.DeletionDate is None) and all(_passes(secret, one) for one in filters)
        ]

    def _page_of_secrets(
        self, secrets: Sequence[Secret], token: str | None, limit: int
    ) -> tuple[Sequence[Secret], str | None]:
        """One page of them, and the token for the next; InvalidNextTokenException."""
        try:
            return page_of_list(secrets, lambda secret: str(secret.Name), token, limit)
        except BadMarkerError:
            raise faults.InvalidNextTokenException("The NextToken value is invalid.") from None

    def _entry(self, secret: Secret) -> dict[str, Any]:
        """A secret, as ListSecrets and DescribeSecret show it."""
        return {
            "ARN": secret.ARN,
            "Name": secret.Name,
            "Description": secret.Description or None,
            "KmsKeyId": secret.KmsKeyId,
            "LastChangedDate": secret.LastChangedDate,
            "LastAccessedDate": secret.LastAccessedDate,
            "DeletedDate": secret.DeletedDate,
            "Tags": [{"Key": key, "Value": value} for key, value in secret.Tags],
            "CreatedDate": secret.CreatedDate,
            "PrimaryRegion": secret.PrimaryRegion,
        }


def _passes(secret: Secret, one: Mapping[str, Any]) -> bool:
    """Whether a secret passes one filter: some of its values fits, and none that begins with ! does."""
    texts, cased = _texts(secret, one.get("Key", "all"))
    values: list[str] = one.get("Values", [])
    wanted = [value for value in values if not value.startswith("!")]
    unwanted = [value[1:] for value in values if value.startswith("!")]
    if any(_fits(texts, value, cased) for value in unwanted):
        return False
    return not wanted or any(_fits(texts, value, cased) for value in wanted)


def _texts(secret: Secret, key: str) -> tuple[list[str], bool]:
    """What a filter of this key looks at, and whether upper and lower case differ."""
    keys, values = [tag for tag, _ in secret.Tags], [value for _, value in secret.Tags]
    if key == "name":
        return [secret.Name], True
    if key == "tag-key":
        return keys, True
    if key == "tag-value":
        return values, True
    if key == "description":
        return _words([secret.Description]), False
    if key == "all":
        return _words([secret.Name, secret.Description, *keys, *values]), False
    if key == "primary-region":
        return [secret.PrimaryRegion or ""], True
    return [], False  # owning-service: of secrets that the lab doesn't have


def _words(texts: Iterable[str]) -> list[str]:
    return [*texts, *(word for text in texts for word in WORDS.findall(text))]


def _fits(texts: Iterable[str], value: str, cased: bool) -> bool:
    if cased:
        return any(text.startswith(value) for text in texts)
    return any(text.lower().startswith(value.lower()) for text in texts)
