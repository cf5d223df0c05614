"""The AWS Encryption SDK from inside: its message format, its materials, and data key caching.

    message = esdk.encrypt(b"hello", esdk.KmsKeyring(KEY_ARN), {"purpose": "greeting"})
    esdk.decrypt(message, esdk.KmsKeyring(KEY_ARN)).plaintext

Messages are the real SDK's, in both directions. This chapter knows nothing of the lab: it calls KMS through
boto3, as it would on AWS. Read `header.py` and `body.py` for the format, then `encrypting.py` and
`decrypting.py`; `keyrings` says who holds the keys, `caching` how often they are asked.
Source: AWS Encryption SDK Developer Guide.
"""

from labkit.esdk.decrypting import Opened, decrypt, decrypt_stream
from labkit.esdk.encrypting import encrypt, encrypt_stream
from labkit.esdk.errors import EsdkError
from labkit.esdk.files import decrypt_file, encrypt_file
from labkit.esdk.keyrings import (
    DiscoveryKeyring,
    KmsKeyring,
    MultiKeyring,
    RawAesKeyring,
    RawRsaKeyring,
    kms_keyring,
)
from labkit.esdk.materials import DefaultManager
from labkit.esdk.policy import CommitmentPolicy
from labkit.esdk.required import RequiredContextManager
from labkit.esdk.suites import SUITES, Suite

__all__ = [
    "SUITES",
    "CommitmentPolicy",
    "DefaultManager",
    "DiscoveryKeyring",
    "EsdkError",
    "KmsKeyring",
    "MultiKeyring",
    "Opened",
    "RawAesKeyring",
    "RawRsaKeyring",
    "RequiredContextManager",
    "Suite",
    "decrypt",
    "decrypt_file",
    "decrypt_stream",
    "encrypt",
    "encrypt_file",
    "encrypt_stream",
    "kms_keyring",
]
