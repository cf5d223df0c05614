"""Functions as Lambda keeps them, and how many of their environments are warm, which AWS tells nobody."""

from typing import TYPE_CHECKING

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.services.lambda_.model import LambdaTables, Version, key
from labkit.cloud.state.arns import arn
from labkit.cloud.state.tables import Scope
from labkit.lens.frames import INTEGER, TEXT, TIME, frame

if TYPE_CHECKING:
    import pandas as pd


def functions(cloud: Cloud) -> "pd.DataFrame":
    """One row a version of a function: $LATEST, then the numbered ones."""
    columns = {
        "account": TEXT,
        "region": TEXT,
        "FunctionName": TEXT,
        "Version": TEXT,
        "Aliases": TEXT,
        "Runtime": TEXT,
        "Handler": TEXT,
        "Role": TEXT,
        "Timeout": INTEGER,
        "MemorySize": INTEGER,
        "LastModified": TIME,
        "CodeSize": INTEGER,
        "SealedBytes": INTEGER,
        "Warm": INTEGER,
    }
    store = cloud.store
    everywhere = [(scope, store.tables(LambdaTables, *scope)) for scope in store.scopes(LambdaTables)]
    return frame(
        columns,
        [_row(cloud, scope, tables, version) for scope, tables in everywhere for version in tables.versions],
    )


def _row(cloud: Cloud, scope: Scope, tables: LambdaTables, version: Version) -> tuple[object, ...]:
    pointing = (
        alias.Name
        for alias in tables.aliases.beginning(key(version.FunctionName))
        if version.Version in (alias.FunctionVersion, *dict(alias.Weights))
    )
    function = arn("lambda", scope.region, scope.account, f"function:{version.FunctionName}")
    return (
        *scope,
        version.FunctionName,
        version.Version,
        ", ".join(pointing),
        version.Runtime,
        version.Handler,
        version.Role,
        version.Timeout,
        version.MemorySize,
        version.LastModified,
        version.CodeSize,
        len(version.Environment),
        cloud.functions.warm(f"{function}:{version.Version}") if cloud.functions else 0,
    )
