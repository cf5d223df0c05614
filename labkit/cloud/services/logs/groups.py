"""Log groups: where streams live that share a key, a retention and the permission to read them.

Source: CloudWatch Logs API Reference, "CreateLogGroup", "DeleteLogGroup", "DescribeLogGroups",
"ListLogGroups"; CloudWatch Logs User Guide, "Log classes".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.core.pagination import make_marker
from labkit.cloud.services.logs.ageing import Ageing
from labkit.cloud.services.logs.model import DELIVERY, END, STANDARD, LogGroup, stream_id
from labkit.cloud.services.logs.service import facts_of_tags, faults, first_of
from labkit.cloud.services.logs.tags import with_tags
from labkit.records import replace

PAGE = 50
RESERVED = "aws/"
# Of a group in the class DELIVERY, events are kept for one day, whatever one asks for.
DELIVERY_DAYS = 1


class Groups(Ageing):
    """Make, list and delete log groups."""

    def create_log_group(
        self,
        logGroupName: str,
        kmsKeyId: str | None = None,
        tags: Mapping[str, str] = {},
        logGroupClass: str = STANDARD,
        deletionProtectionEnabled: bool = False,
    ) -> None:
        """Make a log group, with a KMS key for its events if one is given.

        Raises:
            ResourceAlreadyExistsException: the name is taken.
            InvalidParameterException: the name is kept for AWS.
            InvalidParameterException, AccessDeniedException: the key can't be used, as for AssociateKmsKey.
        """
        self.allow_group(logGroupName, facts=facts_of_tags(tags))
        if logGroupName.lower().startswith(RESERVED):
            raise faults.InvalidParameterException("Log groups starting with AWS/ are reserved for AWS.")
        if logGroupName in self.tables.groups:
            raise faults.ResourceAlreadyExistsException("The specified log group already exists")
        group = LogGroup(
            logGroupName,
            self.arn_of(logGroupName),
            self.time,
            Class=logGroupClass,
            RetentionInDays=DELIVERY_DAYS if logGroupClass == DELIVERY else None,
            DeletionProtectionEnabled=deletionProtectionEnabled,
            Tags=with_tags((), tags),
        )
        self.tables.groups.put(group if kmsKeyId is None else self.with_key(group, kmsKeyId))

    def delete_log_group(self, logGroupName: str) -> None:
        """Delete a log group, with its streams and events.

        Raises:
            ResourceNotFoundException: there is none.
            ValidationException: it is protected against that.
        """
        self.allow_group(logGroupName)
        group = self.find_group(logGroupName)
        if group.DeletionProtectionEnabled:
            raise faults.ValidationException(
                "The log group cannot be deleted because deletion protection is enabled."
            )
        beginning, end = f"{logGroupName}:", f"{logGroupName}{END}"
        for chunk in list(self.tables.chunks.ranged("group", beginning, end)):
            self.tables.chunks.delete(chunk.Number)
        for stream in list(self.tables.streams.beginning(stream_id(logGroupName))):
            self.tables.streams.delete(stream.Id)
        self.tables.groups.delete(logGroupName)
        self.forget_unused_keys(logGroupName)
        self.cancel(self.expiry_plan(logGroupName))

    def put_log_group_deletion_protection(
        self, logGroupIdentifier: str, deletionProtectionEnabled: bool
    ) -> None:
        """Protect a log group against deletion, or end that. ResourceNotFoundException."""
        name = self.name_of(logGroupIdentifier)
        self.allow_group(name)
        group = self.find_group(name)
        self.tables.groups.put(replace(group, DeletionProtectionEnabled=deletionProtectionEnabled))

    def describe_log_groups(
        self,
        accountIdentifiers: Sequence[str] = (),
        logGroupNamePrefix: str | None = None,
        logGroupNamePattern: str | None = None,
        nextToken: str | None = None,
        limit: int = PAGE,
        includeLinkedAccounts: bool = False,
        logGroupClass: str | None = None,
        logGroupIdentifiers: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The caller's log groups, in the order of their names.

        Raises:
            InvalidParameterException: a prefix and a pattern in one request, or the token is none.
        """
        self.allow_list()
        self.check_built(includeLinkedAccounts=includeLinkedAccounts, accountIdentifiers=accountIdentifiers)
        if logGroupNamePrefix and logGroupNamePattern:
            raise faults.InvalidParameterException(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
            )
        named = {self.name_of(one) for one in logGroupIdentifiers}
        found = (
            group
            for group in self._listed(logGroupNamePrefix or "", nextToken, logGroupClass)
            if (not logGroupNamePattern or logGroupNamePattern in group.Name)
            and (not named or group.Name in named)
        )
        page, token = self._page(found, limit)
        describe = _found_by_pattern if logGroupNamePattern else _described
        return {"logGroups": [describe(group) for group in page], "nextToken": token}

    def list_log_groups(
        self,
        logGroupNamePattern: str | None = None,
        logGroupClass: str | None = None,
        includeLinkedAccounts: bool = False,
        accountIdentifiers: Sequence[str] = (),
        nextToken: str | None = None,
        limit: int = PAGE,
        dataSources: Sequence[Mapping[str, Any]] = (),
        fieldIndexNames: Sequence[str] = (),
        logGroupTags: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:
        """The caller's log groups whose names fit a pattern: parts of names, with | between them, each with
        a ^ before it if the name has to begin with it.

        Raises:
            InvalidParameterException: the token is none.
        """
        self.allow_list()
        self.check_built(
            includeLinkedAccounts=includeLinkedAccounts,
            accountIdentifiers=accountIdentifiers,
            dataSources=dataSources,
            fieldIndexNames=fieldIndexNames,
            logGroupTags=logGroupTags,
        )
        parts = [part for part in (logGroupNamePattern or "").split("|") if part]
        found = (
            group
            for group in self._listed("", nextToken, logGroupClass)
            if not parts or any(_fits(part, group.Name) for part in parts)
        )
        page, token = self._page(found, limit)
        listed = [
            {"logGroupName": one.Name, "logGroupArn": one.Arn, "logGroupClass": one.Class} for one in page
        ]
        return {"logGroups": listed, "nextToken": token}

    def _listed(self, prefix: str, token: str | None, kind: str | None) -> Iterator[LogGroup]:
        listed = self.tables.groups.beginning(prefix, self.marker_in(token))
        return (group for group in listed if kind in (None, group.Class))

    def _page(self, found: Iterable[LogGroup], limit: int) -> tuple[list[LogGroup], str | None]:
        page, more = first_of(found, limit)
        return page, make_marker(page[-1].Name) if more else None


def _fits(part: str, name: str) -> bool:
    return name.startswith(part[1:]) if part.startswith("^") else part in name


def _described(group: LogGroup) -> dict[str, Any]:
    return {
        "logGroupName": group.Name,
        "creationTime": group.CreationTime,
        "retentionInDays": group.RetentionInDays,
        "metricFilterCount": 0,
        "arn": f"{group.Arn}:*",
        "storedBytes": group.StoredBytes,
        "kmsKeyId": group.KmsKeyId,
        "logGroupClass": group.Class,
        "logGroupArn": group.Arn,
        "deletionProtectionEnabled": group.DeletionProtectionEnabled,
    }


def _found_by_pattern(group: LogGroup) -> dict[str, Any]:
    """Of a group that a pattern found, AWS tells no more than this."""
    return {"logGroupName": group.Name, "creationTime": group.CreationTime, "arn": f"{group.Arn}:*"}
