"""Cryptographic materials: all that one message needs, and the manager that gets them from a keyring.

A cryptographic materials manager (CMM) stands between encrypting and the keyring, so that something can be
put in between: a cache (`caching`), or a rule about contexts (`required`). This is the plain one.
Source: AWS Encryption SDK Developer Guide, "Concepts", cryptographic materials manager.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Protocol, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from labkit.esdk import signing
from labkit.esdk.context import PUBLIC_KEY, check_names
from labkit.esdk.errors import CannotUnwrap, NoDataKey
from labkit.esdk.header import EncryptedDataKey, Header
from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.policy import STRICTEST, CommitmentPolicy
from labkit.esdk.suites import Suite
from labkit.records import Record


class EncryptionRequest(NamedTuple):
    """What is to be encrypted: `length` is None where it is not known, `suite` where the policy chooses."""

    context: Mapping[str, str]
    suite: Suite | None = None
    policy: CommitmentPolicy = STRICTEST
    length: int | None = None


class EncryptionMaterials(Record):
    """What a message is made with. Of the context, the names in `not_stored` stay out of the header."""

    hidden: ClassVar = ("data_key", "signing_key")

    suite: Suite
    context: Mapping[str, str]
    data_key: bytes
    data_keys: tuple[EncryptedDataKey, ...]
    signing_key: EllipticCurvePrivateKey | None = None
    not_stored: frozenset[str] = frozenset()


class DecryptionRequest(NamedTuple):
    """What is to be read: its header, and the encryption context that the reader knows by itself.

    `not_stored` is that part of it which the header leaves out on purpose.
    """

    header: Header
    context: Mapping[str, str] = {}
    not_stored: Mapping[str, str] = {}


class DecryptionMaterials(Record):
    """What a message is opened with; `not_stored` is the part of the context that its header left out."""

    hidden: ClassVar = ("data_key",)

    data_key: bytes
    not_stored: Mapping[str, str] = {}


class MaterialsManager(Protocol):
    """Anything with these two methods is a CMM."""

    def encryption_materials(self, request: EncryptionRequest) -> EncryptionMaterials:
        """Materials for a message to be written."""

    def decryption_materials(self, request: DecryptionRequest) -> DecryptionMaterials:
        """Materials for a message to be read."""


class DefaultManager:
    """Asks a keyring for every message, and makes the key pair of every signature."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def encryption_materials(self, request: EncryptionRequest) -> EncryptionMaterials:
        """A new data key. NotAllowed if the policy or the context is against it."""
        suite = request.suite or request.policy.suite
        request.policy.check_encrypt(suite)
        check_names(request.context)
        key = signing.new_key(suite)
        context = {**request.context, **({PUBLIC_KEY: signing.encode_public(key)} if key else {})}
        data_key, data_keys = self.keyring.generate(suite.key_bytes, context)
        return EncryptionMaterials(suite, context, data_key, data_keys, key)

    def decryption_materials(self, request: DecryptionRequest) -> DecryptionMaterials:
        """The data key, from the first of the encrypted ones that opens. NoDataKey if none does."""
        header, reasons = request.header, []
        context = {**header.context, **request.not_stored}
        for number, wrapped in enumerate(header.data_keys, 1):
            try:
                data_key = self.keyring.unwrap(wrapped, context)
            except CannotUnwrap as refusal:
                reasons.append(f"{number}: {refusal}")
                continue
            if len(data_key) == header.suite.key_bytes:
                return DecryptionMaterials(data_key, request.not_stored)
            reasons.append(f"{number}: it has {len(data_key)} bytes, and the suite needs others")
        raise NoDataKey("encrypted data keys", header.data_keys_offset, "none opens. " + "; ".join(reasons))


def manager(source: Keyring | MaterialsManager) -> MaterialsManager:
    """A CMM: `source` itself, or the plain one over it if it is a keyring."""
    if hasattr(source, "encryption_materials"):
        return cast(MaterialsManager, source)
    return DefaultManager(source)
