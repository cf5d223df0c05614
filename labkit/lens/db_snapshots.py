"""DB snapshots: how their bytes begin on the disk, and which wrapped key opens them."""

import base64
from typing import TYPE_CHECKING

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.postgres import Servers
from labkit.cloud.services.rds.model import RdsTables
from labkit.lens.frames import INTEGER, TEXT, TIME, frame

if TYPE_CHECKING:
    import pandas as pd

SHOWN_BYTES = 16


def db_snapshots(cloud: Cloud) -> "pd.DataFrame":
    """One row a DB snapshot.

    `DataKey` is its data key, in base64, as KMS has wrapped it under `KmsKeyId`; `FirstBytes` are the first
    16 bytes of its file, in hexadecimal. Both are another snapshot's own, even where the data are the same.
    """
    columns = {
        "account": TEXT,
        "region": TEXT,
        "DBSnapshotIdentifier": TEXT,
        "DBInstanceIdentifier": TEXT,
        "SnapshotCreateTime": TIME,
        "Source": TEXT,
        "Shared": TEXT,
        "KmsKeyId": TEXT,
        "DataKey": TEXT,
        "Bytes": INTEGER,
        "FirstBytes": TEXT,
    }
    store, servers = cloud.store, cloud.part(Servers)
    found = [
        (scope, snapshot)
        for scope in store.scopes(RdsTables)
        for snapshot in store.tables(RdsTables, *scope).snapshots
    ]
    return frame(
        columns,
        [
            (
                *scope,
                one.DBSnapshotIdentifier,
                one.DBInstanceIdentifier,
                one.SnapshotCreateTime,
                one.SourceDBSnapshotIdentifier or None,
                ", ".join(one.Shared),
                one.KmsKeyId or None,
                base64.b64encode(one.DataKey).decode() or None,
                one.Bytes,
                servers.first_bytes(one.ResourceId, SHOWN_BYTES).hex(),
            )
            for scope, one in found
        ],
    )
