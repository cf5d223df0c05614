"""External key stores: what KMS insists on, when they are made, changed and connected."""

from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.protocols import contract
from labkit.cloud.services.kms.keystores.failures import FAILURES
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.key_stores import (
    connect,
    disconnect,
    external_store,
    key_outside,
    state_of,
    told_of,
)

SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
OTHER_SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-0fedcba9876543210"


def create(lab: Lab, kms: Any, settings: dict[str, Any], **changes: Any) -> str:
    """Create a key store, with some of its settings changed (None leaves one out)."""
    asked = {"CustomKeyStoreName": "mine", **settings, **changes}
    sent = {name: value for name, value in asked.items() if value is not None}
    return str(kms.create_custom_key_store(**sent)["CustomKeyStoreId"])


def test_a_key_store_is_described_with_its_proxy_and_without_its_secret(lab: Lab, kms: Any) -> None:
    proxy = lab.xks.create_proxy()
    made = create(lab, kms, proxy.settings)
    told = told_of(kms, made)
    assert told.pop("CreationDate")
    assert told == {
        "CustomKeyStoreId": made,
        "CustomKeyStoreName": "mine",
        "ConnectionState": "DISCONNECTED",
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConfiguration": {
            "Connectivity": "PUBLIC_ENDPOINT",
            "AccessKeyId": proxy.credential["AccessKeyId"],
            "UriEndpoint": "https://xks.example.com",
            "UriPath": "/kms/xks/v1",
        },
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"XksProxyUriEndpoint": None}, "ValidationException"),
        ({"XksProxyUriPath": None}, "ValidationException"),
        ({"XksProxyConnectivity": None}, "ValidationException"),
        ({"XksProxyAuthenticationCredential": None}, "ValidationException"),
        ({"XksProxyUriEndpoint": "http://xks.example.com"}, "ValidationException"),
        ({"XksProxyUriPath": "/kms/xks"}, "ValidationException"),
        ({"KeyStorePassword": "a password"}, "ValidationException"),
        ({"CustomKeyStoreType": None}, "ValidationException"),
        ({"XksProxyVpcEndpointServiceName": SERVICE}, "ValidationException"),
        ({"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}, "ValidationException"),
        ({"XksProxyUriEndpoint": "https://elsewhere.example.com"}, "XksProxyUriUnreachableException"),
        ({"XksProxyUriPath": "/another/kms/xks/v1"}, "XksProxyInvalidConfigurationException"),
        (
            {"XksProxyAuthenticationCredential": {"AccessKeyId": "A" * 20, "RawSecretAccessKey": "b" * 43}},
            "XksProxyIncorrectAuthenticationCredentialException",
        ),
    ],
)
def test_a_key_store_needs_a_proxy_that_answers(
    lab: Lab, kms: Any, changes: dict[str, Any], code: str
) -> None:
    settings = lab.xks.create_proxy().settings
    assert refusal(create, lab=lab, kms=kms, settings=settings, **changes).code == code
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []


# What is the matter with the proxy; the error of CreateCustomKeyStore; the ConnectionErrorCode.
TROUBLES: list[tuple[dict[str, Any], str, str]] = [
    ({"outage": True}, "XksProxyUriUnreachableException", "XKS_PROXY_NOT_REACHABLE"),
    ({"milliseconds": 300}, "XksProxyUriUnreachableException", "XKS_PROXY_TIMED_OUT"),
    ({"manager_status": "UNAVAILABLE"}, "XksProxyUriUnreachableException", "XKS_PROXY_NOT_REACHABLE"),
    ({"error": "InternalException"}, "XksProxyInvalidResponseException", "XKS_PROXY_NOT_REACHABLE"),
    ({"error": "ValidationException"}, "XksProxyInvalidResponseException", "XKS_PROXY_INVALID_RESPONSE"),
    ({"error": "AccessDeniedException"}, "XksProxyInvalidResponseException", "XKS_PROXY_ACCESS_DENIED"),
    (
        {"error": "InvalidUriPathException"},
        "XksProxyInvalidConfigurationException",
        "XKS_PROXY_INVALID_CONFIGURATION",
    ),
    (
        {"error": "AuthenticationFailedException"},
        "XksProxyIncorrectAuthenticationCredentialException",
        "INVALID_CREDENTIALS",
    ),
]


@pytest.mark.parametrize(("trouble", "code", "connection"), TROUBLES)
def test_a_proxy_in_trouble_is_noticed_when_creating_and_when_connecting(
    lab: Lab, kms: Any, trouble: dict[str, Any], code: str, connection: str
) -> None:
    proxy = lab.xks.create_proxy()
    made = create(lab, kms, proxy.settings)
    other = lab.xks.create_proxy(path="/other/kms/xks/v1")
    for name, value in trouble.items():
        setattr(proxy, name, value)
        setattr(other, name, value)
    refused = refusal(create, lab=lab, kms=kms, settings=other.settings, CustomKeyStoreName="other")
    assert refused.code == code
    assert connect(lab, kms, made) == f"FAILED {connection}"
    for name, value in {
        "outage": False,
        "milliseconds": 20,
        "manager_status": "DEGRADED",
        "error": None,
    }.items():
        setattr(proxy, name, value)
    disconnect(lab, kms, made)
    assert connect(lab, kms, made) == "CONNECTED"


def test_every_failure_leads_to_an_error_and_a_code_that_the_model_knows() -> None:
    model = contract("kms").model
    codes = model.shape_for("ConnectionErrorCodeType").metadata["enum"]
    for failure in FAILURES.values():
        assert {failure.in_key_store, failure.in_create_key} <= set(model.shape_names)
        assert failure.connection in codes


