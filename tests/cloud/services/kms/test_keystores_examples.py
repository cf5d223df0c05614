"""AWS's own examples for custom key stores, as botocore ships them, run against the lab.

They stand apart from the others since the cluster and the key store that they name must exist first. The id
of their cluster, cluster-1a23b4cdefg, is one that the service model itself refuses, so it is never sent.
"""

from typing import Any

import pytest
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.services.kms.keystores.cloudhsm import Cluster
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.key_stores import connect, told_of
from tests.cloud.services.kms.test_key_states import method_of
from tests.conftest import MakeClient

ACCOUNT, REGION = "111122223333", "us-east-2"
SHIPPED = Loader().load_service_model("kms", "examples-1")["examples"]
EXAMPLES = [
    (operation, one["title"], one.get("input", {}), one.get("output") or {})
    for operation in sorted(SHIPPED)
    for one in SHIPPED[operation]
    if "CustomKeyStore" in operation or "CustomKeyStoreId" in one.get("input", {})
]
OWN = {"Arn", "AWSAccountId", "CreationDate", "KeyId", "TrustAnchorCertificate"}
CONNECTED_IN = {"CreateKey", "DescribeCustomKeyStores", "DisconnectCustomKeyStore"}


def furnish(lab: Lab, kms: Any, operation: str) -> tuple[Cluster, str]:
    """Make the cluster and the key store that an example is about, as far as it says."""
    cluster = lab.cloudhsm.create_cluster(account=ACCOUNT, region=REGION)
    settings = {"CustomKeyStoreName": "ExampleKeyStore", **cluster.settings}
    made = kms.create_custom_key_store(**settings)["CustomKeyStoreId"]
    if operation in CONNECTED_IN:
        assert connect(lab, kms, made) == "CONNECTED"
    return cluster, made


def with_real_names(value: Any, names: dict[str, str]) -> Any:
    """The example's value, with the ids of the cluster and the key store that were made."""
    if isinstance(value, dict):
        return {name: names.get(name) or with_real_names(one, names) for name, one in value.items()}
    return [with_real_names(one, names) for one in value] if isinstance(value, list) else value


def without_own(value: Any) -> Any:
    """A value without what a key, a moment or a cluster makes its own."""
    if isinstance(value, dict):
        return {name: without_own(one) for name, one in value.items() if name not in OWN}
    return [without_own(one) for one in value] if isinstance(value, list) else value


def test_every_example_about_key_stores_is_here() -> None:
    assert len(EXAMPLES) == 10


@pytest.mark.parametrize(
    ("operation", "title", "sent", "expected"), EXAMPLES, ids=[one[1] for one in EXAMPLES]
)
def test_example(
    lab: Lab, client: MakeClient, operation: str, title: str, sent: dict[str, Any], expected: dict[str, Any]
) -> None:
    kms = client("kms", REGION, ACCOUNT)
    if operation == "CreateCustomKeyStore":
        cluster = lab.cloudhsm.create_cluster(account=ACCOUNT, region=REGION)
        cluster.change_password(sent["KeyStorePassword"])
        answer = kms.create_custom_key_store(**with_real_names(sent, cluster.settings))
        assert answer["CustomKeyStoreId"].startswith("cks-")
        assert len(answer["CustomKeyStoreId"]) == len(expected["CustomKeyStoreId"])
        assert connect(lab, kms, answer["CustomKeyStoreId"]) == "CONNECTED"
        return
    names = {}
    if title != "To get detailed information about custom key stores in the account and Region":
        cluster, made = furnish(lab, kms, operation)
        names = {"CustomKeyStoreId": made, "CloudHsmClusterId": cluster.ClusterId}
    answer = method_of(kms, operation)(**with_real_names(sent, names))
    del answer["ResponseMetadata"]
    assert contains(without_own(answer), without_own(with_real_names(expected, names)))
    if "NewCustomKeyStoreName" in sent:
        assert told_of(kms, names["CustomKeyStoreId"])["CustomKeyStoreName"] == "DevelopmentKeys"


def contains(answer: Any, expected: Any) -> bool:
    """Whether everything expected is in the answer; the examples are older than some members."""
    if isinstance(expected, dict):
        return all(name in answer and contains(answer[name], one) for name, one in expected.items())
    if isinstance(expected, list):
        return len(answer) == len(expected) and all(map(contains, answer, expected))
    return bool(answer == expected)


def test_the_cluster_of_the_examples_has_an_id_that_the_model_refuses(lab: Lab, kms: Any) -> None:
    (sent,) = (one[2] for one in EXAMPLES if one[0] == "CreateCustomKeyStore")
    assert "cloudHsmClusterId" in refusal(kms.create_custom_key_store, **sent).message
