"""DescribeParameters: everything about parameters, except for their values.

Source: SSM API Reference, "DescribeParameters".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.question import Question
from labkit.cloud.services.ssm.filters import Filter, check_filters, common_beginning, exact_names, passes
from labkit.cloud.services.ssm.model import Parameter, ParameterVersion, SsmTables
from labkit.cloud.services.ssm.names import faults
from labkit.cloud.services.ssm.policies import shown
from labkit.cloud.services.ssm.service import SsmService

PAGE = 50
KEYS = ("Path", "Name", "Type", "KeyId", "Tier", "DataType", "tag")

Described = tuple[Parameter, ParameterVersion, str]


class Describing(SsmService):
    """Describe parameters."""

    def describe_parameters(
        self,
        Filters: Sequence[Mapping[str, Any]] = (),
        ParameterFilters: Sequence[Mapping[str, Any]] = (),
        MaxResults: int = PAGE,
        NextToken: str | None = None,
        Shared: bool = False,
    ) -> dict[str, Any]:
        """The newest version of every parameter that passes the filters, in the order of the names.

        `Shared` asks for those that other accounts share with this one.

        Raises:
            ValidationException: old filters and new ones in one request.
            InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken.
        """
        self.allow("*")
        if Filters and ParameterFilters:
            raise faults.ValidationException(
                "You can use either Filters or ParameterFilters in a single request."
            )
        filters = ParameterFilters or [{**one, "Option": "BeginsWith"} for one in Filters]
        check_filters(filters, KEYS)
        fits, after = passes(filters), self.marker_in(NextToken)
        all_of_them: Iterable[Described] = self._shared(after) if Shared else self._own(filters, after)
        chosen = (one for one in all_of_them if fits(*one[:2]))
        page, token = self.page(chosen, MaxResults, lambda one: one[2] if Shared else one[0].Name)
        return {"Parameters": [_metadata(*one, self.now) for one in page], "NextToken": token}

    def _own(self, filters: Sequence[Filter], after: str | None) -> Iterator[Described]:
        """The caller's parameters; of a long list, only the stretch in which the filters can find any."""
        parameters, exact = self.tables.parameters, exact_names(filters)
        named: Iterable[Parameter]
        if exact is None:
            named = parameters.beginning(common_beginning(filters), after)
        else:
            found = map(parameters.get, exact)
            named = [one for one in found if one is not None and one.Name > (after or "")]
        for parameter in named:
            yield parameter, self.version(parameter), self.arn_of(parameter.Name)

    def _shared(self, after: str | None) -> list[Described]:
        """What others share with the caller, in the order of the ARNs."""
        found = []
        for account, region in self.cloud.store.scopes(SsmTables):
            if region == self.region and account != self.account:
                tables = self.cloud.store.tables(SsmTables, account, region)
                for parameter in tables.parameters.having("shared", "yes"):
                    arn = self.arn_of(parameter.Name, account)
                    if arn > (after or "") and self._is_shared_with_us(arn, parameter):
                        found.append((parameter, self.version(parameter, tables=tables), arn))
        return sorted(found, key=lambda one: one[2])

    def _is_shared_with_us(self, arn: str, parameter: Parameter) -> bool:
        policy = parameter.Shared[0].Policy
        question = Question(self.principal, "ssm:DescribeParameters", arn, policy)
        return decide(question, dict).allowed


def _metadata(parameter: Parameter, version: ParameterVersion, arn: str, now: datetime) -> dict[str, Any]:
    return {
        "Name": parameter.Name,
        "ARN": arn,
        "Type": version.Type,
        "KeyId": version.KeyId,
        "LastModifiedDate": version.LastModifiedDate,
        "LastModifiedUser": version.LastModifiedUser,
        "Description": version.Description,
        "AllowedPattern": version.AllowedPattern,
        "Version": version.Version,
        "Tier": version.Tier,
        "Policies": shown(version.Policies, version.LastModifiedDate, now),
        "DataType": version.DataType,
    }
