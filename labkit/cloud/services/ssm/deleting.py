"""DeleteParameter and DeleteParameters: at once, with all versions, and for good.

AWS asks to wait thirty seconds before a parameter of the same name is made; here none need be waited for.
Source: SSM API Reference, "DeleteParameter", "DeleteParameters".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.ssm.changes import DELETE
from labkit.cloud.services.ssm.expiry import Expiry
from labkit.cloud.services.ssm.model import Parameter
from labkit.cloud.services.ssm.names import Reference


class Deleting(Expiry):
    """Delete parameters."""

    def delete_parameter(self, Name: str) -> dict[str, Any]:
        """Delete a parameter; ParameterNotFound."""
        self._delete(self.find_own(Name))
        return {}

    def delete_parameters(self, Names: Sequence[str]) -> dict[str, Any]:
        """Delete up to ten parameters; names that lead to none are listed, and fail nothing."""
        for name in Names:
            self.allow_parameter(Reference(name))
        found = {name: self.tables.parameters.get(name) for name in Names}
        for parameter in found.values():
            if parameter is not None:
                self._delete(parameter)
        return {
            "DeletedParameters": [name for name, parameter in found.items() if parameter],
            "InvalidParameters": [name for name, parameter in found.items() if not parameter],
        }

    def _delete(self, parameter: Parameter) -> None:
        self.tell(DELETE, self.version(parameter))
        self.forget(parameter)
