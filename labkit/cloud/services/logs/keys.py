"""Which KMS key the events of a log group are encrypted under, from now on.

    aws logs associate-kms-key --log-group-name my-group --kms-key-id arn:aws:kms:...:key/...

Events that are there already stay as they are. The key is tried at once: CloudWatch Logs asks KMS for a data
key in its own name, logs.<region>.amazonaws.com, which the key policy must let in.
On AWS it can take up to five minutes until a change takes effect; here it does at once.
Source: CloudWatch Logs API Reference, "AssociateKmsKey", "DisassociateKmsKey".
"""

from labkit.cloud.core.faults import not_built
from labkit.cloud.services.logs.model import LogGroup
from labkit.cloud.services.logs.sealing import Sealing
from labkit.cloud.services.logs.service import faults
from labkit.records import replace


class Keys(Sealing):
    """Put a KMS key on a log group, and take it off."""

    def associate_kms_key(
        self, kmsKeyId: str, logGroupName: str | None = None, resourceIdentifier: str | None = None
    ) -> None:
        """Have the events that arrive from now on encrypted under a KMS key, given by its ARN.

        Raises:
            ResourceNotFoundException: there is no such log group.
            InvalidParameterException: there is no such key, or it is disabled, or not symmetric.
            AccessDeniedException: the key policy does not let CloudWatch Logs use it for this group.
        """
        group = self._meant(logGroupName, resourceIdentifier)
        self.tables.groups.put(self.with_key(group, kmsKeyId))

    def disassociate_kms_key(
        self, logGroupName: str | None = None, resourceIdentifier: str | None = None
    ) -> None:
        """Have the events that arrive from now on encrypted under the service's own key.

        Raises:
            ResourceNotFoundException: there is no such log group.
        """
        group = self._meant(logGroupName, resourceIdentifier)
        self.tables.groups.put(replace(group, KmsKeyId=None, DataKey=""))
        self.forget_unused_keys(group.Name)

    def _meant(self, logGroupName: str | None, resourceIdentifier: str | None) -> LogGroup:
        if (logGroupName is None) == (resourceIdentifier is None):
            self.allow_list()
            raise faults.InvalidParameterException(
                "Exactly one of the parameters logGroupName and resourceIdentifier must be specified."
            )
        if ":query-result:" in (resourceIdentifier or ""):
            raise not_built(self.name, "a KMS key for the results of queries")
        name = logGroupName or self.name_of(resourceIdentifier or "")
        self.allow_group(name)
        return self.find_group(name)
