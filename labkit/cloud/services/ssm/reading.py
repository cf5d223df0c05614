"""GetParameter and GetParameters. Without WithDecryption, a SecureString comes as its ciphertext.

Source: SSM API Reference, "GetParameter", "GetParameters".
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ssm.model import Parameter, ParameterVersion
from labkit.cloud.services.ssm.names import Reference, faults, read_reference
from labkit.cloud.services.ssm.sealing import Sealing
from labkit.cloud.services.ssm.service import no_version

SECRETS = "/aws/reference/secretsmanager/"
VERSION_ID = re.compile(r"[0-9A-Za-z]{8}(-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}")


class Reading(Sealing):
    """Read parameters by their names."""

    def get_parameter(self, Name: str, WithDecryption: bool = False) -> dict[str, Any]:
        """One parameter: its newest version, or the one that a selector picks.

        Raises:
            ParameterNotFound, ParameterVersionNotFound.
            InvalidKeyId, AccessDeniedException: KMS does not decrypt it, or not for this caller.
        """
        if Name.startswith(SECRETS):
            return {"Parameter": self._secret(Name, WithDecryption)}
        reference = self.refer(Name)
        self.allow_parameter(reference)
        return {"Parameter": self._answer(*self._found(reference), reference.selector, WithDecryption)}

    def get_parameters(self, Names: Sequence[str], WithDecryption: bool = False) -> dict[str, Any]:
        """Up to ten parameters; names that lead to none are listed, and fail nothing.

        Raises:
            InvalidKeyId, AccessDeniedException: as for GetParameter; one of them fails the call.
        """
        secrets = [name for name in Names if name.startswith(SECRETS)]
        references = {name: read_reference(name) for name in Names if name not in secrets}
        for reference in references.values():
            if reference is not None:
                self.allow_parameter(reference)
        parameters, invalid = [], []
        for name in secrets:
            try:
                parameters.append(self._secret(name, WithDecryption))
            except faults.ParameterNotFound:
                invalid.append(name)
        for name, reference in references.items():
            try:
                if reference is None or reference.region not in ("", self.region):
                    raise faults.ParameterNotFound()
                found = self._found(reference)
            except (faults.ParameterNotFound, faults.ParameterVersionNotFound):
                invalid.append(name)
            else:
                parameters.append(self._answer(*found, reference.selector, WithDecryption))
        if not secrets and not any(references.values()):
            self.allow_everybody("no name leads to a parameter")
        return {"Parameters": parameters, "InvalidParameters": invalid}

    def _secret(self, name: str, decrypted: bool) -> dict[str, Any]:
        """A secret of Secrets Manager under a parameter's name; `name:label` and `name:version` work, too.

        The caller needs the permissions of both services.
        """
        reference = read_reference(name) or Reference(name)
        self.allow(self.arn_of(reference.name))
        if not decrypted:
            raise faults.ValidationException(
                "WithDecryption flag must be True for retrieving a Secret Manager secret."
            )
        asked: dict[str, Any] = {"SecretId": reference.name.removeprefix(SECRETS)}
        if reference.selector:
            by_id = VERSION_ID.fullmatch(reference.selector)
            asked["VersionId" if by_id else "VersionStage"] = reference.selector
        try:
            found = self.ask("secretsmanager", "GetSecretValue", **asked)
        except AwsError as error:
            self._refuse_secret(error, name)
        told = {
            label: value for label, value in found.items() if value is not None and label != "SecretBinary"
        }
        return {
            "Name": reference.name,
            "Type": "SecureString",
            "Value": found.get("SecretString", ""),
            "Version": 0,
            "Selector": f":{reference.selector}" if reference.selector else None,
            "SourceResult": json.dumps(told, default=str),
            "LastModifiedDate": found["CreatedDate"],
            "ARN": found["ARN"],
            "DataType": "text",
        }

    def _refuse_secret(self, error: AwsError, name: str) -> NoReturn:
        """What Secrets Manager has answered, as SSM hands it on."""
        if error.code == "ResourceNotFoundException":
            raise faults.ParameterNotFound(
                "An error occurred (ParameterNotFound) when referencing Secrets Manager: "
                f"Secret {name} not found."
            ) from None
        raise error

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
