"""External key stores: keys that are not in AWS, and what happens when they can't be reached.

Source: KMS Developer Guide, "External key stores"; AWS KMS External Key Store Proxy API Specification, whose
table "KMS Considerations" of its chapter "Error codes" has the sentences.
"""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.services.kms.blob import HEADER_BYTES, Blob
from labkit.cloud.services.kms.keystores.proxy_model import xks_tables
from labkit.records import replace
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.key_stores import (
    connect,
    disconnect,
    external_store,
    key_outside,
    key_state,
    state_of,
    told_of,
)

REPEATEDLY = "If you see this error repeatedly, report it to your external key store proxy administrator."
SENTENCES = {
    "ValidationException": "AWS KMS cannot interpret the response from the external key store proxy. "
    + REPEATEDLY,
    "InvalidStateException": "The external key associated with this KMS key in an external key store is not "
    "enabled in the external key manager. Enable the external key in the external key manager and retry the "
    "request.",
    "InvalidKeyUsageException": "The external key associated with this KMS key in an external key store does "
    "not support the requested operation. Enable the operation on the key in your external key manager, and "
    "try the request again.",
    "AuthenticationFailedException": "The external key store proxy rejected the request because it could not "
    "authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and "
    "update if necessary.",
    "AccessDeniedException": "The external key store proxy denied access to the operation. Verify that the "
    "user and the external key are both authorized for this operation, and try the request again.",
    "KeyNotFoundException": "The external key associated with this KMS key in an external key store was not "
    "found in its external key manager. If the external key ID associated with this KMS key is incorrect, "
    "create a new KMS key with the correct external key ID.",
    "InvalidUriPathException": "The external key store proxy rejected the request because of an invalid URI "
    "path. Verify the URI path for your external key store and update if necessary.",
    "UnsupportedOperationException": "The external key store proxy rejected the request because it does not "
    "support the requested operation. " + REPEATEDLY,
    "DependencyTimeoutException": "The external key store proxy did not respond to the request in the time "
    "allotted. Retry the request. " + REPEATEDLY,
    "ThrottlingException": "The external key store proxy rejected the request due to a very high request "
    "rate. Reduce the frequency of your calls using KMS keys in this external key store.",
    "InternalException": "The external key store proxy rejected the request because it cannot communicate "
    "with the external key manager. Verify that the external key store proxy configuration is correct and "
    "that the external key manager is available.",
}
UNREACHABLE = (
    "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. "
    "If you see this error repeatedly, verify that your external key store proxy is active and is connected "
    "to the network, and that its endpoint URI is correct in your external key store."
)
TOO_LATE = (
    "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the "
    "request. " + REPEATEDLY
)
NOT_CONNECTED = (
    "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect "
    "the external key store and try the request again."
)


def test_a_key_outside_is_described_with_its_external_key(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key("external-1"))
    told = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert told["XksKeyConfiguration"] == {"Id": "external-1"}
    assert (told["Origin"], told["CustomKeyStoreId"]) == ("EXTERNAL_KEY_STORE", key_store)
    assert not {"CloudHsmClusterId", "CurrentKeyMaterialId"} & told.keys()


def test_every_symmetric_operation_works_outside(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn, other = key_outside(kms, key_store, proxy.create_key()), kms.create_key()["KeyMetadata"]["Arn"]
    context = {"Department": "Engineering"}
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x" * 4096, EncryptionContext=context)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x" * 4096
    data_key = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    bare = kms.generate_data_key_without_plaintext(KeyId=other, KeySpec="AES_128")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=bare, DestinationKeyId=arn)["CiphertextBlob"]
    back = kms.re_encrypt(CiphertextBlob=moved, DestinationKeyId=other)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=moved)["Plaintext"] == kms.decrypt(CiphertextBlob=back)["Plaintext"]


