"""What KMS remembers: keys, the material behind them, and the names they go by.

A key's identity (its id, ARN, policy, state) and its material (the bytes) are two things. Rotation adds
material and leaves the identity alone; that is why nothing breaks when a key rotates.
"""

from dataclasses import dataclass
from datetime import datetime

from labkit.cloud.state.tables import Tables, table


@dataclass(frozen=True, slots=True)
class Key:
    """A KMS key without its material. Names and values are those of KeyMetadata where it has them.

    `PrimaryRegion` is set on multi-Region keys alone; related keys are those of one KeyId in one account.
    """

    KeyId: str
    Arn: str
    CreationDate: datetime
    KeySpec: str
    KeyUsage: str
    Policy: str
    Description: str = ""
    KeyState: str = "Enabled"
    KeyManager: str = "CUSTOMER"
    Origin: str = "AWS_KMS"
    DeletionDate: datetime | None = None
    CurrentKeyMaterialId: str | None = None
    Rotation: "RotationSchedule | None" = None
    OnDemandRotations: int = 0
    Tags: tuple[tuple[str, str], ...] = ()
    ExpirationModel: str | None = None
    ValidTo: datetime | None = None
    PrimaryRegion: str | None = None
    PendingDeletionWindowInDays: int | None = None
    CustomKeyStoreId: str | None = None
    CloudHsmClusterId: str | None = None
    XksKeyId: str | None = None


@dataclass(frozen=True, slots=True)
class RotationSchedule:
    """Automatic rotation: every `PeriodInDays`, the next time at `NextDate`."""

    PeriodInDays: int
    NextDate: datetime


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """One backing key: `Token` is its bytes, wrapped under the domain key named `DomainKey`.

    The token is all that is ever stored. `PublicKey` is the DER SubjectPublicKeyInfo of an asymmetric key.
    From `ExpirationModel` on, the fields are those of imported material, as ListKeyRotations tells them.
    """

    KeyMaterialId: str
    KeyId: str
    Token: bytes
    DomainKey: str
    CreationDate: datetime
    RotationType: str | None = None
    PublicKey: bytes | None = None
    ExpirationModel: str | None = None
    ValidTo: datetime | None = None
    Description: str | None = None
    ImportState: str | None = None
    State: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a key, such as alias/payroll; it can be pointed at another key."""

    AliasName: str
    AliasArn: str
    TargetKeyId: str
    CreationDate: datetime
    LastUpdatedDate: datetime


class KmsTables(Tables):
    """The keys, materials and aliases of one account in one region."""

    service = "kms"
    keys = table(Key, key="KeyId")
    materials = table(KeyMaterial, key="KeyMaterialId", indexes={"key": lambda material: material.KeyId})
    aliases = table(Alias, key="AliasName", indexes={"target": lambda alias: alias.TargetKeyId})
