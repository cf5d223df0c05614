"""Data under a KMS key: a fresh data key seals it, and lies beside it, wrapped by KMS.

Several services keep their secrets like this. What differs is in whose name KMS is asked, and in which words
its refusal is handed on.
Source: KMS Developer Guide, "KMS keys", "Data keys".
"""

from collections.abc import Callable, Mapping
from typing import Any

from labkit.cloud.state.arns import Arn, arn
from labkit.crypto import envelope
from labkit.crypto.aad import encode_context

# Asks KMS for an operation, whose parameters are named.
AskKms = Callable[..., dict[str, Any]]


def seal_under(ask: AskKms, key_id: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """`plaintext` in an envelope under this KMS key, bound to `context`. AwsError, as KMS answers."""
    key = ask("GenerateDataKey", KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    return envelope.seal(key["Plaintext"], key["CiphertextBlob"], plaintext, encode_context(context))


def open_sealed(ask: AskKms, sealed: bytes, context: Mapping[str, str]) -> bytes:
    """What is in such an envelope.

    Raises:
        AwsError: as KMS answers. AuthenticationFailed: it is not the envelope that was made.
    """
    wrapped = envelope.wrapped_key(sealed)
    key = ask("Decrypt", CiphertextBlob=wrapped, EncryptionContext=context)
    return envelope.open_(key["Plaintext"], sealed, encode_context(context))


def key_as_named(key_id: str, region: str, *, owner: str, asker: str) -> str:
    """How an account that asks KMS has to name a key that goes by `key_id` in the account of its owner.

    By an id or an alias, an account names a key of its own; another's takes the ARN.
    """
    if owner == asker or Arn.parse(key_id):
        return key_id
    return arn("kms", region, owner, key_id if key_id.startswith("alias/") else f"key/{key_id}")
