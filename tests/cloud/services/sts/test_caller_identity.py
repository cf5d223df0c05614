"""GetCallerIdentity: who signed this request?"""

from typing import Any

import pytest
from botocore.loaders import Loader

from labkit import Lab
from tests.conftest import MakeClient

EXAMPLES = Loader().load_service_model("sts", "examples-1")["examples"]["GetCallerIdentity"]

LEFT_OUT = {
    "To get details about a calling user federated with AssumeRole": "roles are not built",
    "To get details about a calling user federated with GetFederationToken": "federation is not built",
}
RUN = [example for example in EXAMPLES if example["title"] not in LEFT_OUT]


@pytest.mark.parametrize(
    ("access_key", "account"),
    [("AKIAIOSFODNN7EXAMPLE", "123456789012"), ("111122223333", "111122223333")],
)
def test_the_access_key_tells_the_account(
    lab: Lab, client: MakeClient, access_key: str, account: str
) -> None:
    told = client("sts", account=access_key).get_caller_identity()
    assert told["Account"] == account
    assert told["Arn"] == f"arn:aws:iam::{account}:user/Administrator"
    assert told["UserId"].startswith("AIDA")


def test_the_arn_is_of_the_regions_partition(lab: Lab, client: MakeClient) -> None:
    told = client("sts", "us-gov-west-1").get_caller_identity()
    assert told["Arn"].startswith("arn:aws-us-gov:iam::")


@pytest.mark.parametrize("example", RUN, ids=lambda example: str(example["title"]))
def test_example(lab: Lab, client: MakeClient, example: dict[str, Any]) -> None:
    told = client("sts").get_caller_identity(**example["input"])
    del told["ResponseMetadata"]
    assert set(told) == set(example["output"])
    assert told["Account"] == example["output"]["Account"]
    assert told["Arn"].split("/")[0] == example["output"]["Arn"].split("/")[0]


def test_every_example_runs_or_has_a_reason() -> None:
    assert (len(EXAMPLES), len(RUN), len(LEFT_OUT)) == (3, 1, 2)