def test_key_stores_share_neither_an_address_nor_a_private_endpoint(lab: Lab, kms: Any) -> None:
    public = lab.xks.create_proxy()
    create(lab, kms, public.settings)
    refused = refusal(create, lab=lab, kms=kms, settings=public.settings, CustomKeyStoreName="two")
    assert refused.code == "XksProxyUriInUseException"
    private = lab.xks.create_proxy(path="/private/kms/xks/v1", vpc_endpoint_service=SERVICE)
    refused = refusal(create, lab=lab, kms=kms, settings=private.settings, CustomKeyStoreName="two")
    assert refused.code == "XksProxyUriEndpointInUseException"
    beside = lab.xks.create_proxy(path="/beside/kms/xks/v1")
    assert create(lab, kms, beside.settings, CustomKeyStoreName="beside")


def test_a_vpc_endpoint_service_belongs_to_one_key_store(lab: Lab, kms: Any) -> None:
    first = lab.xks.create_proxy("https://one.example.com", vpc_endpoint_service=SERVICE)
    second = lab.xks.create_proxy("https://two.example.com", vpc_endpoint_service=SERVICE)
    made = create(lab, kms, first.settings)
    told = told_of(kms, made)["XksProxyConfiguration"]
    assert (told["VpcEndpointServiceName"], told["VpcEndpointServiceOwner"]) == (SERVICE, "123456789012")

    def code(settings: dict[str, Any], **changes: Any) -> str:
        return refusal(create, lab=lab, kms=kms, settings=settings, CustomKeyStoreName="two", **changes).code

    assert code(second.settings) == "XksProxyVpcEndpointServiceInUseException"
    unknown = {"XksProxyVpcEndpointServiceName": OTHER_SERVICE}
    assert code(second.settings, **unknown) == "XksProxyVpcEndpointServiceNotFoundException"
    lab.xks.create_proxy("https://three.example.com", vpc_endpoint_service=OTHER_SERVICE)
    assert code(second.settings, **unknown) == "XksProxyVpcEndpointServiceInvalidConfigurationException"


def test_a_private_proxy_is_asked_only_when_connecting(lab: Lab, kms: Any) -> None:
    proxy = lab.xks.create_proxy(vpc_endpoint_service=SERVICE)
    proxy.outage = True
    made = create(lab, kms, proxy.settings)
    assert proxy.messages == []
    assert connect(lab, kms, made) == "FAILED XKS_PROXY_NOT_REACHABLE"


def test_credentials_are_exchanged_without_an_interruption(lab: Lab, kms: Any) -> None:
    proxy, made = external_store(lab, kms)
    arn = key_outside(kms, made, proxy.create_key())
    newer = proxy.add_credential()
    assert kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    kms.update_custom_key_store(CustomKeyStoreId=made, XksProxyAuthenticationCredential=newer)
    proxy.drop_old_credentials()
    assert kms.encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn
    assert state_of(kms, made) == "CONNECTED"
    assert told_of(kms, made)["XksProxyConfiguration"]["AccessKeyId"] == newer["AccessKeyId"]
    proxy.add_credential()
    proxy.drop_old_credentials()
    refused = refusal(kms.encrypt, KeyId=arn, Plaintext=b"x")
    assert "could not authenticate AWS KMS" in refused.message


def test_most_settings_change_only_while_disconnected(lab: Lab, kms: Any) -> None:
    proxy, made = external_store(lab, kms)
    moved = lab.xks.create_proxy("https://moved.example.com")
    asked = {"CustomKeyStoreId": made, "XksProxyUriEndpoint": "https://moved.example.com"}
    credential = {"XksProxyAuthenticationCredential": moved.credential}
    refused = refusal(kms.update_custom_key_store, **asked, **credential)
    assert refused.code == "CustomKeyStoreInvalidStateException"
    disconnect(lab, kms, made)
    refused = refusal(kms.update_custom_key_store, **asked)
    assert refused.code == "XksProxyIncorrectAuthenticationCredentialException"
    kms.update_custom_key_store(**asked, **credential)
    assert connect(lab, kms, made) == "CONNECTED"
    refused = refusal(kms.update_custom_key_store, CustomKeyStoreId=made, XksProxyUriPath="/none/kms/xks/v1")
    assert refused.code == "XksProxyInvalidConfigurationException"
    assert proxy.messages[-1].asked["requestMetadata"]["kmsOperation"] == "ConnectCustomKeyStore"


def test_changing_the_connectivity_needs_another_endpoint(lab: Lab, kms: Any) -> None:
    proxy, made = external_store(lab, kms)
    private = lab.xks.create_proxy("https://private.example.com", vpc_endpoint_service=SERVICE)
    disconnect(lab, kms, made)
    asked = {"CustomKeyStoreId": made, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}
    assert refusal(kms.update_custom_key_store, **asked).code == "ValidationException"
    to_private = {
        "XksProxyUriEndpoint": "https://private.example.com",
        "XksProxyVpcEndpointServiceName": SERVICE,
        "XksProxyAuthenticationCredential": private.credential,
    }
    kms.update_custom_key_store(**asked, **to_private)
    assert told_of(kms, made)["XksProxyConfiguration"]["VpcEndpointServiceOwner"] == "123456789012"
    assert connect(lab, kms, made) == "CONNECTED"
    disconnect(lab, kms, made)
    back = {
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": "https://xks.example.com",
        "XksProxyAuthenticationCredential": proxy.credential,
    }
    kms.update_custom_key_store(CustomKeyStoreId=made, **back)
    assert "VpcEndpointServiceName" not in told_of(kms, made)["XksProxyConfiguration"]
    refused = refusal(
        kms.update_custom_key_store, CustomKeyStoreId=made, CloudHsmClusterId="cluster-234567abcde"
    )
    assert refused.code == "ValidationException"
