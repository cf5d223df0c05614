"""Encrypt, Decrypt and ReEncrypt under symmetric keys: what opens, what does not, and in which words."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest
from tests.cloud.services.kms.helpers import Refusal, invalid, is_disabled, kms_state, new_key, refusal

INVALID_CIPHERTEXT = Refusal("InvalidCiphertextException", "")
INCORRECT_KEY = Refusal(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
)
UNKNOWN_KEY = Refusal(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, "
    "does not exist in this region, or you are not allowed to access.",
)
TOO_LONG = invalid("plaintext", "Member must have length less than or equal to 4096")
TOO_SHORT = invalid("plaintext", "Member must have length greater than or equal to 1")

# A lab and a key serve all examples of one property: what they hold does not change.
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
contexts = st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=20), max_size=4)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def seal(kms: Any, key: str, plaintext: bytes = b"secret", **context: str) -> bytes:
    blob: bytes = kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
    return blob


def post(lab: Lab, target: str, **members: Any) -> tuple[int, dict[str, Any]]:
    """Hand the gateway an HTTP request as it would arrive, without a client that could mend it."""
    headers = {
        "x-amz-target": f"TrentService.{target}",
        "content-type": "application/x-amz-json-1.1",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/kms/aws4_request, ...",
    }
    body = json.dumps(members).encode()
    response = lab.gateway.handle(HttpRequest("POST", "https", "kms", "/", headers=headers, body=body))
    return response.status, json.loads(response.body)


@few
@given(plaintext=st.binary(min_size=1, max_size=4096), context=contexts)
def test_what_is_encrypted_is_decrypted(
    key: str, kms: Any, plaintext: bytes, context: dict[str, str]
) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)
    assert plaintext not in sealed["CiphertextBlob"] or len(plaintext) < 4
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == plaintext
    assert opened["KeyId"] == sealed["KeyId"] == key
    assert opened["EncryptionAlgorithm"] == sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


def test_decrypt_tells_which_key_material_it_was(key: str, kms: Any) -> None:
    current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=seal(kms, key))["KeyMaterialId"] == current


def test_the_same_plaintext_never_gives_the_same_ciphertext(key: str, kms: Any) -> None:
    assert len({seal(kms, key) for _ in range(20)}) == 20


def test_4096_bytes_pass_and_4097_do_not(key: str, kms: Any) -> None:
    longest = bytes(4096)
    blob = seal(kms, key, longest)
    assert len(blob) <= 6144
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == longest
    assert refusal(kms.encrypt, KeyId=key, Plaintext=bytes(4097)) == TOO_LONG
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"") == TOO_SHORT


def test_the_wall_stands_behind_the_client_too(key: str, lab: Lab) -> None:
    def encrypt(plaintext: bytes) -> tuple[int, dict[str, Any]]:
        return post(lab, "Encrypt", KeyId=key, Plaintext=base64.b64encode(plaintext).decode())

    status, answer = encrypt(bytes(4096))
    assert status == 200
    blob = answer["CiphertextBlob"]
    assert base64.b64decode(post(lab, "Decrypt", CiphertextBlob=blob)[1]["Plaintext"]) == bytes(4096)
    for plaintext, error in ((bytes(4097), TOO_LONG), (b"", TOO_SHORT)):
        status, answer = encrypt(plaintext)
        assert (status, answer["__type"].rpartition("#")[2]) == (400, "ValidationException")
        assert error.message in answer.values()


def test_a_ciphertext_has_6144_bytes_at_most(key: str, kms: Any) -> None:
    assert refusal(kms.decrypt, CiphertextBlob=bytes(6144)) == INVALID_CIPHERTEXT
    assert refusal(kms.decrypt, CiphertextBlob=bytes(6145)) == invalid(
        "ciphertextBlob", "Member must have length less than or equal to 6144"
    )


def test_a_missing_ciphertext_is_null(key: str, kms: Any) -> None:
    missing = invalid("ciphertextBlob", "Member must not be null", "null")
    assert refusal(kms.decrypt) == refusal(kms.re_encrypt, DestinationKeyId=key) == missing


# --- encryption context


@few
@given(sealed=contexts, given_later=contexts)
def test_a_ciphertext_opens_with_its_own_context_only(
    key: str, kms: Any, sealed: dict[str, str], given_later: dict[str, str]
) -> None:
    blob = (
        seal(kms, key)
        if not sealed
        else kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=sealed)["CiphertextBlob"]
    )
    asked = {"CiphertextBlob": blob, "EncryptionContext": given_later}
    if sealed == given_later:
        assert kms.decrypt(**asked)["Plaintext"] == b"secret"
    else:
        assert refusal(kms.decrypt, **asked) == INVALID_CIPHERTEXT


@pytest.mark.parametrize(
    ("sealed", "other"),
    [
        ({"ab": "c"}, {"a": "bc"}),
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": "b", "c": "d"}, {"a": "bcd"}),
        ({"a": "b", "c": "d"}, {"a": "b"}),
        ({"a": "b"}, {"a": "b", "c": "d"}),
        ({"a": "b"}, {"b": "a"}),
        ({"a": "b"}, {"A": "b"}),
        ({"a": "b"}, {}),
        ({"a": ""}, {}),
        ({}, {"a": "b"}),
        ({"é": "x"}, {"e\u0301": "x"}),
    ],
)
def test_another_context_does_not_open(
    key: str, kms: Any, lab: Lab, sealed: dict[str, str], other: dict[str, str]
) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=sealed)["CiphertextBlob"]
    before = kms_state(lab)
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=other) == INVALID_CIPHERTEXT
    assert kms_state(lab) == before
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=sealed)["Plaintext"] == b"x"


def test_the_order_of_the_pairs_does_not_matter(key: str, kms: Any) -> None:
    blob = seal(kms, key, first="1", second="2", third="3")
    turned = {"third": "3", "second": "2", "first": "1"}
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=turned)["Plaintext"] == b"secret"


# --- what is not a ciphertext, or no longer


def test_no_flipped_bit_opens(key: str, kms: Any) -> None:
    """Bytes 5 to 36 name the backing key: a flip there names one that does not exist."""
    blob = seal(kms, key, b"x", lesson="tampering")
    refusals = {}
    for bit in range(8 * len(blob)):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        asked = {"CiphertextBlob": bytes(changed), "EncryptionContext": {"lesson": "tampering"}}
        refusals[bit] = refusal(kms.decrypt, **asked)
        if bit % 32 == 0:
            named = refusal(kms.decrypt, KeyId=key, **asked)
            assert named == (INCORRECT_KEY if 5 * 8 <= bit < 37 * 8 else INVALID_CIPHERTEXT)
    assert {bit: told for bit, told in refusals.items() if told != INVALID_CIPHERTEXT} == dict.fromkeys(
        range(5 * 8, 37 * 8), UNKNOWN_KEY
    )


@few
@given(noise=st.binary(min_size=1, max_size=300))
def test_noise_is_no_ciphertext(key: str, kms: Any, noise: bytes) -> None:
    assert refusal(kms.decrypt, CiphertextBlob=noise) == INVALID_CIPHERTEXT
    assert refusal(kms.decrypt, CiphertextBlob=noise, KeyId=key) == INVALID_CIPHERTEXT


@pytest.mark.parametrize("cut", [1, 16, 50, 100])
def test_a_ciphertext_that_is_cut_or_grown_does_not_open(key: str, kms: Any, cut: int) -> None:
    blob = seal(kms, key)
    assert refusal(kms.decrypt, CiphertextBlob=blob[:-cut]) == INVALID_CIPHERTEXT
    assert refusal(kms.decrypt, CiphertextBlob=blob + bytes(cut)) == INVALID_CIPHERTEXT


def test_a_named_key_must_be_the_one(key: str, kms: Any) -> None:
    blob = seal(kms, key)
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"secret"
    for other in (new_key(kms), new_key(kms, "HMAC_256")):
        assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other) == INCORRECT_KEY


# --- ReEncrypt


def test_re_encryption_changes_key_and_context(key: str, kms: Any) -> None:
    other = new_key(kms)
    moved = kms.re_encrypt(
        CiphertextBlob=seal(kms, key, b"x", old="1"),
        SourceEncryptionContext={"old": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"new": "2"},
    )
    metadata = [kms.describe_key(KeyId=arn)["KeyMetadata"] for arn in (key, other)]
    blob = moved.pop("CiphertextBlob")
    del moved["ResponseMetadata"]
    assert moved == {
        "SourceKeyId": key,
        "KeyId": other,
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": metadata[0]["CurrentKeyMaterialId"],
        "DestinationKeyMaterialId": metadata[1]["CurrentKeyMaterialId"],
    }
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"new": "2"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", other)
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"old": "1"}) == INVALID_CIPHERTEXT


def test_re_encryption_insists_on_the_source(key: str, kms: Any) -> None:
    blob, other = seal(kms, key, old="1"), new_key(kms)
    asked = {"CiphertextBlob": blob, "DestinationKeyId": other}
    assert refusal(kms.re_encrypt, **asked) == INVALID_CIPHERTEXT
    right = {"SourceEncryptionContext": {"old": "1"}}
    assert refusal(kms.re_encrypt, **asked, **right, SourceKeyId=other) == INCORRECT_KEY
    assert kms.re_encrypt(**asked, **right, SourceKeyId=key)["SourceKeyId"] == key


# --- DryRun


def test_a_dry_run_says_what_would_happen_and_does_nothing(key: str, kms: Any, lab: Lab) -> None:
    would_succeed = Refusal(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
    )
    blob = seal(kms, key)
    calls = (
        (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
    )
    for call, parameters in calls:
        before = kms_state(lab)
        assert refusal(call, **parameters, DryRun=True) == would_succeed
        assert kms_state(lab) == before
    kms.disable_key(KeyId=key)
    for call, parameters in calls:
        assert refusal(call, **parameters, DryRun=True) == is_disabled(key)


def test_a_dry_run_may_ignore_the_ciphertext_if_it_names_the_key(lab: Lab, kms: Any) -> None:
    key = new_key(kms)
    modified = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    assert refusal(kms.decrypt, KeyId=key, **modified).code == "DryRunOperationException"
    asked = {"SourceKeyId": key, "DestinationKeyId": key}
    assert refusal(kms.re_encrypt, **asked, **modified).code == "DryRunOperationException"
    assert refusal(kms.decrypt, **modified).code == "ValidationException"
    kms.disable_key(KeyId=key)
    assert refusal(kms.decrypt, KeyId=key, **modified).code == "DisabledException"


def test_a_dry_run_looks_at_the_ciphertext(lab: Lab, kms: Any) -> None:
    blob = kms.encrypt(KeyId=new_key(kms), Plaintext=b"x")["CiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, DryRun=True).code == "DryRunOperationException"
    wrong = refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "b"}, DryRun=True)
    assert wrong.code == "InvalidCiphertextException"
