"""Aliases: names for versions, that can be moved. Who invokes `rotate:live` needs no new code for a new one.

Source: Lambda Developer Guide, "Create an alias for a Lambda function"; Lambda API Reference, "CreateAlias".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.services.lambda_.model import LATEST, Alias, key
from labkit.cloud.services.lambda_.service import LambdaService, Reference, faults, invalid
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

PAGE = 50


class Aliases(LambdaService):
    """Create, get, list, move and delete aliases."""

    def create_alias(
        self,
        FunctionName: str,
        Name: str,
        FunctionVersion: str,
        Description: str = "",
        RoutingConfig: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A new name for a version; `RoutingConfig` gives other versions a share of the invocations.

        Raises:
            ResourceConflictException: there is such an alias. ResourceNotFoundException: no such version.
            InvalidParameterValueException: the shares make no sense.
        """
        reference = self._named(FunctionName, Name)
        self.find(reference)
        alias_id = key(reference.name, Name)
        if alias_id in self.tables.aliases:
            raise faults.ResourceConflictException(
                f"Alias already exists: {reference.arn}, aliasName: {Name}", Type="User"
            )
        alias = Alias(alias_id, reference.name, Name, FunctionVersion, random_uuid(), Description)
        return self._put_alias(reference, replace(alias, Weights=_weights(RoutingConfig)))

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, Any]:
        """Where an alias points. ResourceNotFoundException."""
        reference = self._named(FunctionName, Name)
        self.find(reference)
        return self._answer(self._alias(reference))

    def list_aliases(
        self,
        FunctionName: str,
        FunctionVersion: str | None = None,
        Marker: str | None = None,
        MaxItems: int = PAGE,
    ) -> dict[str, Any]:
        """The aliases of a function, or those that point at one version. ResourceNotFoundException."""
        reference = self.refer(FunctionName)
        self.find(reference)
        found = [
            alias
            for alias in self.tables.aliases.beginning(key(reference.name))
            if FunctionVersion in (None, alias.FunctionVersion)
        ]
        try:
            page, marker = page_of_list(found, lambda alias: alias.Name, Marker, min(MaxItems, PAGE))
        except BadMarkerError:
            raise invalid("Could not decode NextMarker") from None
        return {"Aliases": [self._answer(alias) for alias in page], "NextMarker": marker}

    def update_alias(
        self,
        FunctionName: str,
        Name: str,
        FunctionVersion: str | None = None,
        Description: str | None = None,
        RoutingConfig: Mapping[str, Any] | None = None,
        RevisionId: str | None = None,
    ) -> dict[str, Any]:
        """Point an alias at another version, or change what else it has; what is not given stays.

        Raises:
            ResourceNotFoundException: there is no such alias or version.
            PreconditionFailedException: it has another revision than the caller thinks.
        """
        reference = self._named(FunctionName, Name)
        self.find(reference)
        alias = self._alias(reference)
        self.check_revision(RevisionId, alias.RevisionId)
        return self._put_alias(
            reference,
            replace(
                alias,
                FunctionVersion=FunctionVersion or alias.FunctionVersion,
                Description=alias.Description if Description is None else Description,
                Weights=alias.Weights if RoutingConfig is None else _weights(RoutingConfig),
                RevisionId=random_uuid(),
            ),
        )

    def delete_alias(self, FunctionName: str, Name: str) -> None:
        """Delete an alias; nothing happens if there is none."""
        reference = self._named(FunctionName, Name)
        self.find(reference)
        if key(reference.name, Name) in self.tables.aliases:
            self.tables.aliases.delete(key(reference.name, Name))

    def _named(self, FunctionName: str, Name: str) -> Reference:
        return self.refer(FunctionName)._replace(qualifier=Name)

    def _alias(self, reference: Reference) -> Alias:
        alias = self.tables.aliases.get(key(reference.name, reference.qualifier))
        if alias is None:
            raise faults.ResourceNotFoundException(f"Cannot find alias arn: {reference.arn}", Type="User")
        return alias

    def _put_alias(self, reference: Reference, alias: Alias) -> dict[str, Any]:
        for version in (alias.FunctionVersion, *dict(alias.Weights)):
            if key(reference.name, version) not in self.tables.versions:
                raise self.not_found(f"{reference.function_arn}:{version}")
        if alias.Weights and LATEST in (alias.FunctionVersion, *dict(alias.Weights)):
            raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        self.tables.aliases.put(alias)
        return self._answer(alias)

    def _answer(self, alias: Alias) -> dict[str, Any]:
        told: dict[str, Any] = {
            "AliasArn": self.arn(f"function:{alias.FunctionName}:{alias.Name}"),
            "Name": alias.Name,
            "FunctionVersion": alias.FunctionVersion,
            "Description": alias.Description,
            "RevisionId": alias.RevisionId,
        }
        if alias.Weights:
            told["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.Weights)}
        return told


def _weights(RoutingConfig: Mapping[str, Any] | None) -> tuple[tuple[str, float], ...]:
    weights = (RoutingConfig or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if any(not 0 <= weight <= 1 for weight in weights.values()):
        raise invalid("Weights must be between 0.0 and 1.0")
    return tuple(sorted(weights.items()))
