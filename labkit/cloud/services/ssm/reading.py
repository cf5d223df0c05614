"""GetParameter and GetParameters. Without WithDecryption, a SecureString comes as its ciphertext.

Source: SSM API Reference, "GetParameter", "GetParameters".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.ssm.model import Parameter, ParameterVersion
from labkit.cloud.services.ssm.names import Reference, faults, read_reference
from labkit.cloud.services.ssm.sealing import Sealing
from labkit.cloud.services.ssm.service import no_version


class Reading(Sealing):
    """Read parameters by their names."""

    def get_parameter(self, Name: str, WithDecryption: bool = False) -> dict[str, Any]:
        """One parameter: its newest version, or the one that a selector picks.

        Raises:
            ParameterNotFound, ParameterVersionNotFound.
            InvalidKeyId, AccessDeniedException: KMS does not decrypt it, or not for this caller.
        """
        reference = self.refer(Name)
        self.allow_parameter(reference)
        return {"Parameter": self._answer(*self._found(reference), reference.selector, WithDecryption)}

    def get_parameters(self, Names: Sequence[str], WithDecryption: bool = False) -> dict[str, Any]:
        """Up to ten parameters; names that lead to none are listed, and fail nothing.

        Raises:
            InvalidKeyId, AccessDeniedException: as for GetParameter; one of them fails the call.
        """
        references = {name: read_reference(name) for name in Names}
        for reference in references.values():
            if reference is not None:
                self.allow_parameter(reference)
        parameters, invalid = [], []
        for name, reference in references.items():
            try:
                if reference is None or reference.region not in ("", self.region):
                    raise faults.ParameterNotFound()
                found = self._found(reference)
            except (faults.ParameterNotFound, faults.ParameterVersionNotFound):
                invalid.append(name)
            else:
                parameters.append(self._answer(*found, reference.selector, WithDecryption))
        if not any(references.values()):
            self.allow_everybody("no name leads to a parameter")
        return {"Parameters": parameters, "InvalidParameters": invalid}

    def _answer(
        self, parameter: Parameter, version: ParameterVersion, arn: str, selector: str, decrypted: bool
    ) -> dict[str, Any]:
        """A version, as the operations that return values show it."""
        return {
            "Name": parameter.Name,
            "Type": version.Type,
            "Value": self.open(version, arn) if decrypted else version.Value,
            "Version": version.Version,
            "Selector": f":{selector}" if selector else None,
            "LastModifiedDate": version.LastModifiedDate,
            "ARN": arn,
            "DataType": version.DataType,
        }

    def _found(self, reference: Reference) -> tuple[Parameter, ParameterVersion, str]:
        parameter = self.lookup(reference)
        if parameter is None:
            raise faults.ParameterNotFound()
        tables, selector = self.tables_of(reference), reference.selector
        arn = self.arn_of(parameter.Name, reference.account)
        if not selector or selector.isdecimal():
            return parameter, self.version(parameter, int(selector or 0), tables), arn
        for version in self.versions(parameter, tables):
            if selector in version.Labels:
                return parameter, version, arn
        raise no_version(selector, parameter.Name)
