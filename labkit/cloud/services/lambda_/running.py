"""One invocation: an environment that is warm or a new one, the code outside the lab, and its lines.

What a new environment needs are credentials: Lambda takes on the function's role, and the session is called
like the function. So what the code asks of AWS is asked as that role, and the role's policies bind it.
Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle", "Defining Lambda
function permissions with an execution role", "Defined runtime environment variables".
"""

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any

from labkit.cloud.core.faults import not_built
from labkit.cloud.core.functions import Blueprint, Event, ExecutionEnvironment, FunctionRunner, Outcome
from labkit.cloud.core.outside import Outside
from labkit.cloud.identity.credentials import find_credential
from labkit.cloud.identity.principals import principal_of
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.lambda_.configuring import CANNOT_ASSUME
from labkit.cloud.services.lambda_.logs import Logs, lines_of
from labkit.cloud.services.lambda_.model import Function, Version
from labkit.cloud.services.lambda_.sealing import Sealing, unsealable
from labkit.cloud.services.lambda_.service import access_denied, faults
from labkit.crypto.randomness import random_bytes

SESSION = timedelta(hours=1)
SHORTEST_SESSION_NAME = 2
# An environment whose credentials end sooner is not used again.
IN_TIME = timedelta(minutes=15)


class Running(Sealing, Logs):
    """Running a version's code."""

    def run(
        self,
        function: Function,
        version: Version,
        invoked_arn: str,
        payload: bytes,
        client_context: Mapping[str, Any] | None = None,
    ) -> Generator[Outside, Any, tuple[Outcome, str]]:
        """How an invocation ends, and its lines as they stand in the log.

        Raises:
            TooManyRequestsException: as many as are reserved for the function are at work.
            AccessDeniedException: its role can't be taken on.
        """
        runner = self.cloud.functions
        if runner is None:
            raise not_built("lambda", "Invoke where there are no processes")
        self._check_concurrency(runner, function)
        environment = self._environment(runner, version)
        began = self.cloud.clock.now()
        event = Event(self.call.request_id, invoked_arn, payload or b"{}", version.Timeout, client_context)
        outcome: Outcome = yield Outside(lambda: environment.invoke(event))
        lines = lines_of(event.request_id, version, outcome, began, self.cloud.clock.now())
        writer = self._session(environment.blueprint.variables["AWS_ACCESS_KEY_ID"])
        self.write_log(
            version.log_group, environment.blueprint.log_stream, lines, writer, new=outcome.init is not None
        )
        return outcome, "".join(f"{line.text}\n" for line in lines)

    def _check_concurrency(self, runner: FunctionRunner, function: Function) -> None:
        busy = runner.busy(self.arn(f"function:{function.FunctionName}"))
        if function.Reserved is not None and busy >= function.Reserved:
            raise faults.TooManyRequestsException(
                "Rate Exceeded.", Type="User", Reason="ReservedFunctionConcurrentInvocationLimitExceeded"
            )

    def _environment(self, runner: FunctionRunner, version: Version) -> ExecutionEnvironment:
        function, revision = self.arn_of(version), version.RevisionId
        warm = runner.take(function, revision, self.now + IN_TIME)
        return warm or runner.make(function, revision, self._blueprint(version))

    def _blueprint(self, version: Version) -> Blueprint:
        try:
            answer = self.ask(
                "sts",
                "AssumeRole",
                itself=True,
                RoleArn=version.Role,
                RoleSessionName=version.FunctionName.ljust(SHORTEST_SESSION_NAME, "-"),
                DurationSeconds=int(SESSION.total_seconds()),
            )
        except AwsError:
            raise access_denied(CANNOT_ASSUME) from None
        credentials = answer["Credentials"]
        try:
            variables = self.open(version, self._session(credentials["AccessKeyId"]))
        except AwsError as error:
            raise unsealable(error) from None
        package = self.tables.packages.get(version.Id)
        assert package is not None
        log_stream = f"{self.now:%Y/%m/%d}/[{version.Version}]{random_bytes(16).hex()}"
        own = {
            "_HANDLER": version.Handler,
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.Runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.MemorySize),
            "AWS_LAMBDA_FUNCTION_NAME": version.FunctionName,
            "AWS_LAMBDA_FUNCTION_VERSION": version.Version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
            "AWS_REGION": self.region,
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }
        return Blueprint(package.Zip, {**variables, **own}, log_stream, credentials["Expiration"])

    def _session(self, access_key_id: str) -> Principal:
        """The function's role as it is taken on with this access key."""
        credential = find_credential(self.cloud, access_key_id)
        assert credential is not None
        return principal_of(self.cloud, credential)
