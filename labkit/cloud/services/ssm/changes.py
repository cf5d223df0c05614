"""What Parameter Store tells EventBridge of each change: "Parameter Store Change".

The value is not told: whoever hears of a change asks for it, with permissions of their own.
Source: EventBridge User Guide, "AWS Systems Manager events"; Systems Manager User Guide, "Setting up
notifications or triggering actions based on Parameter Store events".
"""

from labkit.cloud.services.ssm.model import ParameterVersion
from labkit.cloud.services.ssm.service import SsmService

CREATE, UPDATE, DELETE, LABELLED = "Create", "Update", "Delete", "LabelParameterVersion"


class Changes(SsmService):
    """Tell of changes."""

    def tell(self, operation: str, version: ParameterVersion) -> None:
        """Tell whoever listens what was done to a parameter, which had this version afterwards, or last."""
        if not self.cloud.tables.listeners:
            return  # to make the event takes longer than to ask whether anybody listens
        detail = {"operation": operation, "name": version.Name, "type": version.Type}
        if version.Description:
            detail["description"] = version.Description
        self.announce("Parameter Store Change", detail, self.arn_of(version.Name))
