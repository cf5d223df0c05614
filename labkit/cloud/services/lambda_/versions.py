"""Published versions. Source: Lambda API Reference, "PublishVersion", "ListVersionsByFunction"."""

from typing import Any

from labkit.cloud.core.pagination import BadMarkerError, page_of_list
from labkit.cloud.services.lambda_.configuring import Configuring
from labkit.cloud.services.lambda_.model import LATEST, key
from labkit.cloud.services.lambda_.publishing import Publishing
from labkit.cloud.services.lambda_.service import invalid

PAGE = 50


class Versions(Configuring, Publishing):
    """Publish and list versions."""

    def publish_version(
        self,
        FunctionName: str,
        CodeSha256: str | None = None,
        Description: str = "",
        RevisionId: str | None = None,
        PublishTo: str | None = None,
    ) -> dict[str, Any]:
        """Make a numbered version of $LATEST; where nothing has changed since the newest, that one again.

        Raises:
            ResourceNotFoundException: there is no such function.
            InvalidParameterValueException: `CodeSha256` is not that of the code.
            PreconditionFailedException: it has another revision than the caller thinks.
        """
        reference = self.refer(FunctionName)
        self.find(reference)
        self.check_built(PublishTo=PublishTo)
        latest = self.tables.versions.get(key(reference.name, LATEST))
        assert latest is not None
        self.check_revision(RevisionId, latest.RevisionId)
        if CodeSha256 and CodeSha256 != latest.CodeSha256:
            raise invalid(
                f"CodeSHA256 ({CodeSha256}) is different from current CodeSHA256 in $LATEST "
                f"({latest.CodeSha256}). Please try again with the CodeSHA256 in $LATEST."
            )
        return self.configuration(self.publish(latest, Description))

    def list_versions_by_function(
        self, FunctionName: str, Marker: str | None = None, MaxItems: int = PAGE
    ) -> dict[str, Any]:
        """$LATEST, then the published versions, oldest first. ResourceNotFoundException."""
        reference = self.refer(FunctionName)
        self.find(reference)
        versions = list(self.tables.versions.beginning(key(reference.name)))
        try:
            page, marker = page_of_list(versions, lambda one: one.Version, Marker, min(MaxItems, PAGE))
        except BadMarkerError:
            raise invalid("Could not decode NextMarker") from None
        return {"Versions": [self.configuration(one) for one in page], "NextMarker": marker}
