"""Functions come, are looked at, and go.

AWS takes some seconds until a new function is Active, and so does the answer of CreateFunction say; the next
call here finds it ready.
Source: Lambda API Reference, "CreateFunction", "GetFunction", "ListFunctions", "DeleteFunction".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.core.pagination import BadMarkerError, page_of
from labkit.cloud.services.lambda_.configuring import Configuring
from labkit.cloud.services.lambda_.model import LATEST, Function, Package, Version, key
from labkit.cloud.services.lambda_.packages import Packages, digest
from labkit.cloud.services.lambda_.publishing import Publishing
from labkit.cloud.services.lambda_.service import faults, invalid
from labkit.cloud.services.lambda_.tags import with_tags
from labkit.crypto.randomness import random_uuid

PAGE = 50
LONGEST_NAME = 64
CREATING = {
    "State": "Pending",
    "StateReason": "The function is being created.",
    "StateReasonCode": "Creating",
}


class Functions(Configuring, Packages, Publishing):
    """Create, get, list and delete."""

    def create_function(
        self,
        FunctionName: str,
        Role: str,
        Code: Mapping[str, Any],
        Runtime: str | None = None,
        Handler: str | None = None,
        Description: str = "",
        Timeout: int = 3,
        MemorySize: int = 128,
        Publish: bool = False,
        VpcConfig: Mapping[str, Any] | None = None,
        PackageType: str = "Zip",
        DeadLetterConfig: Mapping[str, str] | None = None,
        Environment: Mapping[str, Any] | None = None,
        KMSKeyArn: str = "",
        TracingConfig: Mapping[str, str] | None = None,
        Tags: Mapping[str, str] | None = None,
        Layers: Sequence[str] = (),
        FileSystemConfigs: Sequence[Mapping[str, str]] = (),
        ImageConfig: Mapping[str, Any] | None = None,
        CodeSigningConfigArn: str | None = None,
        Architectures: Sequence[str] = ("x86_64",),
        EphemeralStorage: Mapping[str, int] | None = None,
        SnapStart: Mapping[str, str] | None = None,
        LoggingConfig: Mapping[str, str] | None = None,
        CapacityProviderConfig: Mapping[str, Any] | None = None,
        PublishTo: str | None = None,
        DurableConfig: Mapping[str, Any] | None = None,
        TenancyConfig: Mapping[str, Any] | None = None,
        RuntimeConfig: Mapping[str, Any] | None = None,
        AcceleratorConfig: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A new function from a zip archive. `Timeout` is in seconds, `MemorySize` in MB.

        Raises:
            ResourceConflictException: there is one of this name.
            InvalidParameterValueException: the archive, the runtime, the role or the variables.
            AccessDeniedException: the caller may not, or may not pass the role.
        """
        reference = self.refer(FunctionName)
        tags = Tags or {}
        pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.allow_function(reference, told=lambda: facts_of_tags(pairs))
        if len(reference.name) > LONGEST_NAME:
            raise faults.ValidationException(
                f"1 validation error detected: Value '{reference.name}' at 'functionName' failed to satisfy "
                f"constraint: Member must have length less than or equal to {LONGEST_NAME}"
            )
        if reference.name in self.tables.functions:
            raise faults.ResourceConflictException(f"Function already exist: {reference.name}", Type="User")
        self.check_built(PackageType=PackageType == "Image")
        if Runtime is None or Handler is None:
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        package = self.fetch(Code)
        bare = Version(
            key(reference.name, LATEST),
            reference.name,
            LATEST,
            "",
            "",
            "",
            len(package),
            digest(package),
            self.now,
            random_uuid(),
        )
        version = self.with_settings(
            bare,
            {
                "Runtime": Runtime,
                "Role": Role,
                "Handler": Handler,
                "Description": Description,
                "Timeout": Timeout,
                "MemorySize": MemorySize,
                "VpcConfig": VpcConfig,
                "DeadLetterConfig": DeadLetterConfig,
                "KMSKeyArn": KMSKeyArn,
                "Environment": Environment,
                "TracingConfig": TracingConfig,
                "Layers": Layers,
                "FileSystemConfigs": FileSystemConfigs,
                "ImageConfig": ImageConfig,
                "CodeSigningConfigArn": CodeSigningConfigArn,
                "Architectures": Architectures,
                "EphemeralStorage": EphemeralStorage,
                "SnapStart": SnapStart,
                "LoggingConfig": LoggingConfig,
                "CapacityProviderConfig": CapacityProviderConfig,
                "PublishTo": PublishTo,
                "DurableConfig": DurableConfig,
                "TenancyConfig": TenancyConfig,
                "RuntimeConfig": RuntimeConfig,
                "AcceleratorConfig": AcceleratorConfig,
            },
        )
        self.tables.functions.put(Function(reference.name, Tags=with_tags((), tags)))
        self.tables.versions.put(version)
        self.tables.packages.put(Package(version.Id, package))
        if Publish:
            version = self.publish(version)
        return {**self.configuration(version, numbered=Publish), **CREATING}

    def get_function(self, FunctionName: str, Qualifier: str | None = None) -> dict[str, Any]:
        """A function's configuration, tags and reserved concurrency. Where to download the code from, as AWS
        tells, the lab does not. ResourceNotFoundException."""
        reference = self.refer(FunctionName, Qualifier)
        function = self.find(reference)
        version = self.version(reference)
        told: dict[str, Any] = {
            "Configuration": self.configuration(version, numbered=bool(reference.qualifier)),
            "Code": {"RepositoryType": "S3"},
        }
        if function.Tags:
            told["Tags"] = dict(function.Tags)
        if function.Reserved is not None:
            told["Concurrency"] = {"ReservedConcurrentExecutions": function.Reserved}
        return told

    def get_function_configuration(self, FunctionName: str, Qualifier: str | None = None) -> dict[str, Any]:
        """A function's configuration. ResourceNotFoundException."""
        reference = self.refer(FunctionName, Qualifier)
        self.find(reference)
        return self.configuration(self.version(reference), numbered=bool(reference.qualifier))

    def list_functions(
        self,
        MasterRegion: str | None = None,
        FunctionVersion: str | None = None,
        Marker: str | None = None,
        MaxItems: int = PAGE,
    ) -> dict[str, Any]:
        """The functions of this account and region by name, with all their versions if `FunctionVersion` is
        ALL. InvalidParameterValueException: a marker of somebody else's."""
        self.allow("*")
        self.check_built(MasterRegion=MasterRegion)
        try:
            page, marker = page_of(self.tables.functions, Marker, min(MaxItems, PAGE))
        except BadMarkerError:
            raise invalid("Could not decode NextMarker") from None
        found = []
        for function in page:
            versions = self.tables.versions.beginning(key(function.FunctionName))
            kept = [one for one in versions if FunctionVersion == "ALL" or one.Version == LATEST]
            found += [self.configuration(one, numbered=FunctionVersion == "ALL") for one in kept]
        return {"Functions": found, "NextMarker": marker}

    def delete_function(self, FunctionName: str, Qualifier: str | None = None) -> dict[str, Any]:
        """Delete a function with all that is its own, or one of its published versions.

        Raises:
            ResourceNotFoundException: there is none.
            InvalidParameterValueException: `Qualifier` is $LATEST, or an alias.
            ResourceConflictException: an alias points at the version.
        """
        reference = self.refer(FunctionName, Qualifier)
        self.find(reference)
        if reference.qualifier:
            self._delete_version(reference.name, reference.qualifier)
        else:
            self._forget(reference.name)
            self.tables.functions.delete(reference.name)
        if self.cloud.functions is not None:
            self.cloud.functions.retire(reference.function_arn)
        return {"StatusCode": 204}

    def _forget(self, name: str) -> None:
        """Delete what is a function's own."""
        for version in list(self.tables.versions.beginning(key(name))):
            self.tables.versions.delete(version.Id)
            self.tables.packages.delete(version.Id)
        for alias in list(self.tables.aliases.beginning(key(name))):
            self.tables.aliases.delete(alias.Id)

    def _delete_version(self, name: str, qualifier: str) -> None:
        if qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdecimal():
            raise invalid("Deletion of aliases is not currently supported.")
        pointing = [
            alias.Name
            for alias in self.tables.aliases.beginning(key(name))
            if qualifier in (alias.FunctionVersion, *dict(alias.Weights))
        ]
        if pointing:
            raise faults.ResourceConflictException(
                f"Version {qualifier} is currently referenced by the following aliases: "
                f"{', '.join(pointing)}. Please remove the reference in order to delete the version.",
                Type="User",
            )
        if key(name, qualifier) in self.tables.versions:
            self.tables.versions.delete(key(name, qualifier))
            self.tables.packages.delete(key(name, qualifier))
