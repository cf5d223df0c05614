"""The real `aws-encryption-sdk`, as the oracle of the message format: the same key on both sides."""

from functools import cache
from typing import Any

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import (
    AlgorithmSuite,
    CommitmentPolicy,
    EncryptionKeyType,
    WrappingAlgorithm,
)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.base import MasterKeyProviderConfig
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

from labkit.esdk import CommitmentPolicy as OurPolicy
from labkit.esdk import RawAesKeyring, Suite

NAMESPACE, NAME, KEY = "our vault", "key 1", bytes(range(32))

# Both read everything; which of them writes a suite depends on whether it commits.
FORBID, ALLOW = OurPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT, OurPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT


def our_policy(suite: Suite) -> OurPolicy:
    """A policy that writes messages of `suite`, and reads every message."""
    return ALLOW if suite.committing else FORBID


def our_keyring() -> RawAesKeyring:
    """Our side of the AES key that both know."""
    return RawAesKeyring(NAMESPACE, NAME, KEY)


class _Provider(RawMasterKeyProvider):  # type: ignore[misc]
    provider_id = NAMESPACE

    def __init__(self, algorithm: Any, key: bytes, kind: Any, **_: Any) -> None:
        self._wrapping = WrappingKey(algorithm, key, kind)
        self.add_master_key(NAME)

    def __new__(cls, *_: Any, **__: Any) -> Any:
        return super().__new__(cls, config=MasterKeyProviderConfig())

    def _get_raw_key(self, key_id: str) -> Any:
        return self._wrapping


@cache
def provider() -> Any:
    """The real SDK's side of the AES key."""
    algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
    return _Provider(algorithm, KEY, EncryptionKeyType.SYMMETRIC)


def rsa_provider(pem: bytes, hash_name: str) -> Any:
    """The real SDK's side of an RSA key."""
    algorithm = WrappingAlgorithm[f"RSA_OAEP_{hash_name.replace('-', '')}_MGF1"]
    return _Provider(algorithm, pem, EncryptionKeyType.PRIVATE)


def client(policy: OurPolicy) -> Any:
    """The real SDK's client with the policy of this name."""
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy[policy.name])


def algorithm(suite: Suite) -> Any:
    """The real SDK's name of a suite."""
    return AlgorithmSuite.get_by_id(suite.id)
