"""What KMS remembers: keys, the material behind them, and the names they go by.

A key's identity (its id, ARN, policy, state) and its material (the bytes) are two things. Rotation adds
material and leaves the identity alone; that is why nothing breaks when a key rotates.
"""

from datetime import datetime

from labkit.cloud.state.tables import Tables, table
from labkit.records import Record


class Key(Record):
    """A KMS key without its material. Names and values are those of KeyMetadata where it has them.

    `PolicyNames` are the users and roles that its policy names, with their unique ids. `PrimaryRegion` is set
    on multi-Region keys alone; related keys are those of one KeyId in one account.
    `StateWhenAvailable` is the state that an Unavailable key has again once its key store is connected.
    """

    KeyId: str
    Arn: str
    CreationDate: datetime
    KeySpec: str
    KeyUsage: str
    Policy: str
    PolicyNames: tuple[tuple[str, str], ...] = ()
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
    StateWhenAvailable: str | None = None


class RotationSchedule(Record):
    """Automatic rotation: every `PeriodInDays`, the next time at `NextDate`."""

    PeriodInDays: int
    NextDate: datetime


class KeyMaterial(Record):
    """One backing key: `Token` is its bytes, wrapped under the domain key named `DomainKey`.

    The token is all that is ever stored; it is empty while imported material is deleted or expired.
    `PublicKey` is the DER SubjectPublicKeyInfo of an asymmetric key. From `ExpirationModel` to `State`, the
    fields are those of imported material, as ListKeyRotations tells them; `State` only where it is neither
    the current nor a former material of the key yet.
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
    RotationDate: datetime | None = None


class Alias(Record):
    """A name for a key, such as alias/payroll; it can be pointed at another key."""

    AliasName: str
    AliasArn: str
    TargetKeyId: str
    CreationDate: datetime
    LastUpdatedDate: datetime


Pairs = tuple[tuple[str, str], ...]


class GrantConstraints(Record):
    """When a grant counts: with just this encryption context, with these pairs in it, for this resource."""

    EncryptionContextEquals: Pairs | None = None
    EncryptionContextSubset: Pairs | None = None
    SourceArn: str | None = None


class Grant(Record):
    """A permission on one key, for one principal; names are those of GrantListEntry.

    The grantee and the retiring principal are ARNs, or the hosts of services. `GranteeId` is the unique id of
    the user or role that the grantee was.
    """

    KeyId: str
    GrantId: str
    CreationDate: datetime
    IssuingAccount: str
    Operations: tuple[str, ...]
    Name: str | None = None
    GranteePrincipal: str | None = None
    GranteeServicePrincipal: str | None = None
    RetiringPrincipal: str | None = None
    RetiringServicePrincipal: str | None = None
    Constraints: GrantConstraints | None = None
    GranteeId: str = ""

    @property
    def place(self) -> str:
        """Where it stands among all grants: the grants of a key are neighbours, so that they can be paged."""
        return f"{self.KeyId}/{self.GrantId}"

    @property
    def grantee(self) -> str:
        """Whom it permits something."""
        return self.GranteePrincipal or self.GranteeServicePrincipal or ""

    @property
    def retiring(self) -> str:
        """Who may give it back; "" if nobody in particular."""
        return self.RetiringPrincipal or self.RetiringServicePrincipal or ""


class KmsTables(Tables):
    """The keys, materials, aliases and grants of one account in one region."""

    service = "kms"
    keys = table(Key, key="KeyId")
    materials = table(KeyMaterial, key="KeyMaterialId", indexes={"key": lambda material: material.KeyId})
    aliases = table(Alias, key="AliasName", indexes={"target": lambda alias: alias.TargetKeyId})
    grants = table(
        Grant,
        key="place",
        indexes={
            "grantee": lambda grant: (grant.KeyId, grant.grantee),
            "name": lambda grant: (grant.KeyId, grant.Name or ""),
            "retiring": lambda grant: grant.retiring,
        },
    )
