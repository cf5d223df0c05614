"""Log streams: the events of one source, such as one server, in a log group.

Source: CloudWatch Logs API Reference, "CreateLogStream", "DeleteLogStream", "DescribeLogStreams".
"""

from typing import Any

from labkit.cloud.core.pagination import make_marker
from labkit.cloud.services.logs.ageing import Ageing
from labkit.cloud.services.logs.model import END, LogStream, LogTables, stream_id
from labkit.cloud.services.logs.service import faults, first_of

PAGE = 50
BY_NAME, BY_TIME = "LogStreamName", "LastEventTime"
LOWEST, HIGHEST = "\0", "\U0010ffff"


class Streams(Ageing):
    """Make, list and delete log streams."""

    def create_log_stream(self, logGroupName: str, logStreamName: str) -> None:
        """Make an empty stream in a log group.

        Raises:
            ResourceNotFoundException: there is no such group.
            ResourceAlreadyExistsException: it has a stream of this name.
        """
        self.allow_stream(logGroupName, logStreamName)
        group = self.find_group(logGroupName)
        name = stream_id(logGroupName, logStreamName)
        if name in self.tables.streams:
            raise faults.ResourceAlreadyExistsException("The specified log stream already exists")
        arn = f"{group.Arn}:log-stream:{logStreamName}"
        self.tables.streams.put(LogStream(name, logGroupName, logStreamName, arn, self.time))

    def delete_log_stream(self, logGroupName: str, logStreamName: str) -> None:
        """Delete a stream with its events. ResourceNotFoundException."""
        self.allow_stream(logGroupName, logStreamName)
        stream = self.find_stream(logGroupName, logStreamName)
        chunks = list(self.tables.chunks.ranged("stream", f"{stream.Id}:", f"{stream.Id}{END}"))
        self.tables.streams.delete(stream.Id)
        self.forget(self.find_group(logGroupName), chunks)

    def describe_log_streams(
        self,
        logGroupName: str | None = None,
        logGroupIdentifier: str | None = None,
        logStreamNamePrefix: str | None = None,
        orderBy: str = BY_NAME,
        descending: bool = False,
        nextToken: str | None = None,
        limit: int = PAGE,
    ) -> dict[str, Any]:
        """The streams of a log group, in the order of their names or of their last events.

        Raises:
            ResourceNotFoundException: there is no such group.
            InvalidParameterException: a prefix with the order of time, or the token is none.
        """
        name = self.name_in(logGroupName, logGroupIdentifier)
        self.allow_group(name)
        self.find_group(name)
        if orderBy == BY_TIME and logStreamNamePrefix:
            raise faults.InvalidParameterException(
                "Cannot order by LastEventTime with a logStreamNamePrefix."
            )
        index = "newest" if orderBy == BY_TIME else "name"
        first, marker = stream_id(name, logStreamNamePrefix or ""), self.marker_in(nextToken)
        end = first + HIGHEST
        if marker is not None:
            first, end = (first, marker) if descending else (marker + LOWEST, end)
        page, more = first_of(self.tables.streams.ranged(index, first, end, newest_first=descending), limit)
        rank = LogTables.streams.indexes[index]
        token = make_marker(rank(page[-1])) if more else None
        return {"logStreams": [_described(one) for one in page], "nextToken": token}


def _described(stream: LogStream) -> dict[str, Any]:
    # Of its size AWS tells nothing since 2019: the group's is the one that is kept.
    return {
        "logStreamName": stream.Name,
        "creationTime": stream.CreationTime,
        "firstEventTimestamp": stream.FirstEventTimestamp,
        "lastEventTimestamp": stream.LastEventTimestamp,
        "lastIngestionTime": stream.LastIngestionTime,
        "uploadSequenceToken": upload_token(stream),
        "arn": stream.Arn,
        "storedBytes": 0,
    }


def upload_token(stream: LogStream) -> str | None:
    """The sequence token that AWS still tells, and no longer asks for."""
    return f"{stream.LastIngestionTime:056}" if stream.LastIngestionTime else None
