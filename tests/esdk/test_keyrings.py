"""Who opens what: keyrings alone, several as one, and KMS with its log."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from labkit import Lab, esdk
from labkit.esdk.errors import NoDataKey, NotAllowed


@pytest.fixture
def key_arn(lab: Lab) -> str:
    """A KMS key in us-east-1."""
    return str(boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"])


def test_a_message_takes_one_call_to_write_and_one_to_read(lab: Lab, key_arn: str) -> None:
    keyring = esdk.KmsKeyring(key_arn)
    message = esdk.encrypt(bytes(100_000), keyring, {"purpose": "backup"})
    assert esdk.decrypt(message, keyring).plaintext == bytes(100_000)
    assert list(lab.audit()["EventName"])[-2:] == ["GenerateDataKey", "Decrypt"]


def test_kms_sees_the_context_with_the_public_key(lab: Lab, key_arn: str) -> None:
    esdk.encrypt(b"x", esdk.KmsKeyring(key_arn), {"purpose": "backup"})
    event = boto3.client("cloudtrail").lookup_events(MaxResults=1)["Events"][0]
    context = json.loads(event["CloudTrailEvent"])["requestParameters"]["encryptionContext"]
    assert context["purpose"] == "backup"
    assert len(context["aws-crypto-public-key"]) == 68


def test_an_alias_encrypts_and_does_not_decrypt(lab: Lab, key_arn: str) -> None:
    boto3.client("kms", region_name="us-east-1").create_alias(AliasName="alias/a", TargetKeyId=key_arn)
    keyring = esdk.KmsKeyring("alias/a", boto3.client("kms", region_name="us-east-1"))
    message = esdk.encrypt(b"x", keyring)
    assert esdk.decrypt(message, esdk.KmsKeyring(key_arn)).plaintext == b"x"
    with pytest.raises(NoDataKey, match="this keyring is for alias/a"):
        esdk.decrypt(message, keyring)


def test_a_disabled_key_is_told_with_the_words_of_kms(lab: Lab, key_arn: str) -> None:
    keyring = esdk.KmsKeyring(key_arn)
    message = esdk.encrypt(b"x", keyring)
    boto3.client("kms", region_name="us-east-1").disable_key(KeyId=key_arn)
    with pytest.raises(NoDataKey, match=r"encrypted data keys, byte .*DisabledException.*is disabled"):
        esdk.decrypt(message, keyring)
    with pytest.raises(ClientError, match="is disabled"):
        esdk.encrypt(b"x", keyring)


def test_either_region_opens_what_both_have_wrapped(lab: Lab, key_arn: str) -> None:
    other = boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    message = esdk.encrypt(b"x", esdk.kms_keyring(key_arn, other))
    boto3.client("kms", region_name="us-east-1").disable_key(KeyId=key_arn)
    assert esdk.decrypt(message, esdk.kms_keyring(key_arn, other)).plaintext == b"x"
    assert esdk.decrypt(message, esdk.DiscoveryKeyring()).plaintext == b"x"


def test_discovery_reads_what_its_filter_lets_through_and_writes_nothing(lab: Lab, key_arn: str) -> None:
    message = esdk.encrypt(b"x", esdk.KmsKeyring(key_arn))
    assert esdk.decrypt(message, esdk.DiscoveryKeyring(["123456789012"])).plaintext == b"x"
    for filtered in (esdk.DiscoveryKeyring(["111122223333"]), esdk.DiscoveryKeyring(partition="aws-cn")):
        before = len(lab.audit())
        with pytest.raises(NoDataKey, match="the discovery filter leaves out"):
            esdk.decrypt(message, filtered)
        assert len(lab.audit()) == before
    with pytest.raises(NotAllowed, match="can't encrypt"):
        esdk.encrypt(b"x", esdk.DiscoveryKeyring())


def test_all_reasons_are_told_when_nothing_opens() -> None:
    one, two = (esdk.RawAesKeyring("vault", name, bytes(32)) for name in ("one", "two"))
    message = esdk.encrypt(b"x", esdk.MultiKeyring(one, [two]))
    three = esdk.RawAesKeyring("vault", "three", bytes(32))
    foreign = esdk.RawAesKeyring("other", "one", bytes(32))
    with pytest.raises(NoDataKey) as refusal:
        esdk.decrypt(message, esdk.MultiKeyring(None, [three, foreign]))
    assert refusal.value.field == "encrypted data keys"
    assert str(refusal.value).count("its info does not name the key 'three'") == 2
    assert str(refusal.value).count("its provider is 'vault', not 'other'") == 2


def test_the_wrong_aes_key_is_told_from_the_wrong_name() -> None:
    message = esdk.encrypt(b"x", esdk.RawAesKeyring("vault", "one", bytes(32)))
    with pytest.raises(NoDataKey, match="the tag does not fit"):
        esdk.decrypt(message, esdk.RawAesKeyring("vault", "one", bytes(31) + b"\1"))


@pytest.mark.parametrize("size", [16, 24, 32])
def test_aes_keys_have_three_sizes(size: int) -> None:
    keyring = esdk.RawAesKeyring("vault", "one", bytes(size))
    assert esdk.decrypt(esdk.encrypt(b"x", keyring), keyring).plaintext == b"x"


def test_a_public_key_writes_what_it_cannot_read() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = esdk.RawRsaKeyring("vault", "pair", key.public_key())
    message = esdk.encrypt(b"x", public)
    with pytest.raises(NoDataKey, match="only the public key is here"):
        esdk.decrypt(message, public)
    assert esdk.decrypt(message, esdk.RawRsaKeyring("vault", "pair", key)).plaintext == b"x"
    with pytest.raises(NoDataKey, match="not made for this key"):
        esdk.decrypt(message, esdk.RawRsaKeyring("vault", "pair", key, "SHA-512"))
    with pytest.raises(NoDataKey, match="not under the key 'other'"):
        esdk.decrypt(message, esdk.RawRsaKeyring("vault", "other", key))


@pytest.mark.parametrize("make", [esdk.RawAesKeyring, esdk.RawRsaKeyring])
def test_the_namespace_of_kms_is_its_own(make: Any) -> None:
    with pytest.raises(ValueError, match="KMS's own"):
        make("aws-kms", "x", bytes(32))


def test_a_multi_keyring_without_a_generator_only_reads() -> None:
    keyring = esdk.RawAesKeyring("vault", "one", bytes(32))
    reader = esdk.MultiKeyring(None, [keyring])
    assert esdk.decrypt(esdk.encrypt(b"x", keyring), reader).plaintext == b"x"
    with pytest.raises(NotAllowed, match="no generator"):
        esdk.encrypt(b"x", reader)
    with pytest.raises(ValueError, match="at least one"):
        esdk.MultiKeyring(None)


def test_a_changed_arn_in_a_message_is_no_error_of_botocores(lab: Lab, key_arn: str) -> None:
    message = esdk.encrypt(b"x", esdk.KmsKeyring(key_arn))
    changed = message.replace(b"us-east-1", b"us,east-1")
    with pytest.raises(NoDataKey, match="doesn't match a supported format"):
        esdk.decrypt(changed, esdk.DiscoveryKeyring())
