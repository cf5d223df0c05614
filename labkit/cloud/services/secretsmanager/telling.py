"""What CloudTrail hears of Secrets Manager besides calls: what it does by itself.

Each is an entry of the agenda, due at once: it is written down if the call that led to it is kept, after
it.
Source: Secrets Manager User Guide, "AWS CloudTrail entries for Secrets Manager".
"""

from labkit.cloud.services.secretsmanager.model import Secret
from labkit.cloud.services.secretsmanager.service import SecretsService


class Telling(SecretsService):
    """Events of the service's own. They do nothing but be told."""

    def tell(self, event: str, secret: Secret, version_id: str, **more: str) -> None:
        """Have one of the events below written down."""
        # Of what is due at the same time, the agenda does first what comes first in the alphabet.
        name = f"announce {event} {version_id}"
        self.plan_for(secret, name, self.now, event, VersionId=version_id, **more)

    def rotation_started(self, SecretId: str, VersionId: str) -> None:
        """An attempt at a rotation begins."""

    def rotation_abandoned(self, SecretId: str, VersionId: str) -> None:
        """A new value was put into the secret while a rotation was making another."""

    def rotation_failed(self, SecretId: str, VersionId: str, ErrorMessage: str) -> None:
        """A step of a rotation has failed."""

    def rotation_succeeded(self, SecretId: str, VersionId: str) -> None:
        """The version that a rotation made is current."""

    def test_rotation_started(self, SecretId: str, VersionId: str) -> None:
        """A rotation function is tried, as the secret shall rotate later and not at once."""

    def test_rotation_succeeded(self, SecretId: str, VersionId: str) -> None:
        """It was tried, and found that it can log in."""

    def test_rotation_failed(self, SecretId: str, VersionId: str, ErrorMessage: str) -> None:
        """It was tried, and failed."""

    def start_secret_version_delete(self, SecretId: str, VersionId: str) -> None:
        """A version is marked for deletion, with its secret."""

    def cancel_secret_version_delete(self, SecretId: str, VersionId: str) -> None:
        """It is not, any more."""

    def end_secret_version_delete(self, SecretId: str, VersionId: str) -> None:
        """A version is gone, with its secret."""

    def secret_version_deletion(self, SecretId: str, VersionId: str) -> None:
        """A version without labels is gone, because there were too many of them."""
