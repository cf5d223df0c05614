"""Publishing: $LATEST as it is now becomes a version with a number, which nobody can change."""

from labkit.cloud.services.lambda_.model import Package, Version, key
from labkit.cloud.services.lambda_.service import LambdaService
from labkit.crypto.randomness import random_uuid
from labkit.records import replace


class Publishing(LambdaService):
    """How a version gets its number."""

    def publish(self, latest: Version, Description: str = "") -> Version:
        """The next version of a function, made of $LATEST; the newest one again if nothing has changed."""
        function = self.tables.functions.get(latest.FunctionName)
        assert function is not None
        if function.Newest:
            newest = self.tables.versions.get(key(latest.FunctionName, str(function.Newest)))
            if newest is not None and _same(newest, latest):
                return newest
        number = str(function.Newest + 1)
        version = replace(
            latest,
            Id=key(latest.FunctionName, number),
            Version=number,
            RevisionId=random_uuid(),
            LastModified=self.now,
            Description=Description or latest.Description,
        )
        package = self.tables.packages.get(latest.Id)
        assert package is not None
        self.tables.functions.put(replace(function, Newest=function.Newest + 1))
        self.tables.versions.put(version)
        self.tables.packages.put(Package(version.Id, package.Zip))
        return version


def _same(one: Version, other: Version) -> bool:
    """Whether code and settings of two versions are the same."""
    return one == replace(
        other,
        Id=one.Id,
        Version=one.Version,
        RevisionId=one.RevisionId,
        LastModified=one.LastModified,
        Description=one.Description,
    )
