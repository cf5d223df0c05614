"""Managed secrets: another service has made them, keeps them, and changes the password by itself.

RDS makes "rds!db-..." for the master user of a database. Nobody else may change its value; its rotation
needs no function. At its time Secrets Manager makes the new version, with a new password, and has the owning
service do the rest: set the password, and move AWSCURRENT.
Source: Secrets Manager User Guide, "Managed secrets", "Managed rotation"; RDS User Guide, "Password
management with Amazon RDS and AWS Secrets Manager".
"""

import json

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.services.secretsmanager.model import CURRENT, PENDING, Secret
from labkit.cloud.services.secretsmanager.passwords import new_password
from labkit.cloud.services.secretsmanager.staging import Staging
from labkit.records import replace

# What RDS leaves out of the passwords it makes. Source: RDS API Reference, "MasterUserPassword".
NOT_IN_PASSWORDS = "/@\"' "


class Managed(Staging):
    """The part of Secrets Manager in the rotation of a managed secret."""

    def hand_over(self, secret: Secret, version_id: str) -> None:
        """Put a new password into the version of a rotation, and plan that the owning service sets it."""
        if not self._has_value(secret, version_id):
            current = self.labelled(secret, CURRENT)
            assert current is not None
            value = json.loads(self.open(secret, current))
            value["password"] = new_password(NOT_IN_PASSWORDS)
            sealed = self.seal(secret, version_id, current.Kind, json.dumps(value).encode())
            self.tables_of(secret).versions.put(replace(sealed, Stages=(PENDING,)))
        _, _, _, region, account, _ = secret.ARN.split(":", 5)
        name = f"{secret.OwningService}: rotate {secret.ARN}"
        told = {"SecretId": secret.ARN, "VersionId": version_id}
        entry = AgendaEntry(
            name, self.now, secret.OwningService, account, region, "_rotate_master_secret", told
        )
        self.cloud.tables.agenda.put(entry)

    def _has_value(self, secret: Secret, version_id: str) -> bool:
        version = self.version(secret, version_id)
        return version is not None and bool(version.Kind)
