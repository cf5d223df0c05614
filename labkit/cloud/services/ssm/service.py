"""What every chapter of Parameter Store begins with: which parameter, may I, which version.

Source: SSM API Reference; Service Authorization Reference, "AWS Systems Manager".
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker
from labkit.cloud.core.service import Service
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.services.ssm.model import Parameter, ParameterVersion, SsmTables, version_id
from labkit.cloud.services.ssm.names import Reference, faults, read_reference

T = TypeVar("T")


class SsmService(Service):
    """Base of Parameter Store's chapters."""

    name = "ssm"

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(SsmTables, self.account, self.region)

    def arn_of(self, name: str, account: str = "") -> str:
        """The ARN of a parameter of this name, in the caller's account unless another is given."""
        own = self.arn("parameter/" + name.removeprefix("/"))
        return own.replace(f":{self.account}:", f":{account}:", 1) if account else own

    def tables_of(self, reference: Reference) -> SsmTables:
        """The Parameter Store that a reference leads to."""
        return self.cloud.store.tables(SsmTables, reference.account or self.account, self.region)

    def refer(self, Name: str) -> Reference:
        """What a name in a request refers to.

        Raises:
            ParameterNotFound: nothing can go by it, or it is an ARN of another region.
        """
        reference = read_reference(Name)
        if reference is None or reference.region not in ("", self.region):
            raise faults.ParameterNotFound()
        return reference

    def lookup(self, reference: Reference) -> Parameter | None:
        """The parameter that a reference leads to. An ARN doesn't tell whether the name has a slash."""
        found = self.tables_of(reference).parameters
        if reference.account and "/" not in reference.name:
            return found.get(reference.name) or found.get("/" + reference.name)
        return found.get(reference.name)

    def allow_parameter(
        self, reference: Reference, action: str = "", told: Callable[[], Facts] | None = None
    ) -> None:
        """Go on only if the caller may do this with the parameter, whether there is such a one or not.

        Raises:
            AccessDeniedException: the caller may not.
        """
        parameter = self.lookup(reference)
        shared = parameter.Shared[0].Policy if parameter and parameter.Shared else None

        def known() -> Facts:
            tags = {f"aws:ResourceTag/{key}": value for key, value in (parameter.Tags if parameter else ())}
            return {**tags, **(told() if told else {})}

        self.allow(self.arn_of(reference.name, reference.account), action, shared, facts=known)

    def find_own(self, Name: str, action: str = "") -> Parameter:
        """A parameter of the caller's, once it is clear that the caller may do this with it.

        Raises:
            ParameterNotFound: there is none of this name. AccessDeniedException: the caller may not.
        """
        reference = self.refer(Name)
        self.allow_parameter(reference, action)
        parameter = self.lookup(reference)
        if parameter is None or reference.account not in ("", self.account) or reference.selector:
            raise faults.ParameterNotFound()
        return parameter

    def version(
        self, parameter: Parameter, number: int = 0, tables: SsmTables | None = None
    ) -> ParameterVersion:
        """A version of a parameter, by default the newest.

        Raises:
            ParameterVersionNotFound: it has no such version, or no longer.
        """
        kept = (tables or self.tables).versions
        found = kept.get(version_id(parameter.Name, number or parameter.Newest))
        if found is None:
            raise no_version(number, parameter.Name)
        return found

    def versions(self, parameter: Parameter, tables: SsmTables | None = None) -> list[ParameterVersion]:
        """All versions of a parameter that are kept, the oldest first."""
        kept = (tables or self.tables).versions
        return list(kept.beginning(version_id(parameter.Name)))

    def page(self, items: Iterable[T], limit: int, name_of: Callable[[T], str]) -> tuple[list[T], str | None]:
        """The first `limit` of these, and the token behind which the list goes on, if it does."""
        found = list(islice(items, limit + 1))
        shown = found[:limit]
        return shown, make_marker(name_of(shown[-1])) if len(found) > limit else None

    def marker_in(self, NextToken: str | None) -> str | None:
        """The name behind which a list goes on; InvalidNextToken."""
        try:
            return read_marker(NextToken) if NextToken else None
        except BadMarkerError:
            raise faults.InvalidNextToken("The specified token isn't valid.") from None


def no_version(selector: object, name: str) -> Exception:
    """The error for a version that a parameter doesn't have."""
    return faults.ParameterVersionNotFound(
        f"Systems Manager could not find version {selector} of {name}. Verify the version and try again."
    )
