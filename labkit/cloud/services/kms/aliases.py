"""Aliases: names for keys that code can hold on to while the key behind them changes.

Source: KMS Developer Guide, "Aliases in AWS KMS".
"""

import re
from typing import Any

from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.model import Alias, Key
from labkit.cloud.services.kms.service import KmsService, faults
from labkit.records import replace

ALIAS_NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+")
ALIASES_A_KEY = 50


class Aliases(KmsService):
    """Create, move, list and delete aliases."""

    def create_alias(self, AliasName: str, TargetKeyId: str) -> None:
        """Give a key a name. Both the alias and the key are asked for permission.

        Raises:
            ValidationException: no name for an alias. NotAuthorizedException: alias/aws/ is AWS's own.
            AlreadyExistsException: the name is taken. LimitExceededException: the key has 50 already.
        """
        _check_name(AliasName)
        key = self._target(TargetKeyId)
        arn = self.arn(AliasName)
        self.allow(arn)
        self.allow_key(key)
        self.check_state(key)
        if AliasName in self.tables.aliases:
            raise faults.AlreadyExistsException(f"An alias with the name {arn} already exists")
        if len(self.tables.aliases.having("target", key.KeyId)) >= ALIASES_A_KEY:
            raise faults.LimitExceededException(
                f"The limit of {ALIASES_A_KEY} aliases has been reached for {key.Arn}"
            )
        self.tables.aliases.put(Alias(AliasName, arn, key.KeyId, self.now, self.now))

    def update_alias(self, AliasName: str, TargetKeyId: str) -> None:
        """Point an alias at another key of the same kind; what used the name uses the new key from now on."""
        _check_name(AliasName)
        alias = self.find_alias(AliasName)
        key = self._target(TargetKeyId)
        former = self.find_key(alias.TargetKeyId)
        self.allow(alias.AliasArn)
        self.allow_key(former)
        self.allow_key(key)
        self.check_state(key)
        if _kind(former) != _kind(key):
            raise faults.ValidationException(
                f"Alias {alias.AliasArn} cannot be changed from a key of usage {former.KeyUsage} and spec "
                f"{former.KeySpec} to one of usage {key.KeyUsage} and spec {key.KeySpec}."
            )
        self.tables.aliases.put(replace(alias, TargetKeyId=key.KeyId, LastUpdatedDate=self.now))

    def delete_alias(self, AliasName: str) -> None:
        """Forget a name; the key behind it is not touched."""
        _check_name(AliasName)
        alias = self.find_alias(AliasName)
        self.allow(alias.AliasArn)
        self.allow_key(self.find_key(alias.TargetKeyId))
        self.tables.aliases.delete(AliasName)

    def list_aliases(
        self, KeyId: str | None = None, Limit: int = 50, Marker: str | None = None
    ) -> dict[str, Any]:
        """The aliases of this account and region, or of one key, in the order of their names."""
        self.allow("*")
        if KeyId is None:
            aliases, more = self.page(self.tables.aliases, Marker, Limit)
        else:
            named = self.tables.aliases.having("target", self.find_key_not_alias(KeyId).KeyId)
            found, more = self.page_of_list(named, lambda alias: str(alias.AliasName), Marker, Limit)
            aliases = list(found)
        return {"Aliases": [_entry(alias) for alias in aliases], **more}

    def _target(self, TargetKeyId: str) -> Key:
        if "alias/" in TargetKeyId:
            raise faults.ValidationException("Aliases must refer to keys. Not aliases")
        return self.find_own_key(TargetKeyId)


def _check_name(AliasName: str) -> None:
    if not AliasName.startswith("alias/"):
        raise faults.ValidationException(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if not ALIAS_NAME.fullmatch(AliasName):
        raise faults.ValidationException(
            f"1 validation error detected: Value '{AliasName}' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        )
    if AliasName.startswith("alias/aws/"):
        raise faults.NotAuthorizedException()


def _kind(key: Key) -> tuple[str, str]:
    """What must stay the same when an alias moves: usage, and whether symmetric, asymmetric or HMAC."""
    primitive = KEY_SPECS[key.KeySpec].primitive
    return key.KeyUsage, primitive if primitive in ("AES", "HMAC") else "asymmetric"


def _entry(alias: Alias) -> dict[str, Any]:
    return {
        "AliasName": alias.AliasName,
        "AliasArn": alias.AliasArn,
        "TargetKeyId": alias.TargetKeyId,
        "CreationDate": alias.CreationDate,
        "LastUpdatedDate": alias.LastUpdatedDate,
    }
