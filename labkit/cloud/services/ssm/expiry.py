"""What a parameter does by itself: it reminds of its expiration date, and then it is deleted with all its
versions; or it reminds that nobody has changed it for long.

Each is an event for EventBridge, "Parameter Store Policy Action". One entry of the agenda stands for the next
thing that a parameter's policies say; when it has been done, it is planned anew.
Source: Systems Manager User Guide, "Assigning parameter policies", "Setting up notifications or triggering
actions based on Parameter Store events".
"""

import json
from datetime import datetime

from labkit.cloud.services.ssm.changes import Changes
from labkit.cloud.services.ssm.model import Parameter, ParameterVersion
from labkit.cloud.services.ssm.policies import EXPIRATION, NONE, Policy, dues


class Expiry(Changes):
    """Plans of a parameter's end, and of the reminders before it."""

    def plan_policies(self, version: ParameterVersion) -> None:
        """Plan what the policies of a parameter's newest version say, instead of what was planned before."""
        self.cancel(self._plan(version.Name))
        if version.Policies != NONE:
            self._plan_next(version, [due for due, _ in _dues(version)])

    def forget(self, parameter: Parameter) -> None:
        """Delete a parameter, its versions, and what was planned for it."""
        for version in self.versions(parameter):
            self.tables.versions.delete(version.Id)
        self.tables.parameters.delete(parameter.Name)
        self.cancel(self._plan(parameter.Name))

    def _act_on_policies(self, Name: str) -> None:
        """Do what is due at this moment, the end last, and plan what comes next."""
        parameter = self.tables.parameters.get(Name)
        if parameter is None:
            return
        version = self.version(parameter)
        dues = _dues(version)
        for due, policy in dues:
            if due == self.now:
                self._act(parameter, version, policy)
        self._plan_next(version, [due for due, _ in dues if due > self.now])

    def _act(self, parameter: Parameter, version: ParameterVersion, policy: Policy) -> None:
        detail = {
            "policy-type": policy["Type"],
            "parameter-type": version.Type,
            "parameter-name": parameter.Name,
            "policy-content": json.dumps(policy, separators=(",", ":")),
            "action-status": "Success",
            "action-reason": "",
        }
        self.announce("Parameter Store Policy Action", detail, self.arn_of(parameter.Name))
        if policy["Type"] == EXPIRATION:
            self.forget(parameter)

    def _plan_next(self, version: ParameterVersion, dues: list[datetime]) -> None:
        if dues and version.Name in self.tables.parameters:
            self.plan(self._plan(version.Name), min(dues), "_act_on_policies", {"Name": version.Name})

    def _plan(self, name: str) -> str:
        return f"ssm: policies of {self.arn('parameter')} {name}"


def _dues(version: ParameterVersion) -> list[tuple[datetime, Policy]]:
    """When each policy of a version is due, the end last."""
    found = dues(version.Policies, version.LastModifiedDate)
    return sorted(found, key=lambda one: one[1]["Type"] == EXPIRATION)
