"""Events grow old: which ones a group still shows, and when those that are too old are deleted.

From the moment at which an event is too old, nobody is shown it any longer; once a day, what is too old is
deleted. On AWS the deletion may take up to 72 hours.
Source: CloudWatch Logs API Reference, "PutRetentionPolicy".
"""

from datetime import UTC, datetime, timedelta

from labkit.cloud.services.logs.model import END, Chunk, LogGroup
from labkit.cloud.services.logs.sealing import Sealing
from labkit.records import replace

DAY = 86_400_000


class Ageing(Sealing):
    """What retention does."""

    def oldest_shown(self, group: LogGroup) -> int:
        """The time of the oldest event that a group still shows."""
        return 0 if group.RetentionInDays is None else self.time - group.RetentionInDays * DAY

    def plan_expiry(self, group: LogGroup) -> None:
        """Plan when the first of a group's events have to be deleted, if ever."""
        plan = self.expiry_plan(group.Name)
        oldest = next(self.tables.chunks.ranged("group", f"{group.Name}:", f"{group.Name}{END}"), None)
        if oldest is None or group.RetentionInDays is None:
            self.cancel(plan)
            return
        due = _midnight_after(max(oldest.Last + group.RetentionInDays * DAY, self.time))
        planned = self.cloud.tables.agenda.get(plan)
        if planned is None or planned.Due != due:
            self.plan(plan, due, "_expire", {"logGroupName": group.Name})

    def expiry_plan(self, group: str) -> str:
        """What the agenda calls the deletion of a group's old events."""
        return f"logs: expire {self.arn_of(group)}"

    def forget(self, group: LogGroup, chunks: list[Chunk]) -> LogGroup:
        """The group without these chunks, which are deleted."""
        for chunk in chunks:
            self.tables.chunks.delete(chunk.Number)
        lighter = replace(group, StoredBytes=group.StoredBytes - sum(chunk.Bytes for chunk in chunks))
        self.tables.groups.put(lighter)
        self.forget_unused_keys(group.Name)
        return lighter

    def _expire(self, logGroupName: str) -> None:
        group = self.tables.groups.get(logGroupName)
        if group is not None:
            limit = self.oldest_shown(group)
            before = f"{logGroupName}:{max(limit, 0):014}"
            ended = [
                chunk
                for chunk in self.tables.chunks.ranged("group", f"{logGroupName}:", before)
                if chunk.Last < limit
            ]
            self.plan_expiry(self.forget(group, ended))


def _midnight_after(time: int) -> datetime:
    day = datetime.fromtimestamp(time / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
