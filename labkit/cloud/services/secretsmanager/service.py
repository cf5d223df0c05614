"""What every chapter of Secrets Manager begins with: which secret, may I, which version.

    db/password                                    the name
    arn:aws:secretsmanager:...:db/password-Ab12Cd   the ARN, with six letters of AWS's own
    arn:aws:secretsmanager:...:db/password          the ARN without them

Source: Secrets Manager API Reference; Service Authorization Reference, "AWS Secrets Manager".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from labkit.cloud.clock.agenda import AgendaEntry
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.service import Service
from labkit.cloud.policy.principal import SERVICE, Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.services.secretsmanager.model import (
    Secret,
    SecretTables,
    SecretVersion,
    all_of,
    labelled,
    version_key,
)
from labkit.cloud.state.arns import Arn

faults = Faults("secretsmanager")

NOT_FOUND = "Secrets Manager can't find the specified secret."
MARKED = "You can't perform this operation on the secret because it was marked for deletion."
MANAGED = "The secret is managed by another service, and you must use that service to update it."
SUFFIX_LETTERS = 6


class SecretsService(Service):
    """Base of Secrets Manager's chapters."""

    name = "secretsmanager"
    reads = frozenset({"BatchGetSecretValue", "ValidateResourcePolicy"})

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(SecretTables, self.account, self.region)

    def tables_of(self, secret: Secret) -> SecretTables:
        """The tables that a secret is in, which may be those of another account or region."""
        _, _, _, region, account, _ = secret.ARN.split(":", 5)
        return self.cloud.store.tables(SecretTables, account, region)

    def put(self, secret: Secret) -> None:
        """Keep a secret as it is now, wherever it belongs."""
        self.tables_of(secret).secrets.put(secret)

    def plan_for(self, secret: Secret, what: str, due: datetime, method: str, **arguments: str) -> None:
        """Have `method` called at `due` for a secret, in its own account and region, whoever asks for it."""
        _, _, _, region, account, _ = secret.ARN.split(":", 5)
        told = {"SecretId": secret.ARN, **arguments}
        name = f"{self.name}: {what} {secret.ARN}"
        self.cloud.tables.agenda.put(AgendaEntry(name, due, self.name, account, region, method, told))

    def cancel_for(self, secret: Secret, what: str) -> None:
        """Drop such a plan, if there is one."""
        self.cancel(f"{self.name}: {what} {secret.ARN}")

    def forget(self, secret: Secret) -> None:
        """Delete a secret with all its versions."""
        there = self.tables_of(secret)
        for version in self.versions(secret):
            there.versions.delete(version.Id)
        there.secrets.delete(secret.Name)

    def find(
        self,
        SecretId: str,
        action: str = "",
        told: Callable[[], Facts] | None = None,
        *,
        marked: bool = False,
    ) -> Secret:
        """The secret that a name or an ARN means, once it is clear that the caller may do this with it.

        Raises:
            AccessDeniedException: the caller may not; nobody learns so whether there is such a secret.
            ResourceNotFoundException: there is none.
            InvalidRequestException: it is marked for deletion, unless `marked` ones will do.
        """
        secret = self._lookup(SecretId)
        self.allow_secret(SecretId, secret, action, told)
        if secret is None:
            raise faults.ResourceNotFoundException(NOT_FOUND)
        if secret.DeletionDate is not None and not marked:
            raise faults.InvalidRequestException(MARKED)
        return secret

    def allow_secret(
        self,
        SecretId: str,
        secret: Secret | None,
        action: str = "",
        told: Callable[[], Facts] | None = None,
    ) -> None:
        """Go on only if the caller may do this with the secret; AccessDeniedException."""

        def known() -> Facts:
            facts: dict[str, Any] = {"secretsmanager:SecretId": SecretId, **(told() if told else {})}
            if secret is not None:
                facts["secretsmanager:Name"] = secret.Name
                if secret.Rotation is not None and secret.Rotation.LambdaARN:
                    facts["secretsmanager:resource/AllowRotationLambdaArn"] = secret.Rotation.LambdaARN
                for key, value in secret.Tags:
                    facts[f"aws:ResourceTag/{key}"] = facts[f"secretsmanager:ResourceTag/{key}"] = value
            return facts

        if secret is not None and self.is_owner(secret) and self.principal.kind == SERVICE:
            self.call.resources.append(secret.ARN)
            self.allow_everybody(f"the secret is managed by {self.principal.name}")
            return
        resource = (
            secret.ARN if secret else SecretId if Arn.parse(SecretId) else self.arn(f"secret:{SecretId}")
        )
        self.allow(resource, action, secret.Policy if secret else None, facts=known)

    def is_owner(self, secret: Secret) -> bool:
        """Whether the service that manages the secret asks, for itself or on somebody's behalf."""
        owner = f"{secret.OwningService}.amazonaws.com"
        on_behalf = bool(self.call.via) and self.call.via[-1] == owner
        return bool(secret.OwningService) and (on_behalf or self.principal.name == owner)

    def check_owner(self, secret: Secret) -> None:
        """Go on only if no other service manages this secret; InvalidRequestException."""
        if secret.OwningService and not self.is_owner(secret):
            raise faults.InvalidRequestException(MANAGED)

    def versions(self, secret: Secret) -> list[SecretVersion]:
        """All versions of a secret that are kept, the oldest first."""
        found = self.tables_of(secret).versions.beginning(version_key(secret.ARN))
        return sorted(found, key=lambda version: version.CreatedDate)

    def version(self, secret: Secret, version_id: str) -> SecretVersion | None:
        """The version with this id, None if there is none."""
        return self.tables_of(secret).versions.get(version_key(secret.ARN, version_id))

    def has_versions(self, secret: Secret) -> bool:
        """Whether a secret has any version, with labels or without."""
        return self.tables_of(secret).versions.count_indexed("life", *all_of(secret.ARN)) > 0

    def in_use(self, secret: Secret) -> list[SecretVersion]:
        """The versions that have labels, the oldest first: twenty at most, however many were made."""
        return list(self.tables_of(secret).versions.ranged("life", *labelled(secret.ARN)))

    def labelled(self, secret: Secret, stage: str) -> SecretVersion | None:
        """The version with this staging label, None if none has it."""
        return next((version for version in self.in_use(secret) if stage in version.Stages), None)

    def stages(self, secret: Secret) -> dict[str, list[str]]:
        """Which labels each version has; versions without any are not told."""
        return {one.VersionId: list(one.Stages) for one in self.in_use(secret)}

    def _lookup(self, SecretId: str) -> Secret | None:
        parsed = Arn.parse(SecretId)
        if parsed is None:
            return self.tables.secrets.get(SecretId)
        if parsed.service != self.name or parsed.region != self.region:
            return None
        secrets = self.cloud.store.tables(SecretTables, parsed.account, parsed.region).secrets
        whole = secrets.having("arn", SecretId)
        return whole[0] if whole else secrets.get(parsed.resource.removeprefix("secret:"))
