"""AWS Secrets Manager: values that are kept encrypted, read by permission, and replaced without a stop.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.secretsmanager.cross_account import CrossAccount
from labkit.cloud.services.secretsmanager.deleting import Deleting
from labkit.cloud.services.secretsmanager.passwords import Passwords
from labkit.cloud.services.secretsmanager.policies import Policies
from labkit.cloud.services.secretsmanager.reading import Reading
from labkit.cloud.services.secretsmanager.replication import Replication
from labkit.cloud.services.secretsmanager.rotation import SecretRotation
from labkit.cloud.services.secretsmanager.tags import Tags
from labkit.cloud.services.secretsmanager.writing import Writing


class SecretsManager(
    Writing, Reading, Deleting, Policies, Tags, Replication, CrossAccount, SecretRotation, Passwords
):
    """Every operation of Secrets Manager that the lab answers."""


__all__ = ["SecretsManager"]