def test_what_goes_outside_is_encrypted_already(lab: Lab, kms: Any) -> None:
    """Double encryption: KMS seals first, the external key manager seals that; to open, the reverse."""
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key("one"))
    blob = kms.encrypt(KeyId=arn, Plaintext=b"nobody's business")["CiphertextBlob"]
    message = proxy.messages[-1]
    sent = base64.b64decode(message.asked["plaintext"])
    within, outer = Blob.decode(sent), Blob.decode(blob)
    assert within.key_reference == outer.key_reference
    assert b"nobody" not in sent
    assert base64.b64decode(message.answered["initializationVector"]) == outer.iv
    assert base64.b64decode(message.asked["additionalAuthenticatedData"]) == blob[:HEADER_BYTES]
    kms.decrypt(CiphertextBlob=blob)
    assert base64.b64decode(proxy.messages[-1].answered["plaintext"]) == sent
    actions = [(noted.action, noted.details.get("external key")) for noted in lab.gateway.calls[-1].hsm]
    assert actions == [("decrypt", "one"), ("decrypt", None)]


def test_the_proxy_is_told_who_asks_and_why(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key("one"))
    answer = kms.generate_data_key(KeyId=arn, KeySpec="AES_256")
    health, metadata, encrypt = (one.asked["requestMetadata"] for one in proxy.messages[-3:])
    assert health["kmsOperation"] == "ConnectCustomKeyStore"
    assert (metadata["kmsOperation"], "kmsKeyArn" in metadata) == ("CreateKey", False)
    assert encrypt == {
        "awsPrincipalArn": "arn:aws:iam::123456789012:user/Administrator",
        "kmsOperation": "GenerateDataKey",
        "kmsKeyArn": arn,
        "kmsRequestId": answer["ResponseMetadata"]["RequestId"],
    }
    assert proxy.messages[-1].request.path == "/kms/xks/v1/keys/one/encrypt"


@pytest.mark.parametrize("name", SENTENCES)
def test_an_error_of_the_proxy_becomes_a_sentence(lab: Lab, kms: Any, name: str) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    proxy.error = name
    asked = {"KeyId": arn, "Plaintext": b"x"}
    assert refusal(kms.encrypt, **asked) == ("KMSInvalidStateException", SENTENCES[name], 400)
    proxy.error = None
    assert kms.encrypt(**asked)["KeyId"] == arn


