"""What a parameter does by itself: at its expiration date it is deleted, with all its versions.

The reminders of the two other kinds of policy are events of EventBridge, which the lab does not have yet:
they are kept and shown, and nobody hears of them.
Source: Systems Manager User Guide, "Assigning parameter policies".
"""

import json

from labkit.cloud.services.ssm.model import Parameter, ParameterVersion
from labkit.cloud.services.ssm.policies import EXPIRATION, moment_of
from labkit.cloud.services.ssm.service import SsmService


class Expiry(SsmService):
    """Plans of a parameter's end."""

    def plan_policies(self, version: ParameterVersion) -> None:
        """Plan what the policies of a parameter's newest version say, instead of what was planned before."""
        self.cancel(self._plan(version.Name))
        for policy in json.loads(version.Policies):
            if policy["Type"] == EXPIRATION:
                due = max(moment_of(policy), self.now)
                self.plan(self._plan(version.Name), due, "_expire", {"Name": version.Name})

    def forget(self, parameter: Parameter) -> None:
        """Delete a parameter, its versions, and what was planned for it."""
        for version in self.versions(parameter):
            self.tables.versions.delete(version.Id)
        self.tables.parameters.delete(parameter.Name)
        self.cancel(self._plan(parameter.Name))

    def _expire(self, Name: str) -> None:
        parameter = self.tables.parameters.get(Name)
        if parameter is not None:
            self.forget(parameter)

    def _plan(self, name: str) -> str:
        return f"ssm: expire {self.arn('parameter')} {name}"
