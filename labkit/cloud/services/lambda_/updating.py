"""Changing $LATEST: its code, or its configuration. Environments that run the old one handle no more events.

Source: Lambda API Reference, "UpdateFunctionCode", "UpdateFunctionConfiguration".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.services.lambda_.configuring import Configuring
from labkit.cloud.services.lambda_.model import LATEST, Package, Version, key
from labkit.cloud.services.lambda_.packages import Packages, digest
from labkit.cloud.services.lambda_.publishing import Publishing
from labkit.cloud.services.lambda_.service import Reference, invalid
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

# An update takes AWS some seconds; the next call here finds it done.
UPDATING = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}


class Updating(Configuring, Packages, Publishing):
    """UpdateFunctionCode and UpdateFunctionConfiguration."""

    def update_function_code(
        self,
        FunctionName: str,
        ZipFile: bytes | None = None,
        S3Bucket: str | None = None,
        S3Key: str | None = None,
        S3ObjectVersion: str | None = None,
        S3ObjectStorageMode: str | None = None,
        ImageUri: str | None = None,
        Publish: bool = False,
        PublishTo: str | None = None,
        DryRun: bool = False,
        RevisionId: str | None = None,
        Architectures: Sequence[str] | None = None,
        SourceKMSKeyArn: str | None = None,
    ) -> dict[str, Any]:
        """Replace the code of $LATEST; with `DryRun`, only check that it could be.

        Raises:
            ResourceNotFoundException: there is no such function.
            InvalidParameterValueException: the archive, or a published version.
            PreconditionFailedException: it has another revision than the caller thinks.
        """
        reference, latest = self._latest(FunctionName, RevisionId)
        self.check_built(PublishTo=PublishTo)
        source = {
            "ZipFile": ZipFile,
            "S3Bucket": S3Bucket,
            "S3Key": S3Key,
            "S3ObjectVersion": S3ObjectVersion,
            "S3ObjectStorageMode": S3ObjectStorageMode,
            "ImageUri": ImageUri,
            "SourceKMSKeyArn": SourceKMSKeyArn,
        }
        package = self.fetch({name: value for name, value in source.items() if value is not None})
        changed = replace(
            self.with_settings(latest, {"Architectures": Architectures}),
            CodeSize=len(package),
            CodeSha256=digest(package),
        )
        if DryRun:
            return self.configuration(changed, numbered=False)
        changed = self._put_latest(reference, changed)
        self.tables.packages.put(Package(changed.Id, package))
        if Publish:
            changed = self.publish(changed)
        return {**self.configuration(changed, numbered=Publish), **UPDATING}

    def update_function_configuration(
        self,
        FunctionName: str,
        Role: str | None = None,
        Handler: str | None = None,
        Description: str | None = None,
        Timeout: int | None = None,
        MemorySize: int | None = None,
        VpcConfig: Mapping[str, Any] | None = None,
        Environment: Mapping[str, Any] | None = None,
        Runtime: str | None = None,
        DeadLetterConfig: Mapping[str, str] | None = None,
        KMSKeyArn: str | None = None,
        TracingConfig: Mapping[str, str] | None = None,
        RevisionId: str | None = None,
        Layers: Sequence[str] | None = None,
        FileSystemConfigs: Sequence[Mapping[str, str]] | None = None,
        ImageConfig: Mapping[str, Any] | None = None,
        EphemeralStorage: Mapping[str, int] | None = None,
        SnapStart: Mapping[str, str] | None = None,
        LoggingConfig: Mapping[str, str] | None = None,
        CapacityProviderConfig: Mapping[str, Any] | None = None,
        DurableConfig: Mapping[str, Any] | None = None,
        RuntimeConfig: Mapping[str, Any] | None = None,
        AcceleratorConfig: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Change settings of $LATEST; what is not given stays. Errors as for UpdateFunctionCode."""
        reference, latest = self._latest(FunctionName, RevisionId)
        changed = self.with_settings(
            latest,
            {
                "Role": Role,
                "Handler": Handler,
                "Description": Description,
                "Timeout": Timeout,
                "MemorySize": MemorySize,
                "VpcConfig": VpcConfig,
                "Environment": Environment,
                "Runtime": Runtime,
                "DeadLetterConfig": DeadLetterConfig,
                "KMSKeyArn": KMSKeyArn,
                "TracingConfig": TracingConfig,
                "Layers": Layers,
                "FileSystemConfigs": FileSystemConfigs,
                "ImageConfig": ImageConfig,
                "EphemeralStorage": EphemeralStorage,
                "SnapStart": SnapStart,
                "LoggingConfig": LoggingConfig,
                "CapacityProviderConfig": CapacityProviderConfig,
                "DurableConfig": DurableConfig,
                "RuntimeConfig": RuntimeConfig,
                "AcceleratorConfig": AcceleratorConfig,
            },
        )
        return {**self.configuration(self._put_latest(reference, changed), numbered=False), **UPDATING}

    def _latest(self, FunctionName: str, RevisionId: str | None) -> tuple[Reference, Version]:
        reference = self.refer(FunctionName)
        self.find(reference)
        if reference.qualifier not in ("", LATEST):
            raise invalid(f"Operation is not supported for the qualifier {reference.qualifier}.")
        latest = self.tables.versions.get(key(reference.name, LATEST))
        assert latest is not None
        self.check_revision(RevisionId, latest.RevisionId)
        return reference, latest

    def _put_latest(self, reference: Reference, version: Version) -> Version:
        version = replace(version, RevisionId=random_uuid(), LastModified=self.now)
        self.tables.versions.put(version)
        if self.cloud.functions is not None:
            self.cloud.functions.retire(reference.function_arn)
        return version
