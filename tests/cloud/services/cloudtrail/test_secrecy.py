"""The event history tells who did what, and never with which bytes."""

import base64
import json
from typing import Any

from labkit import Lab
from labkit.cloud.services.kms.model import KmsTables
from tests.cloud.services.cloudtrail.trail import events
from tests.cloud.services.kms.helpers import hsm_of, new_key, refusal
from tests.conftest import MakeClient


def test_no_credential_is_in_any_event(lab: Lab, client: MakeClient) -> None:
    """Secret keys, session tokens and passwords are handed out or handed in, and never written down."""
    iam, sts, kms = client("iam"), client("sts"), client("kms")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"},
        ],
    }
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    refusal(
        kms.create_custom_key_store,
        CustomKeyStoreName="store",
        CloudHsmClusterId="cluster-234abcdefABC",
        KeyStorePassword="kmsPswd-of-this-test",
        TrustAnchorCertificate="a certificate",
    )
    history = events(client)
    assert len(history) == 5
    text = json.dumps(history, default=str)
    assert key["AccessKeyId"] in text
    assert session["AccessKeyId"] in text
    assert "cluster-234abcdefABC" in text
    for secret in (
        key["SecretAccessKey"],
        session["SecretAccessKey"],
        session["SessionToken"],
        "kmsPswd-of-this-test",
    ):
        assert secret not in text
        assert json.dumps(json.dumps(secret))[3:-3] not in text


def test_an_event_does_not_change_with_the_call_that_it_tells_of(
    lab: Lab, kms: Any, client: MakeClient
) -> None:
    kms.encrypt(KeyId=new_key(kms), Plaintext=b"x", EncryptionContext={"a": "b"})
    call = lab.trace[-1].call
    call.parameters["EncryptionContext"]["a"] = "another"
    call.parameters["KeyId"] = "another"
    call.resources.clear()
    told = json.loads(events(client)[0]["CloudTrailEvent"])
    assert told["requestParameters"]["encryptionContext"] == {"a": "b"}
    assert len(told["resources"]) == 1


def test_no_secret_is_in_any_event(lab: Lab, kms: Any, client: MakeClient) -> None:
    """Neither what went in, nor what came out, in any form that it could be written in."""
    plaintext, message = b"the plaintext of this test", b"the message of this test"
    key, signer, authenticator = new_key(kms), new_key(kms, "ECC_NIST_P256"), new_key(kms, "HMAC_256")
    sealed = kms.encrypt(KeyId=key, Plaintext=plaintext)["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=key)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=moved)
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    alone = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    noise = kms.generate_random(NumberOfBytes=32)["Plaintext"]
    signing = {"KeyId": signer, "Message": message, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**signing)["Signature"]
    kms.verify(**signing, Signature=signature)
    authenticating = {"KeyId": authenticator, "Message": message, "MacAlgorithm": "HMAC_SHA_256"}
    code = kms.generate_mac(**authenticating)["Mac"]
    kms.verify_mac(**authenticating, Mac=code)
    public = kms.get_public_key(KeyId=signer)["PublicKey"]
    refusal(kms.encrypt, KeyId=key, Plaintext=plaintext * 200)
    refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"a": "b"})
    refusal(kms.verify, **signing, Signature=signature[:-1])
    refusal(kms.verify_mac, **authenticating, Mac=code[:-1])
    materials = lab.cloud.store.tables(KmsTables, "123456789012", "us-east-1").materials
    hsm = hsm_of(lab)
    keys = [lab.cloud.hsm_memory.root, *(hsm.reveal(one) for one in materials)]
    tokens = [one.Token for one in materials]
    secrets = [plaintext, message, sealed, moved, made["Plaintext"], made["CiphertextBlob"]]
    secrets += [alone["CiphertextBlob"], noise, signature, code, public, *keys, *tokens]
    history = events(client)
    assert len(history) == 18
    text = json.dumps(history, default=str)
    for secret in secrets:
        forms = [base64.b64encode(secret).decode(), secret.hex(), repr(secret)[2:-1]]
        assert not [form for form in forms if form in text]
