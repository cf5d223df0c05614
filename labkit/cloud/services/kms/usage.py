"""When a key was last used: the question to ask before disabling it, and long before deleting it.

Source: KMS API Reference, "GetKeyLastUsage".
"""

from typing import Any

from labkit.cloud.audit.log import event_log
from labkit.cloud.services.kms.service import KmsService


class Usage(KmsService):
    """What the audit log knows of a key, however old."""

    def get_key_last_usage(self, KeyId: str) -> dict[str, Any]:
        """The last successful cryptographic operation with a key; replicas are each told of on their own.

        AWS may take an hour to know of it; the lab knows at once, from the moment the key was made.
        """
        key = self.find_own_key(KeyId)
        self.allow_key(key)
        event = event_log(self.cloud.store, self.account, self.region).last_use(key.Arn)
        used = event and {
            "Operation": event.Action.EventName,
            "Timestamp": event.EventTime,
            "CloudTrailEventId": event.EventId,
            "KmsRequestId": event.RequestId,
        }
        return {
            "KeyId": key.KeyId,
            "KeyLastUsage": used or {},
            "TrackingStartDate": key.CreationDate,
            "KeyCreationDate": key.CreationDate,
        }