def test_an_outage_and_a_slow_proxy_stop_every_use_of_the_key(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    proxy.outage = True
    assert refusal(kms.decrypt, CiphertextBlob=blob) == ("KMSInvalidStateException", UNREACHABLE, 400)
    proxy.outage = False
    proxy.milliseconds = 251
    assert refusal(kms.decrypt, CiphertextBlob=blob) == ("KMSInvalidStateException", TOO_LATE, 400)
    assert (key_state(kms, arn), state_of(kms, key_store)) == ("Enabled", "CONNECTED")
    proxy.milliseconds = 250
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_an_external_key_is_its_owners_to_disable_rotate_and_delete(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    external = proxy.create_key()
    arn = key_outside(kms, key_store, external)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    proxy.rotate_key(external)
    newer = kms.encrypt(KeyId=arn, Plaintext=b"y")["CiphertextBlob"]
    assert [kms.decrypt(CiphertextBlob=one)["Plaintext"] for one in (blob, newer)] == [b"x", b"y"]
    proxy.disable_key(external)
    assert refusal(kms.decrypt, CiphertextBlob=blob).message == SENTENCES["InvalidStateException"]
    proxy.enable_key(external)
    proxy.delete_key(external)
    assert refusal(kms.decrypt, CiphertextBlob=blob).message == SENTENCES["KeyNotFoundException"]
    assert key_state(kms, arn) == "Enabled"


def test_another_context_or_a_changed_bit_is_refused_by_the_proxy(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    rejected = (
        "The external key store proxy rejected the request because the specified ciphertext or encryption "
        "context is corrupted, missing, or otherwise invalid."
    )
    assert refusal(kms.decrypt, CiphertextBlob=blob) == ("KMSInvalidStateException", rejected, 400)
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    refused = refusal(kms.decrypt, CiphertextBlob=changed, EncryptionContext={"a": "b"})
    assert refused == ("KMSInvalidStateException", rejected, 400)
    assert refusal(kms.decrypt, CiphertextBlob=blob[:-1]).code == "InvalidCiphertextException"


def test_a_disconnected_external_key_store_says_so(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    disconnect(lab, kms, key_store)
    assert key_state(kms, arn) == "Unavailable"
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x") == (
        "KMSInvalidStateException",
        NOT_CONNECTED,
        400,
    )
    asked = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": key_store, "XksKeyId": proxy.create_key()}
    assert refusal(kms.create_key, **asked) == ("CustomKeyStoreInvalidStateException", NOT_CONNECTED, 400)


def test_an_external_key_must_exist_fit_and_be_free(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)

    def code(external: str) -> str:
        asked = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": key_store, "XksKeyId": external}
        return refusal(kms.create_key, **asked).code

    disabled, used = proxy.create_key(), proxy.create_key()
    proxy.disable_key(disabled)
    key_outside(kms, key_store, used)
    assert code("unknown") == "XksKeyNotFoundException"
    assert code(used) == "XksKeyAlreadyInUseException"
    assert code(disabled) == "XksKeyInvalidConfigurationException"
    assert code(proxy.create_key(KeySpec="AES_128")) == "XksKeyInvalidConfigurationException"
    assert code(proxy.create_key(KeyUsage=("ENCRYPT",))) == "XksKeyInvalidConfigurationException"
    proxy.outage = True
    assert code(proxy.create_key()) == "CustomKeyStoreInvalidStateException"


def test_a_key_outside_neither_rotates_nor_gives_random_bytes(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    for operation in (kms.enable_key_rotation, kms.rotate_key_on_demand, kms.get_key_rotation_status):
        assert refusal(operation, KeyId=arn).code == "UnsupportedOperationException"
    refused = refusal(kms.generate_random, NumberOfBytes=8, CustomKeyStoreId=key_store)
    assert refused.code == "UnsupportedOperationException"


def test_a_transport_of_ones_own_answers_in_the_proxys_place(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    arn = key_outside(kms, key_store, proxy.create_key())
    carry, malformed = lab.xks.transport, SENTENCES["ValidationException"]

    def flip(request: HttpRequest) -> HttpResponse:
        answer = carry(request)
        members = json.loads(answer.body)
        ciphertext = bytearray(base64.b64decode(members["ciphertext"]))
        ciphertext[0] ^= 1
        members["ciphertext"] = base64.b64encode(ciphertext).decode()
        return replace(answer, body=json.dumps(members).encode())

    answers = (b"<html>", b"[]", b"{}", b'{"errorName": "TeapotException"}')
    for body in answers:
        response = HttpResponse(418 if b"Tea" in body else 200, {}, body)
        lab.xks.transport = partial(lambda response, request: response, response)
        assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x").message == malformed
    lab.xks.transport = flip
    assert refusal(kms.encrypt, KeyId=arn, Plaintext=b"x").message == malformed


def test_proxies_and_external_keys_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file) as lab:
        kms: Any = boto3.client("kms")
        proxy, key_store = external_store(lab, kms)
        blob = kms.encrypt(KeyId=key_outside(kms, key_store, proxy.create_key()), Plaintext=b"kept")
        secret = proxy.credential["RawSecretAccessKey"]
        shown = f"{proxy!r} {proxy.record!r} {proxy.keys()!r} {lab.xks!r} {told_of(kms, key_store)}"
        assert secret not in shown
    assert not [one for one in tmp_path.iterdir() if secret.encode() in one.read_bytes()]
    with Lab(file) as lab:
        assert boto3.client("kms").decrypt(CiphertextBlob=blob["CiphertextBlob"])["Plaintext"] == b"kept"
        (again,) = lab.xks
        assert again.credential["RawSecretAccessKey"] == secret
        assert len(xks_tables(lab.cloud).keys) == 1


def test_a_deleted_kms_key_leaves_the_external_key_alone(lab: Lab, kms: Any) -> None:
    proxy, key_store = external_store(lab, kms)
    external = proxy.create_key()
    kms.schedule_key_deletion(KeyId=key_outside(kms, key_store, external), PendingWindowInDays=7)
    lab.clock.advance(days=7)
    (left,) = proxy.keys()
    assert left.Id == external
    again = key_outside(kms, key_store, external)
    assert kms.encrypt(KeyId=again, Plaintext=b"x")["KeyId"] == again
    assert connect(lab, kms, key_store) == "CONNECTED"
