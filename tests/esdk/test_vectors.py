"""AWS's commitment test vectors: 46 messages of the SDKs in C, Java, JavaScript and Python."""

from base64 import b64decode
from collections.abc import Mapping

import pytest

from labkit import esdk
from labkit.esdk import keys
from labkit.esdk.errors import CommitmentMismatch
from labkit.esdk.header import EncryptedDataKey
from tests.vectors.encryption_sdk_sdist import commitment_vectors

COUNT = 46


class Known(esdk.RawAesKeyring):
    """A keyring that knows a data key which KMS has wrapped for somebody else."""

    def __init__(self, data_key: bytes) -> None:
        super().__init__("known", "known", bytes(32))
        self._data_key = data_key

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """The data key, whatever wraps it."""
        return self._data_key


def test_no_vector_is_left_out() -> None:
    assert len(commitment_vectors()) == COUNT


@pytest.mark.parametrize("number", range(COUNT))
def test_a_message_opens_or_is_refused_as_the_vector_says(number: int) -> None:
    vector = commitment_vectors()[number]
    message = b64decode(vector["ciphertext"])
    keyring: esdk.RawAesKeyring = Known(b64decode(vector["decrypted-dek"]))
    if vector["keyring-type"] == "static":
        keyring = esdk.RawAesKeyring("ProviderName", "KeyId", bytes(32))
    if not vector["status"]:
        with pytest.raises(CommitmentMismatch) as refusal:
            esdk.decrypt(message, keyring)
        start = refusal.value.offset
        assert message[start : start + 32] == message[len(b64decode(vector["header"])) - 48 :][:32]
        return
    opened = esdk.decrypt(message, keyring, vector["encryption-context"])
    assert opened.plaintext == "".join(vector["plaintext-frames"]).encode()
    assert opened.context == vector["encryption-context"]
    assert opened.header.message_id == b64decode(vector["message-id"])
    assert opened.header.commitment == b64decode(vector["commitment"])


@pytest.mark.parametrize("number", range(COUNT))
def test_a_data_key_derives_the_keys_of_the_vector(number: int) -> None:
    vector = commitment_vectors()[number]
    suite = esdk.SUITES[int.from_bytes(b64decode(vector["header"])[1:3], "big")]
    key, commitment = keys.derive(suite, b64decode(vector["decrypted-dek"]), b64decode(vector["message-id"]))
    in_header = b64decode(vector["header"])[-48:-16]
    assert (commitment == in_header) is vector["status"]
    if "content-encryption-key" in vector and vector["status"]:
        assert key == b64decode(vector["content-encryption-key"])
