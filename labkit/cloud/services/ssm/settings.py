"""Service settings: what Parameter Store does where a call does not say.

Systems Manager has many more settings, for its other parts; the lab knows the two of Parameter Store.
Source: SSM API Reference, "GetServiceSetting", "UpdateServiceSetting", "ResetServiceSetting".
"""

from datetime import datetime
from typing import Any

from labkit.cloud.services.ssm.model import ADVANCED, INTELLIGENT, STANDARD, Setting, SsmTables
from labkit.cloud.services.ssm.names import faults
from labkit.cloud.services.ssm.service import SsmService
from labkit.cloud.state.arns import Arn

DEFAULT_TIER = "/ssm/parameter-store/default-parameter-tier"
HIGH_THROUGHPUT = "/ssm/parameter-store/high-throughput-enabled"
# By setting: the values it takes, the default first.
VALUES = {DEFAULT_TIER: (STANDARD, ADVANCED, INTELLIGENT), HIGH_THROUGHPUT: ("false", "true")}

UNCHANGED = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def setting(tables: SsmTables, setting_id: str) -> Setting:
    """A setting as it is: changed by somebody, or at its default."""
    return tables.settings.get(setting_id) or Setting(setting_id, VALUES[setting_id][0], UNCHANGED, "System")


class Settings(SsmService):
    """Read and change settings. Whether throughput is high makes no difference here: nothing is throttled."""

    def get_service_setting(self, SettingId: str) -> dict[str, Any]:
        """A setting; ServiceSettingNotFound."""
        return self._shown(self._allowed(SettingId))

    def update_service_setting(self, SettingId: str, SettingValue: str) -> dict[str, Any]:
        """Change a setting.

        Raises:
            ServiceSettingNotFound: there is no such setting. ValidationException: it takes no such value.
        """
        name = self._allowed(SettingId)
        if SettingValue not in VALUES[name]:
            raise faults.ValidationException(
                f"The setting value is not valid: {SettingValue}. Valid values: {', '.join(VALUES[name])}."
            )
        self.tables.settings.put(Setting(name, SettingValue, self.now, self.principal.arn))
        return {}

    def reset_service_setting(self, SettingId: str) -> dict[str, Any]:
        """Put a setting back to its default; ServiceSettingNotFound."""
        name = self._allowed(SettingId)
        if name in self.tables.settings:
            self.tables.settings.delete(name)
        return self._shown(name)

    def _allowed(self, SettingId: str) -> str:
        parsed = Arn.parse(SettingId)
        name = parsed.resource.removeprefix("servicesetting") if parsed else SettingId
        self.allow(self.arn("servicesetting" + name))
        if name not in VALUES:
            raise faults.ServiceSettingNotFound("The specified service setting wasn't found.")
        return name

    def _shown(self, name: str) -> dict[str, Any]:
        held = setting(self.tables, name)
        return {
            "ServiceSetting": {
                "SettingId": name,
                "SettingValue": held.SettingValue,
                "LastModifiedDate": held.LastModifiedDate,
                "LastModifiedUser": held.LastModifiedUser,
                "ARN": self.arn("servicesetting" + name),
                "Status": "Customized" if name in self.tables.settings else "Default",
            }
        }
