"""What the lab remembers, as DataFrames. Columns have AWS's names; account and region come first."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from labkit.cloud.audit.event import Event
from labkit.cloud.audit.log import newest_events
from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.services.kms.model import Alias, Key, KeyMaterial, KmsTables
from labkit.cloud.services.secretsmanager.model import Secret, SecretTables, SecretVersion, version_key
from labkit.cloud.services.ssm.model import ParameterVersion, SsmTables
from labkit.cloud.state.store import Store
from labkit.cloud.state.tables import Scope
from labkit.lens.frames import INTEGER, TEXT, TIME, YES_NO, frame

if TYPE_CHECKING:
    import pandas as pd

_PLACE = {"account": TEXT, "region": TEXT}


def keys(store: Store) -> "pd.DataFrame":
    """Every KMS key, with the names it goes by and its rotation."""
    columns = {
        **_PLACE,
        "KeyId": TEXT,
        "Aliases": TEXT,
        "Description": TEXT,
        "KeySpec": TEXT,
        "KeyUsage": TEXT,
        "KeyState": TEXT,
        "CreationDate": TIME,
        "DeletionDate": TIME,
        "BackingKeys": INTEGER,
        "CurrentKeyMaterialId": TEXT,
        "RotationPeriodInDays": INTEGER,
        "NextRotationDate": TIME,
        "Arn": TEXT,
    }
    return frame(
        columns, [(*scope, *_key(kms, key)) for scope, kms in _everywhere(store) for key in kms.keys]
    )


def _key(kms: KmsTables, key: Key) -> tuple[object, ...]:
    return (
        key.KeyId,
        ", ".join(alias.AliasName for alias in kms.aliases.having("target", key.KeyId)),
        key.Description,
        key.KeySpec,
        key.KeyUsage,
        key.KeyState,
        key.CreationDate,
        key.DeletionDate,
        len(kms.materials.having("key", key.KeyId)),
        key.CurrentKeyMaterialId,
        key.Rotation.PeriodInDays if key.Rotation else None,
        key.Rotation.NextDate if key.Rotation else None,
        key.Arn,
    )


def aliases(store: Store) -> "pd.DataFrame":
    """Every alias."""
    columns = {
        **_PLACE,
        "AliasName": TEXT,
        "TargetKeyId": TEXT,
        "CreationDate": TIME,
        "LastUpdatedDate": TIME,
        "AliasArn": TEXT,
    }
    found: Iterator[tuple[Scope, Alias]] = (
        (scope, alias) for scope, kms in _everywhere(store) for alias in kms.aliases
    )
    return frame(
        columns,
        [
            (*scope, one.AliasName, one.TargetKeyId, one.CreationDate, one.LastUpdatedDate, one.AliasArn)
            for scope, one in found
        ],
    )


def backing_keys(store: Store) -> "pd.DataFrame":
    """Every backing key; `RotationType` is missing for a key's first, which no rotation made."""
    columns = {
        **_PLACE,
        "KeyId": TEXT,
        "KeyMaterialId": TEXT,
        "Current": YES_NO,
        "CreationDate": TIME,
        "RotationType": TEXT,
        "DomainKey": TEXT,
        "WrappedBytes": INTEGER,
    }
    return frame(
        columns,
        [
            (*scope, *_material(key, material))
            for scope, kms in _everywhere(store)
            for key in kms.keys
            for material in materials_of(kms, key)
        ],
    )


def materials_of(kms: KmsTables, key: Key) -> list[KeyMaterial]:
    """A key's backing keys, oldest first."""
    return sorted(kms.materials.having("key", key.KeyId), key=lambda material: material.CreationDate)


def _material(key: Key, material: KeyMaterial) -> tuple[object, ...]:
    return (
        key.KeyId,
        material.KeyMaterialId,
        material.KeyMaterialId == key.CurrentKeyMaterialId,
        material.CreationDate,
        material.RotationType,
        material.DomainKey,
        len(material.Token),
    )


