"""Keyrings: who wraps a data key, and who unwraps it. Begin with `keyring.py`, which says what one is."""

from labkit.esdk.keyrings.keyring import Keyring
from labkit.esdk.keyrings.kms import DiscoveryKeyring, KmsKeyring
from labkit.esdk.keyrings.multi import MultiKeyring, kms_keyring
from labkit.esdk.keyrings.raw_aes import RawAesKeyring
from labkit.esdk.keyrings.raw_rsa import RawRsaKeyring

__all__ = [
    "DiscoveryKeyring",
    "Keyring",
    "KmsKeyring",
    "MultiKeyring",
    "RawAesKeyring",
    "RawRsaKeyring",
    "kms_keyring",
]
