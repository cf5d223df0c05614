"""Labels: names for versions, that can be moved. Whoever reads `db:live` needs no new code for a new version.

Source: Systems Manager User Guide, "Working with parameter labels"; SSM API Reference,
"LabelParameterVersion".
"""

import re
from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.ssm.changes import LABELLED, Changes
from labkit.cloud.services.ssm.names import faults
from labkit.records import replace

MOST = 10
LABEL = re.compile(r"(?!\d)(?!(aws|ssm))[a-zA-Z0-9_.-]{1,100}", re.IGNORECASE | re.ASCII)


class Labels(Changes):
    """Attach labels to versions."""

    def label_parameter_version(
        self, Name: str, Labels: Sequence[str], ParameterVersion: int | None = None
    ) -> dict[str, Any]:
        """Put labels on a version, the newest unless another is named; they leave the version they are on.

        What is no label is listed in the answer, and nothing is done with it.

        Raises:
            ParameterNotFound, ParameterVersionNotFound.
            ParameterVersionLabelLimitExceeded: the version would have more than ten.
        """
        parameter = self.find_own(Name)
        version = self.version(parameter, ParameterVersion or 0)
        valid = [label for label in dict.fromkeys(Labels) if LABEL.fullmatch(label)]
        after = tuple(dict.fromkeys((*version.Labels, *valid)))
        if len(after) > MOST:
            raise faults.ParameterVersionLabelLimitExceeded(
                f"An error occurred (ParameterVersionLabelLimitExceeded) when calling the "
                f"LabelParameterVersion operation: A parameter version can have maximum {MOST} labels."
                "Move one or more labels to another version and try again."
            )
        for other in self.versions(parameter):
            if other.Id != version.Id and not set(valid).isdisjoint(other.Labels):
                kept = tuple(label for label in other.Labels if label not in valid)
                self.tables.versions.put(replace(other, Labels=kept))
        if after != version.Labels:
            self.tables.versions.put(replace(version, Labels=after))
            self.tell(LABELLED, version)
        return {
            "InvalidLabels": [label for label in Labels if label not in valid],
            "ParameterVersion": version.Version,
        }

    def unlabel_parameter_version(
        self, Name: str, ParameterVersion: int, Labels: Sequence[str]
    ) -> dict[str, Any]:
        """Take labels off a version; those that it doesn't have are listed in the answer.

        Raises:
            ParameterNotFound, ParameterVersionNotFound.
        """
        parameter = self.find_own(Name)
        version = self.version(parameter, ParameterVersion)
        removed = [label for label in Labels if label in version.Labels]
        if removed:
            kept = tuple(label for label in version.Labels if label not in removed)
            self.tables.versions.put(replace(version, Labels=kept))
        return {
            "RemovedLabels": removed,
            "InvalidLabels": [label for label in Labels if label not in removed],
        }
