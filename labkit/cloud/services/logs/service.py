"""What every chapter of CloudWatch Logs begins with: may I, which group, which stream.

    arn:aws:logs:us-east-1:123456789012:log-group:web                     the group, as its tags are named
    arn:aws:logs:us-east-1:123456789012:log-group:web:*                   the group, as policies name it
    arn:aws:logs:us-east-1:123456789012:log-group:web:log-stream:one      a stream

The lab has no monitoring accounts: a group is always one of the caller's own.
Source: CloudWatch Logs API Reference; Service Authorization Reference, "Amazon CloudWatch Logs".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import TypeVar

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, read_marker
from labkit.cloud.core.service import Service
from labkit.cloud.policy.principal import SERVICE, Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.services.logs.model import LogGroup, LogStream, LogTables, stream_id
from labkit.cloud.services.logs.service_policies import policy_for
from labkit.cloud.state.arns import Arn

T = TypeVar("T")

faults = Faults("logs")

NO_GROUP = "The specified log group does not exist."
NO_STREAM = "The specified log stream does not exist."


class LogsService(Service):
    """Base of the chapters of CloudWatch Logs."""

    name = "logs"
    regional = True
    reads = frozenset({"FilterLogEvents", "TestMetricFilter"})
    # Events that arrive are too many to be events of the audit log, too.
    data_events = frozenset({"PutLogEvents"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(LogTables, self.account, self.region)
        self.time = milliseconds(self.now)

    def arn_of(self, group: str) -> str:
        """The ARN of a log group, without the colon and asterisk."""
        return self.arn(f"log-group:{group}")

    def allow_group(self, group: str, *, facts: Facts | None = None, tagging: bool = False) -> None:
        """Go on only if the caller may do this with a log group, whether there is such a one or not.

        `tagging` names the group as the operations on tags do.

        Raises:
            AccessDeniedException: the caller may not.
        """
        resource = self.arn_of(group)
        self._allow(resource if tagging else f"{resource}:log-stream:", group, facts)

    def allow_stream(self, group: str, stream: str) -> None:
        """Go on only if the caller may do this with a log stream; AccessDeniedException."""
        self._allow(f"{self.arn_of(group)}:log-stream:{stream}", group, None)

    def allow_list(self) -> None:
        """Go on only if the caller may list log groups; AccessDeniedException."""
        self.allow(self.arn("log-group::log-stream:"))

    def find_group(self, name: str) -> LogGroup:
        """The log group of this name; ResourceNotFoundException."""
        group = self.tables.groups.get(name)
        if group is None:
            raise faults.ResourceNotFoundException(NO_GROUP)
        return group

    def find_stream(self, group: str, name: str) -> LogStream:
        """The log stream of this name; ResourceNotFoundException: there is none, or no such group."""
        self.find_group(group)
        stream = self.tables.streams.get(stream_id(group, name))
        if stream is None:
            raise faults.ResourceNotFoundException(NO_STREAM)
        return stream

    def name_in(self, logGroupName: str | None, logGroupIdentifier: str | None) -> str:
        """The name of the group that a request means, by its name or by its ARN.

        Raises:
            InvalidParameterException: it names none, or one in two ways.
            ResourceNotFoundException: it is in another account or region.
        """
        if (logGroupName is None) == (logGroupIdentifier is None):
            raise faults.InvalidParameterException(
                "Exactly one of the parameters logGroupName and logGroupIdentifier must be specified."
            )
        return logGroupName or self.name_of(logGroupIdentifier or "")

    def name_of(self, identifier: str) -> str:
        """The name of a group that is given by its name or ARN.

        Raises:
            ResourceNotFoundException: it is in another account or region.
        """
        parsed = Arn.parse(identifier)
        if parsed is None:
            return identifier
        if (parsed.service, parsed.region, parsed.account) != (self.name, self.region, self.account):
            raise faults.ResourceNotFoundException(NO_GROUP)
        return parsed.resource.removeprefix("log-group:").removesuffix(":*")

    def marker_in(self, nextToken: str | None) -> str | None:
        """The key behind which a list goes on; InvalidParameterException."""
        try:
            return read_marker(nextToken) if nextToken else None
        except BadMarkerError:
            raise bad_token() from None

    def _allow(self, resource: str, group: str, more: Facts | None) -> None:
        policy = policy_for(self.tables, self.arn_of(group)) if self.principal.kind == SERVICE else None

        def known() -> Facts:
            found = self.tables.groups.get(group)
            tags = found.Tags if found else ()
            return {**{f"aws:ResourceTag/{key}": value for key, value in tags}, **(more or {})}

        self.allow(resource, policy=policy, facts=known)


def milliseconds(moment: datetime) -> int:
    """A moment as this service tells it."""
    return int(moment.timestamp() * 1000)


def first_of(items: Iterable[T], count: int) -> tuple[list[T], bool]:
    """The first `count` items, and whether there are more."""
    found = list(islice(items, count + 1))
    return found[:count], len(found) > count


def bad_token() -> Exception:
    """The error for a token that no answer held."""
    return faults.InvalidParameterException("The specified nextToken is invalid.")


def facts_of_tags(tags: Mapping[str, str]) -> Facts:
    """The condition keys of the tags that come with a request."""
    told: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**told, "aws:TagKeys": tuple(tags)} if tags else {}
