"""GetParametersByPath: all that is under a path, ten at a time.

Names are kept in order, so a path is a stretch of the list, and a page is found without looking at the rest.
Source: SSM API Reference, "GetParametersByPath".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.cloud.services.ssm.filters import check_filters, labels_in, passes
from labkit.cloud.services.ssm.model import Parameter, ParameterVersion
from labkit.cloud.services.ssm.names import Reference, check_path
from labkit.cloud.services.ssm.reading import Reading

PAGE = 10
GROUP = 64
KEYS = ("Type", "KeyId", "Label")


class Paths(Reading):
    """Read parameters by their path."""

    def get_parameters_by_path(
        self,
        Path: str,
        Recursive: bool = False,
        ParameterFilters: Sequence[Mapping[str, Any]] = (),
        WithDecryption: bool = False,
        MaxResults: int = PAGE,
        NextToken: str | None = None,
    ) -> dict[str, Any]:
        """The parameters directly under a path, or on every level below it.

        Whoever may read a path may read all that is below, whatever another statement denies there: AWS
        asks about the path alone.

        Raises:
            ValidationException: the path is none.
            InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken.
            InvalidKeyId, AccessDeniedException: as for GetParameter.
        """
        check_path(Path)
        asked = Reference(Path.rstrip("/"))
        self.allow(self.arn_of(asked.name), facts=lambda: {"ssm:Recursive": "true" if Recursive else "false"})
        check_filters(ParameterFilters, KEYS)
        fits, labels = passes(ParameterFilters), labels_in(ParameterFilters)
        under = self._under(asked.name, Recursive, self.marker_in(NextToken))
        versions = ((parameter, self._labelled(parameter, labels)) for parameter in under)
        chosen = (
            (parameter, version) for parameter, version in versions if version and fits(parameter, version)
        )
        page, token = self.page(chosen, MaxResults, lambda one: str(one[0].Name))
        answers = [
            self._answer(parameter, version, self.arn_of(parameter.Name), "", WithDecryption)
            for parameter, version in page
        ]
        return {"Parameters": answers, "NextToken": token}

    def _labelled(self, parameter: Parameter, labels: Sequence[str]) -> ParameterVersion | None:
        """The newest version with one of these labels; the newest of all if none is asked for."""
        if not labels:
            return self.version(parameter)
        labelled = (one for one in self.versions(parameter) if not set(labels).isdisjoint(one.Labels))
        return max(labelled, key=lambda one: one.Version, default=None)

    def _under(self, path: str, recursive: bool, after: str | None) -> Iterator[Parameter]:
        """The parameters under `path` whose names follow `after`, in order. The root's path is empty."""
        parameters = self.tables.parameters
        if recursive:
            yield from parameters.beginning(f"{path}/" if path else "", after)
            return
        after = after or ""
        while group := parameters.having_after("parent", path, after, GROUP):
            yield from group
            after = group[-1].Name
