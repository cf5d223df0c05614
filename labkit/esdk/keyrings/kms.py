"""Keyrings of AWS KMS: the data key comes from GenerateDataKey, and goes back through Decrypt.

The encryption context goes with every call, so it stands in CloudTrail, and key policies can ask for it. A
`KmsKeyring` opens only what its own key has wrapped. A discovery keyring asks KMS about every key that a
message names, so whoever writes a message decides which key is used; a filter says whose keys may be.
Source: AWS Encryption SDK Developer Guide, "AWS KMS keyrings".
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from labkit.esdk.errors import CannotUnwrap, NotAllowed
from labkit.esdk.header import EncryptedDataKey

PROVIDER = "aws-kms"


def region_of(key_id: str) -> str | None:
    """The region in a key's or an alias's ARN; None for a plain id or name."""
    return key_id.split(":")[3] if key_id.startswith("arn:") and key_id.count(":") >= 5 else None


def client_in(region: str | None) -> Any:
    """A KMS client for a region, or for the one that the environment names."""
    return boto3.client("kms", region_name=region)


class KmsKeyring:
    """Data keys under one KMS key.

    `key_id` may be any identifier to encrypt with; to decrypt it is a key ARN, as a message names its key by
    ARN. `kms` is a boto3 client; without it, one is made for the ARN's region.
    """

    def __init__(self, key_id: str, kms: Any = None, grant_tokens: Sequence[str] = ()) -> None:
        self.key_id = key_id
        self._kms = kms or client_in(region_of(key_id))
        self._tokens = {"GrantTokens": list(grant_tokens)} if grant_tokens else {}

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """Ask KMS for a data key: one call of GenerateDataKey. Raises ClientError as boto3 does."""
        answer = self._kms.generate_data_key(
            KeyId=self.key_id, NumberOfBytes=size, EncryptionContext=dict(context), **self._tokens
        )
        return answer["Plaintext"], (_wrapped(answer),)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """Have KMS wrap a data key: one call of Encrypt. Raises ClientError as boto3 does."""
        answer = self._kms.encrypt(
            KeyId=self.key_id, Plaintext=data_key, EncryptionContext=dict(context), **self._tokens
        )
        return (_wrapped(answer),)

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """Have KMS unwrap a data key of this very KMS key: one call of Decrypt, or none."""
        arn = _key_arn(wrapped)
        if arn != self.key_id:
            raise CannotUnwrap(f"it is under {arn}, and this keyring is for {self.key_id}")
        return _decrypt(self._kms, arn, wrapped, context, self._tokens)


class DiscoveryKeyring:
    """Reads what any KMS key has wrapped that the caller may use; writes nothing.

    `accounts` are those whose keys may be used, all if it is empty; `partition` is aws, aws-cn or the like.
    `client_for` makes a KMS client for a region.
    """

    def __init__(
        self,
        accounts: Sequence[str] = (),
        partition: str = "aws",
        client_for: Callable[[str], Any] = client_in,
    ) -> None:
        self._accounts, self._partition = frozenset(accounts), partition
        self._client_for = cache(client_for)

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """NotAllowed: there is no key to encrypt under."""
        raise NotAllowed("a discovery keyring can't encrypt: no KMS key is named")

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """Nothing: it adds no wrapping."""
        return ()

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """Have KMS unwrap a data key, in the region that its ARN names."""
        arn = _key_arn(wrapped)
        _, partition, _, region, account, _ = arn.split(":", 5)
        if partition != self._partition or (self._accounts and account not in self._accounts):
            raise CannotUnwrap(f"the discovery filter leaves out {arn}")
        try:
            kms = self._client_for(region)
        except BotoCoreError as error:
            raise CannotUnwrap(f"{arn}: {error}") from error
        return _decrypt(kms, arn, wrapped, context, {})


def _wrapped(answer: Mapping[str, Any]) -> EncryptedDataKey:
    return EncryptedDataKey(PROVIDER, answer["KeyId"].encode(), answer["CiphertextBlob"])


def _key_arn(wrapped: EncryptedDataKey) -> str:
    if wrapped.provider != PROVIDER:
        raise CannotUnwrap(f"its provider is {wrapped.provider!r}, not {PROVIDER}")
    arn = wrapped.info.decode(errors="replace")
    if region_of(arn) is None or not arn.split(":", 5)[5].startswith("key/"):
        raise CannotUnwrap("its info is not the ARN of a KMS key")
    return arn


def _decrypt(
    kms: Any, arn: str, wrapped: EncryptedDataKey, context: Mapping[str, str], more: Mapping[str, Any]
) -> bytes:
    try:
        answer = kms.decrypt(
            KeyId=arn, CiphertextBlob=wrapped.ciphertext, EncryptionContext=dict(context), **more
        )
    except (ClientError, BotoCoreError) as error:
        raise CannotUnwrap(f"{arn}: {error}") from error
    if answer["KeyId"] != arn:
        raise CannotUnwrap(f"KMS answered with another key, {answer['KeyId']}")
    plaintext: bytes = answer["Plaintext"]
    return plaintext
