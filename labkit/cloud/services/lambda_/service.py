"""What every chapter of Lambda begins with: which function, which of its versions, may I.

    rotate                                                   the name
    rotate:live                                              with a qualifier: a version or an alias
    123456789012:function:rotate                             a partial ARN
    arn:aws:lambda:us-east-1:123456789012:function:rotate    the ARN

Source: Lambda API Reference; Service Authorization Reference, "AWS Lambda"; the sentences of errors as public
reports quote them.
"""

from collections.abc import Callable
from typing import NamedTuple

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.service import Service
from labkit.cloud.policy.decision import Decision
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.services.lambda_.model import LATEST, Alias, Function, LambdaTables, Version, key
from labkit.cloud.state.arns import arn
from labkit.crypto.randomness import random_bytes

faults = Faults("lambda")

USER = "User"  # the Type of an error that is the caller's


class Reference(NamedTuple):
    """What a request refers to: a function, and by its qualifier one of its versions."""

    account: str
    name: str
    qualifier: str
    function_arn: str

    @property
    def arn(self) -> str:
        """The ARN, with the qualifier if there is one."""
        return f"{self.function_arn}:{self.qualifier}" if self.qualifier else self.function_arn


class LambdaService(Service):
    """Base of Lambda's chapters."""

    name = "lambda"
    data_events = frozenset({"Invoke"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(LambdaTables, self.account, self.region)

    def refer(self, FunctionName: str, Qualifier: str | None = None) -> Reference:
        """What a name, a partial ARN or an ARN means.

        Raises:
            InvalidParameterValueException: the name and the qualifier contradict each other.
            ResourceNotFoundException: it is in another region.
        """
        account, region, name = self.account, self.region, FunctionName
        if FunctionName.startswith("arn:"):
            _, _, _, region, account, name = FunctionName.split(":", 5)
        elif FunctionName[:12].isdecimal() and FunctionName[12:13] == ":":
            account, name = FunctionName.split(":", 1)
        name, _, inner = name.removeprefix("function:").partition(":")
        if inner and Qualifier and inner != Qualifier:
            raise faults.InvalidParameterValueException(
                "The derived qualifier from the function name does not match the specified qualifier.",
                Type=USER,
            )
        function_arn = arn("lambda", region, account, f"function:{name}")
        found = Reference(account, name, Qualifier or inner, function_arn)
        if region != self.region:
            raise self.not_found(found.arn)
        return found

    def tables_of(self, reference: Reference) -> LambdaTables:
        """The tables that a function is in, which may be those of another account."""
        return self.cloud.store.tables(LambdaTables, reference.account, self.region)

    def arn_of(self, version: Version) -> str:
        """The ARN of a version, with its number."""
        return self.arn(f"function:{version.FunctionName}:{version.Version}")

    def allow_function(
        self, reference: Reference, action: str = "", told: Callable[[], Facts] | None = None
    ) -> None:
        """Go on only if the caller may do this with the function, whether there is such a one or not.

        Raises:
            AccessDeniedException: the caller may not.
        """
        function = self.tables_of(reference).functions.get(reference.name)
        policy = policy_on(function, reference.qualifier) if function else None

        def known() -> Facts:
            tags = {f"aws:ResourceTag/{name}": value for name, value in (function.Tags if function else ())}
            return {"lambda:FunctionArn": reference.function_arn, **tags, **(told() if told else {})}

        self.allow(reference.arn, action, policy, facts=known)

    def find(
        self,
        reference: Reference,
        action: str = "",
        told: Callable[[], Facts] | None = None,
        *,
        anywhere: bool = False,
    ) -> Function:
        """The function, once it is clear that the caller may do this with it.

        Raises:
            AccessDeniedException: the caller may not. ResourceNotFoundException: there is none.
            AwsError: NotImplemented, it is in another account, and not to be found `anywhere`.
        """
        self.allow_function(reference, action, told)
        self.check_built(
            **{"a FunctionName of another account": not anywhere and reference.account != self.account}
        )
        found = self.tables_of(reference).functions.get(reference.name)
        if found is None:
            raise self.not_found(reference.arn)
        return found

    def version(self, reference: Reference) -> Version:
        """The version that a reference leads to, by way of an alias if it names one.

        Raises:
            ResourceNotFoundException: there is no such version or alias.
        """
        tables, wanted = self.tables_of(reference), reference.qualifier or LATEST
        alias = tables.aliases.get(key(reference.name, wanted))
        if alias is not None:
            wanted = _choose(alias)
        found = tables.versions.get(key(reference.name, wanted))
        if found is None:
            raise self.not_found(reference.arn)
        return found

    def not_found(self, function_arn: str) -> AwsError:
        """The error for a function, version or alias that is not there."""
        return faults.ResourceNotFoundException(f"Function not found: {function_arn}", Type=USER)

    def check_revision(self, asked: str | None, actual: str) -> None:
        """Go on only if the caller has seen what there is now. PreconditionFailedException."""
        if asked is not None and asked != actual:
            raise faults.PreconditionFailedException(
                "The Revision Id provided does not match the latest Revision Id. Call the "
                "GetFunction/GetAlias API to retrieve the latest Revision Id",
                Type=USER,
            )

    def _denied(self, decision: Decision) -> Exception:
        refusal = super()._denied(decision)
        assert isinstance(refusal, AwsError)
        return access_denied(refusal.message)


def policy_on(function: Function, qualifier: str) -> str | None:
    """The JSON of the policy on a function, or on one of its versions or aliases; None if there is none."""
    for policy in function.Policies:
        if policy.Qualifier == qualifier:
            statements = ",".join(statement for _, statement in policy.Statements)
            return f'{{"Version":"2012-10-17","Id":"default","Statement":[{statements}]}}'
    return None


def too_large(message: str) -> AwsError:
    """The error for a request that is too long. Its name is not the one in the service model."""
    return aws_error("RequestEntityTooLargeException", 413, message)


def access_denied(message: str) -> AwsError:
    """The error for what the caller, or the function's role, may not."""
    error = faults.AccessDeniedException(message)
    error.status = 403  # most services that speak JSON say 400
    return error


def invalid(message: str) -> AwsError:
    """The error for parameters that don't go together, or that the lab's Lambda can't work with."""
    return faults.InvalidParameterValueException(message, Type=USER)


def _choose(alias: Alias) -> str:
    """The version that this call goes to: chance gives each other version its share."""
    drawn = int.from_bytes(random_bytes(7), "big") / (1 << 56)
    for version, weight in alias.Weights:
        if drawn < weight:
            return version
        drawn -= weight
    return alias.FunctionVersion
