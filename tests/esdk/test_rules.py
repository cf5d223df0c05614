"""What a client may be told to refuse: suites by policy, contexts by name and size, too many data keys."""

import io

import pytest

from labkit import esdk
from labkit.esdk import SUITES, CommitmentPolicy, RequiredContextManager
from labkit.esdk.errors import ContextMismatch, HeaderNotAuthentic, NoDataKey, NotAllowed, TooLarge
from tests.esdk.real_sdk import our_keyring

FORBID = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
ALLOW = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
REQUIRE = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT


def test_there_are_eleven_suites_with_the_names_that_aws_gives_them() -> None:
    assert [str(suite) for suite in SUITES.values()] == [
        "0014 AES_128_GCM_IV12_TAG16",
        "0046 AES_192_GCM_IV12_TAG16",
        "0078 AES_256_GCM_IV12_TAG16",
        "0114 AES_128_GCM_IV12_TAG16_HKDF_SHA256",
        "0146 AES_192_GCM_IV12_TAG16_HKDF_SHA256",
        "0178 AES_256_GCM_IV12_TAG16_HKDF_SHA256",
        "0214 AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256",
        "0346 AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384",
        "0378 AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384",
        "0478 AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
        "0578 AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
    ]
    with pytest.raises(ValueError, match="no algorithm suite"):
        esdk.encrypt(b"", our_keyring(), suite="AES_512")


@pytest.mark.parametrize("policy", [ALLOW, REQUIRE])
def test_policies_that_require_commitment_write_nothing_without(policy: CommitmentPolicy) -> None:
    assert (
        esdk.decrypt(esdk.encrypt(b"", our_keyring(), policy=policy), our_keyring()).header.suite.id == 0x0578
    )
    with pytest.raises(NotAllowed, match="writes no messages without key commitment"):
        esdk.encrypt(b"", our_keyring(), suite=0x0178, policy=policy)


def test_the_policy_that_forbids_commitment_writes_none_and_reads_all() -> None:
    old = esdk.encrypt(b"old", our_keyring(), policy=FORBID)
    assert esdk.decrypt(old, our_keyring(), policy=FORBID).header.suite.id == 0x0378
    with pytest.raises(NotAllowed, match="writes no messages with key commitment"):
        esdk.encrypt(b"", our_keyring(), suite=0x0578, policy=FORBID)
    new = esdk.encrypt(b"new", our_keyring())
    assert esdk.decrypt(new, our_keyring(), policy=FORBID).plaintext == b"new"


def test_only_the_strictest_policy_reads_nothing_without_commitment() -> None:
    old = esdk.encrypt(b"old", our_keyring(), policy=FORBID)
    assert esdk.decrypt(old, our_keyring(), policy=ALLOW).plaintext == b"old"
    with pytest.raises(NotAllowed, match="reads no messages without key commitment; the suite is 0378"):
        esdk.decrypt(old, our_keyring())


def test_a_reader_may_expect_a_context() -> None:
    message = esdk.encrypt(b"x", our_keyring(), {"tenant": "a", "more": "b"})
    assert esdk.decrypt(message, our_keyring(), {"tenant": "a"}).context["more"] == "b"
    with pytest.raises(ContextMismatch, match="AAD, byte 35: 'tenant' has another value"):
        esdk.decrypt(message, our_keyring(), {"tenant": "z"})
    with pytest.raises(ContextMismatch, match="there is no 'user'"):
        esdk.decrypt(message, our_keyring(), {"user": "z"})


@pytest.mark.parametrize("name", ["aws-crypto-public-key", "aws-crypto-anything"])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(NotAllowed, match="the format's own"):
        esdk.encrypt(b"", our_keyring(), {name: "x"})


def test_a_context_has_at_most_65535_bytes() -> None:
    longest = 65535 - 2 - 2 - 1 - 2
    message = esdk.encrypt(b"x", our_keyring(), {"k": "v" * longest}, suite=0x0478)
    assert esdk.decrypt(message, our_keyring()).context == {"k": "v" * longest}
    with pytest.raises(NotAllowed, match="at most 65535 bytes"):
        esdk.encrypt(b"x", our_keyring(), {"k": "v" * (longest + 1)}, suite=0x0478)


def test_the_number_of_data_keys_can_be_limited() -> None:
    three = esdk.MultiKeyring(our_keyring(), [our_keyring(), our_keyring()])
    message = esdk.encrypt(b"x", three, max_data_keys=3)
    assert len(esdk.decrypt(message, our_keyring(), max_data_keys=3).header.data_keys) == 3
    with pytest.raises(NotAllowed, match="3 encrypted data keys, 2 are allowed"):
        esdk.encrypt(b"x", three, max_data_keys=2)
    with pytest.raises(TooLarge, match="data key count"):
        esdk.decrypt(message, our_keyring(), max_data_keys=2)


def test_frames_longer_than_the_reader_wants_are_not_read() -> None:
    for frame_length in (0, 4096):
        message = esdk.encrypt(bytes(3000), our_keyring(), frame_length=frame_length)
        with pytest.raises(TooLarge, match="would have to be held in memory, 2999 are allowed"):
            list(esdk.decrypt_stream(io.BytesIO(message), our_keyring(), max_length=2999))


def test_required_names_are_authenticated_and_not_written() -> None:
    writer = RequiredContextManager(our_keyring(), ["tenant"])
    message = esdk.encrypt(b"x", writer, {"tenant": "blue whale", "stored": "yes"})
    assert b"blue whale" not in message
    opened = esdk.decrypt(message, writer, {"tenant": "blue whale"})
    assert opened.context["tenant"] == "blue whale"
    assert "tenant" not in opened.header.context
    with pytest.raises(NotAllowed, match="must have tenant"):
        esdk.decrypt(message, writer)
    with pytest.raises(NotAllowed, match="must have tenant"):
        esdk.encrypt(b"x", writer, {"stored": "yes"})
    with pytest.raises(NoDataKey):
        esdk.decrypt(message, writer, {"tenant": "grey seal"})
    with pytest.raises(NoDataKey):
        esdk.decrypt(message, our_keyring())


def test_the_headers_tag_alone_binds_a_required_name_where_the_keyring_does_not() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    keyring = esdk.RawRsaKeyring("n", "k", rsa.generate_private_key(65537, 2048))
    writer = RequiredContextManager(keyring, ["tenant"])
    message = esdk.encrypt(b"x", writer, {"tenant": "a"})
    assert esdk.decrypt(message, writer, {"tenant": "a"}).plaintext == b"x"
    with pytest.raises(HeaderNotAuthentic, match="or the encryption context given is not"):
        esdk.decrypt(message, writer, {"tenant": "b"})
