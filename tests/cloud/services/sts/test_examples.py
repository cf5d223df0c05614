"""AWS's own examples of STS, as botocore ships them, run against the lab."""

import re
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.cloud.identity.world import acting_as, new_role, new_user, root_of, trust
from tests.conftest import ACCOUNT, MakeClient

SHIPPED = Loader().load_service_model("sts", "examples-1")["examples"]
EXAMPLES = [
    (operation, example) for operation in operations_built("sts") for example in SHIPPED.get(operation, [])
]


def caller(client: MakeClient, title: str) -> Any:
    """Who makes the call: a user, unless the example's title says otherwise."""
    sts = client("sts")
    if "AssumeRole" in title:
        role = f"arn:aws:iam::{ACCOUNT}:role/demo"
        made = sts.assume_role(RoleArn=role, RoleSessionName="my-role-session-name")
    elif "federated with GetFederationToken" in title:
        made = sts.get_federation_token(Name="my-federated-user-name")
    else:
        return acting_as(new_user(client("iam"), "Alice", "*"), "sts")
    return acting_as(made["Credentials"], "sts")


def shape(value: Any) -> Any:
    """What of an answer is not this lab's own: its names, and the beginnings of its ARNs."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items() if name != "ResponseMetadata"}
    found = re.match(r"arn:aws:[a-z]+::\d{12}:[a-z-]+/", str(value))
    return found[0] if found else type(value).__name__


def test_every_example_of_what_is_built_runs() -> None:
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize(("operation", "example"), EXAMPLES, ids=[one["title"] for _, one in EXAMPLES])
def test_example(lab: Lab, client: MakeClient, operation: str, example: dict[str, Any]) -> None:
    trusts = trust(root_of(ACCOUNT), "sts:AssumeRole", "sts:TagSession")
    new_role(client("iam"), "demo", trusts=trusts)
    told = getattr(caller(client, example["title"]), xform_name(operation))(**example["input"])
    wanted = example["output"]
    if "Credentials" in wanted:
        assert told["Credentials"]["Expiration"] > lab.clock.now()
        told["Credentials"]["Expiration"] = wanted["Credentials"]["Expiration"]
    assert shape(told) == shape(wanted)
