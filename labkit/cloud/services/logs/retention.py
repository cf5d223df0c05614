"""How long events are kept: for ever, or for a number of days after their timestamps.

Source: CloudWatch Logs API Reference, "PutRetentionPolicy", "DeleteRetentionPolicy".
"""

from labkit.cloud.services.logs.ageing import Ageing
from labkit.cloud.services.logs.model import DELIVERY, LogGroup
from labkit.cloud.services.logs.service import faults
from labkit.records import replace

YEARS = (365, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 400, 545, *YEARS)


class Retention(Ageing):
    """Say how long a group keeps its events."""

    def put_retention_policy(self, logGroupName: str, retentionInDays: int) -> None:
        """Keep events for so many days after their timestamps.

        Raises:
            ResourceNotFoundException: there is no such log group.
            InvalidParameterException: AWS offers no such number of days, or the group's class has its own.
        """
        self.allow_group(logGroupName)
        group = self.find_group(logGroupName)
        if retentionInDays not in DAYS or group.Class == DELIVERY:
            raise faults.InvalidParameterException(
                f"Invalid retention value. The allowed values are: {sorted(DAYS)}"
            )
        self._keep_for(group, retentionInDays)

    def delete_retention_policy(self, logGroupName: str) -> None:
        """Keep events for ever, those too that were too old and are not deleted yet.

        Raises:
            ResourceNotFoundException: there is no such log group.
        """
        self.allow_group(logGroupName)
        self._keep_for(self.find_group(logGroupName), None)

    def _keep_for(self, group: LogGroup, days: int | None) -> None:
        changed = replace(group, RetentionInDays=days)
        self.tables.groups.put(changed)
        self.plan_expiry(changed)
