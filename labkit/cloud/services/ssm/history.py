"""GetParameterHistory: every version that is kept, with all that was ever written to it.

Source: SSM API Reference, "GetParameterHistory".
"""

from datetime import datetime
from typing import Any

from labkit.cloud.services.ssm.model import ParameterVersion, version_id
from labkit.cloud.services.ssm.policies import shown
from labkit.cloud.services.ssm.sealing import Sealing

PAGE = 50


class History(Sealing):
    """Read what a parameter was."""

    def get_parameter_history(
        self, Name: str, WithDecryption: bool = False, MaxResults: int = PAGE, NextToken: str | None = None
    ) -> dict[str, Any]:
        """The versions of a parameter, the oldest first.

        Raises:
            ParameterNotFound, InvalidNextToken.
            InvalidKeyId, AccessDeniedException: KMS does not decrypt one of them.
        """
        parameter = self.find_own(Name)
        arn = self.arn_of(parameter.Name)
        versions = self.tables.versions.beginning(version_id(parameter.Name), self.marker_in(NextToken))
        page, token = self.page(versions, MaxResults, lambda one: str(one.Id))
        entries = [
            _entry(one, self.open(one, arn) if WithDecryption else one.Value, self.now) for one in page
        ]
        return {"Parameters": entries, "NextToken": token}


def _entry(version: ParameterVersion, value: str, now: datetime) -> dict[str, Any]:
    return {
        "Name": version.Name,
        "Type": version.Type,
        "KeyId": version.KeyId,
        "LastModifiedDate": version.LastModifiedDate,
        "LastModifiedUser": version.LastModifiedUser,
        "Description": version.Description,
        "Value": value,
        "AllowedPattern": version.AllowedPattern,
        "Version": version.Version,
        "Labels": version.Labels,
        "Tier": version.Tier,
        "Policies": shown(version.Policies, version.LastModifiedDate, now),
        "DataType": version.DataType,
    }
