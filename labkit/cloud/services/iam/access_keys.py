"""Access keys: the long-lived credentials of a user. The secret is shown once, when the key is made.

Source: IAM User Guide, "Manage access keys for IAM users".
"""

from typing import Any

from labkit.cloud.identity.credentials import (
    ACTIVE,
    DELETED,
    INACTIVE,
    Credential,
    credential_tables,
    find_credential,
    forget_access_key,
    issue_access_key,
    keys_of,
)
from labkit.cloud.identity.last_use import last_use
from labkit.cloud.identity.model import User
from labkit.cloud.policy.principal import USER
from labkit.cloud.services.iam.answers import key_entry
from labkit.cloud.services.iam.service import PAGE, IamService, faults
from labkit.records import replace

KEYS_A_USER = 2


class AccessKeys(IamService):
    """Make, list, disable and delete access keys."""

    def create_access_key(self, UserName: str | None = None) -> dict[str, Any]:
        """Make an access key for a user, by default the caller. It works at once.

        Raises:
            NoSuchEntity: there is no such user. LimitExceeded: the user has two keys already.
        """
        user = self.find_user(self.own_name(UserName))
        if len(keys_of(self.cloud, user.UserId)) >= KEYS_A_USER:
            raise faults.LimitExceededException(f"Cannot exceed quota for AccessKeysPerUser: {KEYS_A_USER}")
        made = issue_access_key(
            self.cloud,
            account=self.account,
            partition=self.partition,
            kind=USER,
            owner_id=user.UserId,
            owner_name=user.UserName,
            now=self.now,
        )
        return {"AccessKey": key_entry(made.credential) | {"SecretAccessKey": made.secret}}

    def list_access_keys(
        self, UserName: str | None = None, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """The access keys of a user, without their secrets."""
        user = self.find_user(self.own_name(UserName))
        keys = keys_of(self.cloud, user.UserId)
        page, more = self.page(keys, lambda key: key.AccessKeyId, Marker, MaxItems)
        return {"AccessKeyMetadata": [key_entry(key) for key in page], **more}

    def update_access_key(self, AccessKeyId: str, Status: str, UserName: str | None = None) -> None:
        """Switch an access key off or on again.

        Raises:
            NoSuchEntity: the user has no such key. InvalidInput: no status that can be set.
        """
        user = self.find_user(self.own_name(UserName))
        key = self._key(user, AccessKeyId)
        if Status not in (ACTIVE, INACTIVE):
            raise faults.InvalidInputException(f"The status {Status} can not be set for an access key.")
        credential_tables(self.cloud).credentials.put(replace(key, Status=Status))

    def delete_access_key(self, AccessKeyId: str, UserName: str | None = None) -> None:
        """Delete an access key for good. NoSuchEntity: the user has no such key."""
        user = self.find_user(self.own_name(UserName))
        forget_access_key(self.cloud, self._key(user, AccessKeyId))

    def get_access_key_last_used(self, AccessKeyId: str) -> dict[str, Any]:
        """Whose key this is, and when and for which service it was last used, allowed or not.

        Raises:
            NoSuchEntity: this account has no such key.
        """
        key = find_credential(self.cloud, AccessKeyId)
        self.allow(self.arn_of("user", "/", key.OwnerName if key else "*"))
        if key is None or key.Account != self.account or key.Session or key.Status == DELETED:
            raise _unknown_key(AccessKeyId)
        use = last_use(self.cloud, key)
        told: dict[str, Any] = {"ServiceName": "N/A", "Region": "N/A"}
        if use is not None:
            told = {"LastUsedDate": use.time, "ServiceName": use.service, "Region": use.region}
        return {"UserName": key.OwnerName, "AccessKeyLastUsed": told}

    def _key(self, user: User, AccessKeyId: str) -> Credential:
        for key in keys_of(self.cloud, user.UserId):
            if key.AccessKeyId == AccessKeyId:
                return key
        raise _unknown_key(AccessKeyId)


def _unknown_key(AccessKeyId: str) -> Exception:
    return faults.NoSuchEntityException(f"The Access Key with id {AccessKeyId} cannot be found.")
