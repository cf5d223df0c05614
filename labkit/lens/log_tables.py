"""What CloudWatch Logs keeps, as a DataFrame: chunks of events, each sealed under the key of its arrival."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labkit.cloud.services.logs.model import Chunk, LogTables
from labkit.cloud.state.store import Store
from labkit.lens.frames import INTEGER, TEXT, TIME, frame

if TYPE_CHECKING:
    import pandas as pd


def log_events(store: Store) -> "pd.DataFrame":
    """Every chunk of log events, in the order of arrival. The service's own key has no `KmsKeyId`."""
    columns = {
        "account": TEXT,
        "region": TEXT,
        "LogGroupName": TEXT,
        "LogStreamName": TEXT,
        "IngestionTime": TIME,
        "FirstEvent": TIME,
        "LastEvent": TIME,
        "Events": INTEGER,
        "KmsKeyId": TEXT,
        "DataKey": TEXT,
        "SealedBytes": INTEGER,
    }
    rows = []
    for scope in store.scopes(LogTables):
        kept = store.tables(LogTables, *scope)
        rows += [(*scope, *_chunk(kept, one)) for one in kept.chunks]
    return frame(columns, rows)


def _chunk(kept: LogTables, chunk: Chunk) -> tuple[object, ...]:
    data_key = kept.data_keys.get(chunk.DataKey)
    return (
        chunk.GroupName,
        chunk.StreamName,
        _moment(chunk.IngestionTime),
        _moment(chunk.First),
        _moment(chunk.Last),
        chunk.Count,
        data_key.KmsKeyId if data_key else None,
        chunk.DataKey or None,
        len(chunk.Sealed),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
