"""ListSecrets: every secret of the account in this region, filtered and sorted.

A filter's value fits at the beginning: of the name, with case; of any word of a description, without. A value
that begins with ! must not fit.
Source: Secrets Manager User Guide, "Find secrets in AWS Secrets Manager"; API Reference, "ListSecrets".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.services.secretsmanager.model import Secret
from labkit.cloud.services.secretsmanager.service import SecretsService, faults

PAGE = 100
FEW = 1000
LAST = "\U0010ffff"  # no name has a character behind this one
WORDS = re.compile(r"[^\s/_+=.@!-]+")


class Order(NamedTuple):
    """An order of secrets: its index in the table, and the value it goes by, as a marker has it."""

    by: str
    value: Callable[[Secret], Any]
    written: Callable[[Any], str] = datetime.isoformat
    read: Callable[[str], Any] = datetime.fromisoformat

    def arranged(
        self, secrets: Iterable[Secret], after: tuple[Any, str] | None, *, back: bool
    ) -> Iterator[Secret]:
        """These secrets in this order, or back, from behind `after`, a value and a name."""
        placed = sorted(((self.value(one), one.Name), one) for one in secrets)
        for place, secret in reversed(placed) if back else placed:
            if after is None or (place < after if back else place > after):
                yield secret


ORDERS = {
    "created-date": Order("created", lambda one: one.CreatedDate),
    "last-changed-date": Order("changed", lambda one: one.LastChangedDate),
    "last-accessed-date": Order("accessed", lambda one: one.LastAccessedDate or one.CreatedDate),
    "name": Order("name", lambda one: one.Name, str, str),
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
        page, more = self._page_of_secrets(
            Filters,
            NextToken,
            MaxResults,
            SortBy,
            back=SortOrder == "desc",
            marked=IncludePlannedDeletion,
        )
        listed = [{**self._entry(one), "SecretVersionsToStages": self.stages(one) or None} for one in page]
        return {"SecretList": listed, "NextToken": more}

    def _page_of_secrets(
        self,
        filters: Sequence[Mapping[str, Any]],
        token: str | None,
        limit: int,
        sort_by: str = "created-date",
        *,
        back: bool = False,
        marked: bool = False,
    ) -> tuple[list[Secret], str | None]:
        """The next secrets that pass all filters, those marked for deletion only if they are asked for.

        It looks at no more of them than it takes to fill the page, from where the last page ended.

        Raises:
            InvalidNextTokenException.
        """
        tests = [_test(one) for one in filters]
        order = ORDERS[sort_by]
        place, few = _place(token, order), self._few_named(filters)
        if few is None:
            secrets = self.tables.secrets.in_order_of(order.by, place, reverse=back)
        else:
            secrets = order.arranged(few, place, back=back)
        fitting = (
            secret
            for secret in secrets
            if (marked or secret.DeletionDate is None) and all(test(secret) for test in tests)
        )
        page = list(islice(fitting, limit + 1))
        if len(page) <= limit:
            return page, None
        last = page[limit - 1]
        return page[:limit], make_marker(f"{order.written(order.value(last))}|{last.Name}")

    def _few_named(self, filters: Sequence[Mapping[str, Any]]) -> list[Secret] | None:
        """The secrets whose names a filter allows, if it allows but few; None if all have to be looked at."""
        secrets = self.tables.secrets
        for one in filters:
            values = one.get("Values", [])
            if one.get("Key") != "name" or any(value.startswith("!") for value in values):
                continue
            if sum(secrets.count_between(value, value + LAST) for value in values) <= FEW:
                found = {secret.Name: secret for value in values for secret in secrets.beginning(value)}
                return list(found.values())
        return None

    def _entry(self, secret: Secret) -> dict[str, Any]:
        """A secret, as ListSecrets and DescribeSecret show it."""
        return {
            "ARN": secret.ARN,
            "Name": secret.Name,
            "Description": secret.Description or None,
            "KmsKeyId": secret.KmsKeyId,
            **_rotation(secret),
            "LastChangedDate": secret.LastChangedDate,
            "LastAccessedDate": secret.LastAccessedDate,
            "DeletedDate": secret.DeletedDate,
            "Tags": [{"Key": key, "Value": value} for key, value in secret.Tags],
            "CreatedDate": secret.CreatedDate,
            "PrimaryRegion": secret.PrimaryRegion,
            "OwningService": secret.OwningService or None,
        }


def _rotation(secret: Secret) -> dict[str, Any]:
    """How a secret rotates, if it has ever been told to. Once that is turned off, there are no dates."""
    rotation = secret.Rotation
    if rotation is None:
        return {}
    rules = rotation.Rules
    return {
        "RotationEnabled": rotation.Enabled,
        "RotationLambdaARN": rotation.LambdaARN,
        "RotationRules": {
            "AutomaticallyAfterDays": rules.AutomaticallyAfterDays or rotation.EveryDays,
            "Duration": rules.Duration,
            "ScheduleExpression": rules.ScheduleExpression,
        },
        "LastRotatedDate": rotation.LastDate if rotation.Enabled else None,
        "NextRotationDate": rotation.NextDate,
    }


def _place(token: str | None, order: Order) -> tuple[Any, str] | None:
    """Where the last page ended: the value it is sorted by, and the name. InvalidNextTokenException."""
    if token is None:
        return None
    try:
        written, _, name = read_marker(token).partition("|")
        return order.read(written), name
    except (BadMarkerError, ValueError):
        raise faults.InvalidNextTokenException("The NextToken value is invalid.") from None


def _test(one: Mapping[str, Any]) -> Callable[[Secret], bool]:
    """The test of a filter: some of its values fits, and none that begins with ! does."""
    texts_of, cased = FILTERS[one.get("Key", "all")]
    values: list[str] = [value if cased else value.lower() for value in one.get("Values", [])]
    wanted = tuple(value for value in values if not value.startswith("!"))
    unwanted = tuple(value[1:] for value in values if value.startswith("!"))

    def passes(secret: Secret) -> bool:
        texts = texts_of(secret) if cased else [text.lower() for text in texts_of(secret)]
        if any(text.startswith(unwanted) for text in texts):
            return False
        return not wanted or any(text.startswith(wanted) for text in texts)

    return passes


def _words(texts: Iterable[str]) -> list[str]:
    return [*texts, *(word for text in texts for word in WORDS.findall(text))]


def _everything(secret: Secret) -> list[str]:
    tags = [text for pair in secret.Tags for text in pair]
    return _words([secret.Name, secret.Description, *tags, secret.OwningService])


# What a filter of each key looks at, and whether upper and lower case differ.
FILTERS: Mapping[str, tuple[Callable[[Secret], Sequence[str]], bool]] = {
    "name": (lambda secret: [secret.Name], True),
    "description": (lambda secret: _words([secret.Description]), False),
    "tag-key": (lambda secret: [key for key, _ in secret.Tags], True),
    "tag-value": (lambda secret: [value for _, value in secret.Tags], True),
    "primary-region": (lambda secret: [secret.PrimaryRegion or ""], True),
    "owning-service": (lambda secret: [secret.OwningService], True),
    "all": (_everything, False),
}
