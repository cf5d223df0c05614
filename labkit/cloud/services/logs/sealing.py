"""Events at rest: every chunk is sealed with AES-256-GCM, under a data key or under the service's own key.

    no KMS key      the service's own key for the group; AWS shows nothing of its, the lab derives one
    a KMS key       a data key: GenerateDataKey in the name of CloudWatch Logs, with the group's ARN as the
                    encryption context (aws:logs:arn); kept wrapped beside the events

The key of an event is the one that the group had when the event arrived: it stays under it. No data key's
plaintext outlives a call. Within an hour, further events go under the same data key, for which KMS opens it
again; so each arrival and each reading asks KMS, and a key that was disabled, or a policy that was changed,
counts at once. On AWS that may take five minutes; how often AWS makes a new data key is not known.
Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
"""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.logs.model import END, Chunk, DataKey, LogGroup
from labkit.cloud.services.logs.order import Event
from labkit.cloud.services.logs.service import LogsService, faults
from labkit.cloud.state.arns import Arn
from labkit.crypto import aead, kdf
from labkit.crypto.aad import encode_context
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

OWN_KEY = b"labkit logs own key"
ONE_HOUR = 3_600_000
CONTEXT = "aws:logs:arn"
NO_KEY = "The specified KMS Key Id could not be found."

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


class Sealing(LogsService):
    """Keys of log groups, and what they seal."""

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self._at_hand: dict[str, bytes] = {}

    def with_key(self, group: LogGroup, kmsKeyId: str) -> LogGroup:
        """The group with a KMS key, which is tried at once, for what arrives from now on.

        Raises:
            InvalidParameterException: there is no such key, or it is disabled, or not symmetric.
            AccessDeniedException: the key policy does not let CloudWatch Logs use it for this group.
        """
        parsed = Arn.parse(kmsKeyId)
        if parsed is None or parsed.service != "kms" or not parsed.resource.startswith("key/"):
            raise faults.InvalidParameterException(NO_KEY)
        try:
            return self._with_new_data_key(group, kmsKeyId)
        except AwsError as error:
            if error.code == "AccessDeniedException":
                raise not_allowed(group.Arn) from None
            if error.code == "NotFoundException":
                raise faults.InvalidParameterException(NO_KEY) from None
            raise faults.InvalidParameterException(
                f"The specified KMS Key Id could not be used: {error.message}"
            ) from None

    def ready_to_seal(self, group: LogGroup) -> LogGroup:
        """The group with a data key for what arrives now; the group as it is, if it has no KMS key.

        Raises:
            AccessDeniedException: KMS does not let CloudWatch Logs use the key, for whatever reason.
        """
        if group.KmsKeyId is None:
            return group
        current = self.tables.data_keys.get(group.DataKey)
        if current is not None and self.time - current.CreationTime < ONE_HOUR:
            self._unwrap(group.Name, current.Id)
            return group
        try:
            return self._with_new_data_key(group, group.KmsKeyId)
        except AwsError:
            raise not_allowed(group.Arn) from None

    def seal(self, chunk: Chunk, events: Sequence[Event]) -> Chunk:
        """The chunk with these events in it, under the data key that it names."""
        plaintext = zlib.compress(_encode(events), 1)
        ciphertext, tag = aead.seal(self._key_of(chunk), _iv(chunk), plaintext, self._bound_to(chunk))
        return replace(chunk, Sealed=ciphertext + tag)

    def open(self, chunk: Chunk) -> list[Event]:
        """The events in a chunk.

        Raises:
            AccessDeniedException: KMS does not let CloudWatch Logs use the key, for whatever reason.
        """
        ciphertext, tag = chunk.Sealed[: -aead.TAG_BYTES], chunk.Sealed[-aead.TAG_BYTES :]
        plaintext = aead.open_(self._key_of(chunk), _iv(chunk), ciphertext, tag, self._bound_to(chunk))
        return _decode(zlib.decompress(plaintext))

    def forget_unused_keys(self, group: str) -> None:
        """Drop the data keys of a group that nothing is sealed under any longer."""
        found = self.tables.groups.get(group)
        used = {chunk.DataKey for chunk in self.tables.chunks.ranged("group", f"{group}:", f"{group}{END}")}
        for one in self.tables.data_keys.having("group", group):
            if one.Id not in used and (found is None or found.DataKey != one.Id):
                self.tables.data_keys.delete(one.Id)

    def _with_new_data_key(self, group: LogGroup, key_arn: str) -> LogGroup:
        """The group with a fresh data key under a KMS key.

        Raises:
            AwsError: as KMS has answered.
        """
        answer = self._ask_kms("GenerateDataKey", group.Arn, KeyId=key_arn, KeySpec="AES_256")
        made = DataKey(random_uuid(), group.Name, key_arn, answer["CiphertextBlob"], self.time)
        self.tables.data_keys.put(made)
        self._at_hand[made.Id] = answer["Plaintext"]
        return replace(group, KmsKeyId=key_arn, DataKey=made.Id)

    def _key_of(self, chunk: Chunk) -> bytes:
        if chunk.DataKey:
            return self._unwrap(chunk.GroupName, chunk.DataKey)
        context = encode_context({CONTEXT: self.arn_of(chunk.GroupName)})
        return kdf.derive(self.cloud.hsm_memory.root, OWN_KEY, context, aead.KEY_BYTES)

    def _unwrap(self, group: str, data_key: str) -> bytes:
        """The bytes of a data key; KMS is asked once a call."""
        if data_key not in self._at_hand:
            kept = self.tables.data_keys.get(data_key)
            assert kept is not None, "a data key is kept as long as anything is sealed under it"
            arn = self.arn_of(group)
            try:
                answer = self._ask_kms("Decrypt", arn, KeyId=kept.KmsKeyId, CiphertextBlob=kept.Wrapped)
            except AwsError:
                raise not_allowed(arn) from None
            self._at_hand[data_key] = answer["Plaintext"]
        return self._at_hand[data_key]

    def _ask_kms(self, operation: str, arn: str, **parameters: Any) -> dict[str, Any]:
        return self.ask("kms", operation, itself=True, EncryptionContext={CONTEXT: arn}, **parameters)

    def _bound_to(self, chunk: Chunk) -> bytes:
        """What must be the same when a chunk is opened: its group, its stream."""
        return encode_context({CONTEXT: self.arn_of(chunk.GroupName), "stream": chunk.StreamName})


def not_allowed(arn: str) -> AwsError:
    """AWS's sentence for a key that it cannot use, which does not tell why not."""
    return faults.AccessDeniedException(
        f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
    )


def _iv(chunk: Chunk) -> bytes:
    """A chunk's number: none is given twice, so no key meets the same IV again."""
    return chunk.Number.to_bytes(aead.IV_BYTES, "big")