def parameters(store: Store) -> "pd.DataFrame":
    """Every version of every parameter that is kept, in the order of the names."""
    columns = {
        **_PLACE,
        "Name": TEXT,
        "Version": INTEGER,
        "Labels": TEXT,
        "Type": TEXT,
        "Tier": TEXT,
        "Value": TEXT,
        "KeyId": TEXT,
        "LastModifiedDate": TIME,
        "LastModifiedUser": TEXT,
        "Policies": TEXT,
    }
    found = (
        (scope, one) for scope in store.scopes(SsmTables) for one in store.tables(SsmTables, *scope).versions
    )
    return frame(columns, [(*scope, *_version(one)) for scope, one in found])


def _version(one: ParameterVersion) -> tuple[object, ...]:
    return (
        one.Name,
        one.Version,
        ", ".join(one.Labels),
        one.Type,
        one.Tier,
        one.Value,
        one.KeyId,
        one.LastModifiedDate,
        one.LastModifiedUser,
        one.Policies if one.Policies != "[]" else None,
    )


def secrets(store: Store) -> "pd.DataFrame":
    """Every version of every secret that is kept, in the order of the names and then of time."""
    columns = {
        **_PLACE,
        "Name": TEXT,
        "VersionId": TEXT,
        "VersionStages": TEXT,
        "KmsKeyId": TEXT,
        "CreatedDate": TIME,
        "DeletionDate": TIME,
        "RotationEnabled": YES_NO,
        "LastRotatedDate": TIME,
        "NextRotationDate": TIME,
        "SealedBytes": INTEGER,
        "ARN": TEXT,
    }
    rows = []
    for scope in store.scopes(SecretTables):
        held = store.tables(SecretTables, *scope)
        for secret in held.secrets:
            versions = held.versions.beginning(version_key(secret.ARN))
            rows += [
                (*scope, *_secret(secret, one)) for one in sorted(versions, key=lambda one: one.CreatedDate)
            ]
    return frame(columns, rows)


def _secret(secret: Secret, version: SecretVersion) -> tuple[object, ...]:
    rotation = secret.Rotation
    return (
        secret.Name,
        version.VersionId,
        ", ".join(version.Stages),
        version.KmsKeyId,
        version.CreatedDate,
        secret.DeletionDate,
        rotation is not None and rotation.Enabled,
        rotation.LastDate if rotation else None,
        rotation.NextDate if rotation else None,
        len(version.Sealed),
        secret.ARN,
    )


def audit(store: Store, newest: int) -> "pd.DataFrame":
    """The newest events that CloudTrail keeps."""
    columns = {
        **_PLACE,
        "EventTime": TIME,
        "EventName": TEXT,
        "EventSource": TEXT,
        "Username": TEXT,
        "Resources": TEXT,
        "ReadOnly": YES_NO,
        "ErrorCode": TEXT,
        "EventId": TEXT,
    }
    found = newest_events(store, newest)
    return frame(columns, [(*scope, *_event(event)) for scope, event in reversed(found)])


def _event(event: Event) -> tuple[object, ...]:
    return (
        event.EventTime,
        event.EventName,
        event.Action.EventSource,
        event.Identity.Name or None,
        ", ".join(event.Resources),
        event.Action.ReadOnly,
        event.ErrorCode or None,
        event.EventId,
    )


def agenda(entries: Iterable[AgendaEntry]) -> "pd.DataFrame":
    """Everything that is planned; `Arguments` as JSON."""
    columns = {**_PLACE, "Due": TIME, "Service": TEXT, "Method": TEXT, "Arguments": TEXT, "Name": TEXT}
    return frame(
        columns,
        [
            (
                one.Account,
                one.Region,
                one.Due,
                one.Service,
                one.Method,
                json.dumps(dict(one.Arguments)),
                one.Name,
            )
            for one in entries
        ],
    )


def _everywhere(store: Store) -> Iterator[tuple[Scope, KmsTables]]:
    return ((scope, store.tables(KmsTables, *scope)) for scope in store.scopes(KmsTables))
