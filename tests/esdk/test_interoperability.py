"""Messages go both ways between this kit and the real SDK, for every suite, in every shape."""

import io
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from labkit import esdk
from labkit.crypto.digests import HashName
from labkit.esdk import SUITES, Suite
from labkit.esdk.keyrings import Keyring
from tests.esdk import real_sdk
from tests.esdk.real_sdk import NAME, NAMESPACE, our_keyring, our_policy

CONTEXT = {"purpose": "test", "münze": "zwölf €", "empty": ""}
EVERY_SUITE = pytest.mark.parametrize("suite", SUITES.values(), ids=str)
# The real SDK writes frames of a multiple of 128 bytes only.
SHAPES = pytest.mark.parametrize(
    ("length", "frame_length"),
    [(0, 128), (1, 128), (127, 128), (128, 128), (129, 128), (256, 128), (1000, 4096), (0, 0), (1000, 0)],
)


def content(length: int) -> bytes:
    """Bytes that repeat nowhere near a frame's length."""
    return bytes((7 * number + number // 256) % 256 for number in range(length))


@EVERY_SUITE
@SHAPES
def test_the_real_sdk_reads_ours(suite: Suite, length: int, frame_length: int) -> None:
    policy = our_policy(suite)
    message = esdk.encrypt(
        content(length), our_keyring(), CONTEXT, suite=suite, frame_length=frame_length, policy=policy
    )
    plaintext, header = real_sdk.client(policy).decrypt(source=message, key_provider=real_sdk.provider())
    assert plaintext == content(length)
    assert header.algorithm.algorithm_id == suite.id
    assert CONTEXT.items() <= header.encryption_context.items()


@EVERY_SUITE
@SHAPES
def test_ours_reads_the_real_sdks(suite: Suite, length: int, frame_length: int) -> None:
    policy = our_policy(suite)
    message, _ = real_sdk.client(policy).encrypt(
        source=content(length),
        key_provider=real_sdk.provider(),
        encryption_context=CONTEXT,
        algorithm=real_sdk.algorithm(suite),
        frame_length=frame_length,
    )
    opened = esdk.decrypt(message, our_keyring(), {"purpose": "test"}, policy=policy)
    assert opened.plaintext == content(length)
    assert opened.header.suite == suite
    assert opened.header.frame_length == frame_length
    assert CONTEXT.items() <= opened.context.items()


@pytest.mark.parametrize("frame_length", [1, 99, 100, 101])
def test_the_real_sdk_reads_frames_of_any_length(frame_length: int) -> None:
    message = esdk.encrypt(content(200), our_keyring(), frame_length=frame_length)
    sdk = real_sdk.client(real_sdk.ALLOW)
    assert sdk.decrypt(source=message, key_provider=real_sdk.provider())[0] == content(200)


@EVERY_SUITE
def test_streams_go_both_ways(suite: Suite) -> None:
    policy, data = our_policy(suite), content(5000)
    ours = b"".join(
        esdk.encrypt_stream(io.BytesIO(data), our_keyring(), suite=suite, frame_length=128, policy=policy)
    )
    plaintext, _ = real_sdk.client(policy).decrypt(source=ours, key_provider=real_sdk.provider())
    assert plaintext == data
    theirs, _ = real_sdk.client(policy).encrypt(
        source=data,
        key_provider=real_sdk.provider(),
        algorithm=real_sdk.algorithm(suite),
        frame_length=128,
    )
    assert b"".join(esdk.decrypt_stream(io.BytesIO(theirs), our_keyring(), policy=policy)) == data


@pytest.mark.parametrize("hash_name", ["SHA-1", "SHA-256", "SHA-384", "SHA-512"])
def test_rsa_keyrings_go_both_ways(hash_name: HashName) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    theirs = real_sdk.rsa_provider(pem, hash_name)
    ours = esdk.RawRsaKeyring(NAMESPACE, NAME, key, hash_name)
    sdk = real_sdk.client(real_sdk.ALLOW)
    public = esdk.RawRsaKeyring(NAMESPACE, NAME, key.public_key(), hash_name)
    message = esdk.encrypt(b"by the public key alone", public)
    assert sdk.decrypt(source=message, key_provider=theirs)[0] == b"by the public key alone"
    message, _ = sdk.encrypt(source=b"by the SDK", key_provider=theirs)
    assert esdk.decrypt(message, ours).plaintext == b"by the SDK"


def test_kms_keyrings_go_both_ways(lab: Any) -> None:
    import aws_encryption_sdk
    import boto3

    arns = [
        boto3.client("kms", region_name=region).create_key()["KeyMetadata"]["Arn"]
        for region in ("us-east-1", "eu-west-1")
    ]
    sdk = real_sdk.client(real_sdk.ALLOW)
    theirs = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=arns)
    discovery = aws_encryption_sdk.DiscoveryAwsKmsMasterKeyProvider()

    message = esdk.encrypt(b"ours", esdk.kms_keyring(*arns), CONTEXT)
    for provider in (theirs, discovery):
        assert sdk.decrypt(source=message, key_provider=provider)[0] == b"ours"

    message, _ = sdk.encrypt(source=b"theirs", key_provider=theirs, encryption_context=CONTEXT)
    readers = [esdk.KmsKeyring(arn) for arn in arns]
    others: list[Keyring] = [esdk.kms_keyring(*arns), esdk.DiscoveryKeyring()]
    for reader in (*readers, *others):
        assert esdk.decrypt(message, reader).plaintext == b"theirs"
