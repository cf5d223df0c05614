"""A version's configuration: what may be in it, and how an answer tells it.

The lab runs Python alone, and by the Python that it runs on itself, whichever of them a function asks for.
Source: Lambda API Reference, "CreateFunction", "FunctionConfiguration"; Lambda Developer Guide, "Lambda
runtimes", "Lambda quotas".
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.identity.directory import find_role_by_arn
from labkit.cloud.identity.named import as_meant
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.principal import service_principal
from labkit.cloud.policy.question import Question
from labkit.cloud.services.lambda_.model import Version
from labkit.cloud.services.lambda_.sealing import Sealing
from labkit.cloud.services.lambda_.service import access_denied, faults, invalid
from labkit.records import replace

SUPPORTED = frozenset(f"python3.{minor}" for minor in range(10, 16))
LONGEST, LARGEST = 900, 10240

CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."


class Configuring(Sealing):
    """Checking and telling configurations."""

    def with_settings(self, version: Version, settings: Mapping[str, Any]) -> Version:
        """The version with these parameters of a request in place of what it has; None leaves as it is.

        Raises:
            InvalidParameterValueException: what AWS does not run, or a role that Lambda can't take on.
            AccessDeniedException: the caller may not pass the role.
            AwsError: NotImplemented, what the lab does not have.
        """
        given = {name: value for name, value in settings.items() if value is not None}
        self._check_lab_has(given)
        if "Runtime" in given:
            _check_runtime(given["Runtime"], self.operation)
        _check_most("timeout", given.get("Timeout"), LONGEST)
        _check_most("memorySize", given.get("MemorySize"), LARGEST)
        if "Role" in given:
            self._check_role(given["Role"])
        simple = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn")
        version = replace(version, **{name: given[name] for name in simple if name in given})
        if "EphemeralStorage" in given:
            version = replace(version, EphemeralStorage=given["EphemeralStorage"]["Size"])
        if "TracingConfig" in given:
            version = replace(version, Tracing=given["TracingConfig"].get("Mode", "PassThrough"))
        if "Architectures" in given:
            version = replace(version, Architecture=given["Architectures"][0])
        if "LoggingConfig" in given:
            version = replace(version, LogGroup=given["LoggingConfig"].get("LogGroup", ""))
        if "Environment" in given or "KMSKeyArn" in given:
            variables = given["Environment"].get("Variables", {}) if "Environment" in given else None
            if variables is None:
                variables = self.open(version)
            version = replace(
                version, Environment=self.seal(version.FunctionName, variables, version.KMSKeyArn)
            )
        if given.keys() & {"Environment", "KMSKeyArn", "Role"}:
            self.grant(version)
        return version

    def configuration(self, version: Version, *, numbered: bool = True) -> dict[str, Any]:
        """FunctionConfiguration; its ARN ends with the version unless it is not to be `numbered`."""
        told = {
            "FunctionName": version.FunctionName,
            "FunctionArn": self.arn_of(version) if numbered else self.arn(f"function:{version.FunctionName}"),
            "Runtime": version.Runtime,
            "Role": version.Role,
            "Handler": version.Handler,
            "CodeSize": version.CodeSize,
            "Description": version.Description,
            "Timeout": version.Timeout,
            "MemorySize": version.MemorySize,
            "LastModified": f"{version.LastModified:%Y-%m-%dT%H:%M:%S}."
            f"{version.LastModified.microsecond // 1000:03d}+0000",
            "CodeSha256": version.CodeSha256,
            "Version": version.Version,
            "TracingConfig": {"Mode": version.Tracing},
            "RevisionId": version.RevisionId,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": [version.Architecture],
            "EphemeralStorage": {"Size": version.EphemeralStorage},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": version.log_group},
        }
        if version.KMSKeyArn:
            told["KMSKeyArn"] = version.KMSKeyArn
        if version.Environment:
            told["Environment"] = self.shown(version)
        return told

    def _check_lab_has(self, given: Mapping[str, Any]) -> None:
        vpc, dead_letters = given.get("VpcConfig") or {}, given.get("DeadLetterConfig") or {}
        snap_start, logging = given.get("SnapStart") or {}, given.get("LoggingConfig") or {}
        self.check_built(
            VpcConfig=vpc.get("SubnetIds") or vpc.get("SecurityGroupIds"),
            DeadLetterConfig=dead_letters.get("TargetArn"),
            SnapStart=snap_start.get("ApplyOn", "None") != "None",
            LoggingConfig=logging.get("LogFormat", "Text") != "Text",
            **{name: given.get(name) for name in BEYOND},
        )

    def _check_role(self, role_arn: str) -> None:
        """Go on only if the caller may pass the role, and its trust policy lets Lambda take it on."""
        if role_arn.split(":")[4] != self.account:
            raise access_denied("Cross-account pass role is not allowed.")
        self.allow(role_arn, "iam:PassRole", facts=lambda: {"iam:PassedToService": "lambda.amazonaws.com"})
        role = find_role_by_arn(self.cloud, role_arn)
        if role is None:
            raise invalid(CANNOT_ASSUME)
        trust = as_meant(self.cloud, role.TrustPolicy, role.TrustNames)
        lambda_itself = service_principal("lambda", self.account)
        question = Question(lambda_itself, "sts:AssumeRole", role_arn, trust, rooted=True)
        if not decide(question, lambda: {"aws:SourceAccount": self.account}).allowed:
            raise invalid(CANNOT_ASSUME)


# Parameters of AWS's that the lab does not have at all.
BEYOND = (
    "FileSystemConfigs",
    "Layers",
    "CodeSigningConfigArn",
    "ImageConfig",
    "TenancyConfig",
    "CapacityProviderConfig",
    "DurableConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "PublishTo",
)


def _check_runtime(runtime: str, operation: str) -> None:
    if runtime in SUPPORTED:
        return
    if runtime.startswith("python"):
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )
    raise not_built("lambda", f"{operation} with Runtime {runtime}")


def _check_most(name: str, value: int | None, most: int) -> None:
    if value is not None and value > most:
        raise faults.ValidationException(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member "
            f"must have value less than or equal to {most}"
        )
