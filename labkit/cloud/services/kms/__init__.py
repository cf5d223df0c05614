"""AWS Key Management Service: keys, and what may be done with them.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.kms.aliases import Aliases
from labkit.cloud.services.kms.cryptography import Cryptography
from labkit.cloud.services.kms.datakeys import DataKeys
from labkit.cloud.services.kms.deletion import Deletion
from labkit.cloud.services.kms.keys import Keys
from labkit.cloud.services.kms.macs import Macs
from labkit.cloud.services.kms.policies import Policies
from labkit.cloud.services.kms.rotation import Rotation
from labkit.cloud.services.kms.signing import Signing
from labkit.cloud.services.kms.tags import Tags


class Kms(Keys, Aliases, Tags, Policies, Deletion, Rotation, Cryptography, DataKeys, Signing, Macs):
    """Every operation of KMS that the lab answers."""


__all__ = ["Kms"]
