"""AWS Key Management Service: keys, and what may be done with them.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.kms.agreement import Agreement
from labkit.cloud.services.kms.aliases import Aliases
from labkit.cloud.services.kms.cryptography import Cryptography
from labkit.cloud.services.kms.datakeypairs import DataKeyPairs
from labkit.cloud.services.kms.datakeys import DataKeys
from labkit.cloud.services.kms.deletion import Deletion
from labkit.cloud.services.kms.grants import Grants
from labkit.cloud.services.kms.importing import Importing
from labkit.cloud.services.kms.keys import Keys
from labkit.cloud.services.kms.keystores.connecting import KeyStoreConnections
from labkit.cloud.services.kms.keystores.stores import KeyStores
from labkit.cloud.services.kms.keystores.updating import KeyStoreUpdates
from labkit.cloud.services.kms.macs import Macs
from labkit.cloud.services.kms.managed_keys import ManagedKeys
from labkit.cloud.services.kms.policies import Policies
from labkit.cloud.services.kms.regions import Regions
from labkit.cloud.services.kms.rotation import Rotation
from labkit.cloud.services.kms.signing import Signing
from labkit.cloud.services.kms.tags import Tags
from labkit.cloud.services.kms.usage import Usage


class Kms(
    ManagedKeys,
    Keys,
    Aliases,
    Tags,
    Policies,
    Grants,
    Deletion,
    Rotation,
    Importing,
    Regions,
    KeyStores,
    KeyStoreUpdates,
    KeyStoreConnections,
    Cryptography,
    DataKeys,
    DataKeyPairs,
    Signing,
    Macs,
    Agreement,
    Usage,
):
    """Every operation of KMS that the lab answers."""


__all__ = ["Kms"]
