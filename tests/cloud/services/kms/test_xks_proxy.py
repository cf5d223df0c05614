"""The proxy by itself, as the specification's test client would meet it.

Source: AWS KMS External Key Store Proxy API Specification, with the example of its Appendix C.
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.services.kms.keystores.proxy import STATUS, integrity_value
from labkit.cloud.services.kms.keystores.signature import signed
from labkit.cloud.services.kms.keystores.xks import ExternalKeyStoreProxy
from labkit.records import replace

METADATA = {"requestMetadata": {"kmsOperation": "Encrypt", "kmsRequestId": "1"}}
AAD = b"project=nile,department=marketing"


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def ask(
    lab: Lab, proxy: ExternalKeyStoreProxy, path: str, body: Mapping[str, Any] | bytes, **changes: Any
) -> HttpResponse:
    """Send a signed request to the proxy; `late` shifts its date, `method` replaces POST."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = HttpRequest(
        changes.get("method", "POST"), "https", "xks.example.com", f"/kms/xks/v1{path}", body=data
    )
    at = lab.clock.now() + changes.get("late", timedelta())
    credential = proxy.credential
    sent = signed(request, credential["AccessKeyId"], credential["RawSecretAccessKey"], "us-east-1", at)
    return lab.xks.transport(replace(sent, body=changes.get("swapped", data)))


def name_of(response: HttpResponse) -> str:
    """The errorName of an answer, whose status must be the one that goes with it."""
    name = str(json.loads(response.body)["errorName"])
    assert response.status == STATUS[name]
    return name


def test_the_four_operations_answer_as_specified(lab: Lab) -> None:
    proxy = lab.xks.create_proxy()
    key = proxy.create_key("one")
    health = json.loads(ask(lab, proxy, "/health", METADATA).body)
    assert [manager["healthStatus"] for manager in health["ekmFleetDetails"]] == ["ACTIVE"]
    assert {"xksProxyFleetSize", "xksProxyVendor", "xksProxyModel", "ekmVendor"} < health.keys()
    metadata = json.loads(ask(lab, proxy, f"/keys/{key}/metadata", METADATA).body)
    assert metadata == {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"}
    members = {"encryptionAlgorithm": "AES_GCM", "additionalAuthenticatedData": b64(AAD)}
    sealed = ask(lab, proxy, f"/keys/{key}/encrypt", METADATA | members | {"plaintext": b64(b"Hello World!")})
    made = json.loads(sealed.body)
    assert len(base64.b64decode(made["ciphertext"])) == 12
    assert "ciphertextDataIntegrityValue" not in made
    opened = ask(lab, proxy, f"/keys/{key}/decrypt", METADATA | members | made)
    assert json.loads(opened.body) == {"plaintext": b64(b"Hello World!")}
    metadata_changed = made | {"ciphertextMetadata": b64(b"\1")}
    refused = ask(lab, proxy, f"/keys/{key}/decrypt", METADATA | members | metadata_changed)
    assert name_of(refused) == "InvalidCiphertextException"


def test_the_integrity_value_is_the_one_of_appendix_c() -> None:
    value = integrity_value(
        AAD,
        b"key_version=1",
        base64.b64decode("HMrlRw85cAJUd5Ax"),
        base64.b64decode("ghxkK1txeDNn3q8Y"),
        base64.b64decode("vBxN2ncH1oEkR8WVXpmyYQ=="),
    )
    assert b64(value) == "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="


def test_the_signature_is_botocores(lab: Lab) -> None:
    proxy = lab.xks.create_proxy()
    body, credential = json.dumps(METADATA).encode(), proxy.credential
    theirs = AWSRequest("POST", "https://xks.example.com/kms/xks/v1/health", data=body)
    keys = Credentials(credential["AccessKeyId"], credential["RawSecretAccessKey"])
    SigV4Auth(keys, "kms-xks-proxy", "eu-west-1").add_auth(theirs)
    headers = {name.lower(): value for name, value in theirs.headers.items()}
    request = HttpRequest("POST", "https", "xks.example.com", "/kms/xks/v1/health", body=body)
    answer = lab.xks.transport(replace(request, headers={**headers, "host": "xks.example.com"}))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "body", "changes", "name"),
    [
        ("/health", METADATA, {"late": timedelta(minutes=6)}, "AuthenticationFailedException"),
        ("/health", METADATA, {"late": timedelta(minutes=-6)}, "AuthenticationFailedException"),
        ("/health", METADATA, {"swapped": b"{}"}, "AuthenticationFailedException"),
        ("/health", b"no JSON", {}, "ValidationException"),
        ("/health", {}, {}, "ValidationException"),
        ("/healthy", METADATA, {}, "InvalidUriPathException"),
        ("/keys/two/metadata", METADATA, {}, "KeyNotFoundException"),
        ("/keys/one/encrypt", METADATA, {}, "ValidationException"),
        ("/keys/one/encrypt", METADATA | {"plaintext": "not base64"}, {}, "ValidationException"),
        (
            "/keys/one/encrypt",
            METADATA | {"plaintext": "", "additionalAuthenticatedData": b64(bytes(8193))},
            {},
            "UnsupportedOperationException",
        ),
        ("/keys/hmac/encrypt", METADATA | {"plaintext": ""}, {}, "InvalidKeyUsageException"),
    ],
)
def test_what_the_proxy_refuses(
    lab: Lab, path: str, body: Mapping[str, Any] | bytes, changes: dict[str, Any], name: str
) -> None:
    proxy = lab.xks.create_proxy()
    proxy.create_key("one")
    proxy.create_key("hmac", KeyUsage=("SIGN", "VERIFY"))
    assert name_of(ask(lab, proxy, path, body, **changes)) == name


def test_only_posts_are_answered(lab: Lab) -> None:
    proxy = lab.xks.create_proxy()
    assert ask(lab, proxy, "/health", METADATA, method="GET").status == 405


def test_an_unsigned_request_is_refused(lab: Lab) -> None:
    lab.xks.create_proxy()
    request = HttpRequest("POST", "https", "xks.example.com", "/kms/xks/v1/health", body=b"{}")
    assert name_of(lab.xks.transport(request)) == "AuthenticationFailedException"


def test_what_its_owner_gets_wrong_is_said_in_a_sentence(lab: Lab) -> None:
    proxy = lab.xks.create_proxy()
    with pytest.raises(ValueError, match="There is a proxy at https://xks"):
        lab.xks.create_proxy()
    with pytest.raises(LookupError, match="There is no external key none"):
        proxy.disable_key("none")
    with pytest.raises(ValueError, match="TeapotException is no error of the specification"):
        proxy.error = "TeapotException"
