"""AWS's own examples of IAM, as botocore ships them, run against the lab.

An example takes place in an account that somebody furnished: the users, groups and roles it names are
made first. Of its output, names, paths, tags and statuses must come back; ids, secrets and dates are the
lab's own.
"""

import json
from typing import Any, NamedTuple

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.cloud.identity.world import document, trust
from tests.conftest import ACCOUNT, MakeClient

SAME = {"UserName", "GroupName", "RoleName", "Path", "Status", "Key", "Value", "IsTruncated"}
TRUST = trust({"Service": "ec2.amazonaws.com"})


class Example(NamedTuple):
    operation: str
    title: str
    input: dict[str, Any]
    output: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.operation}: {self.title}"


SHIPPED = Loader().load_service_model("iam", "examples-1")["examples"]
EXAMPLES = [
    Example(operation, one["title"], one.get("input") or {}, one.get("output") or {})
    for operation in operations_built("iam")
    for one in SHIPPED.get(operation, [])
]


def furnish(iam: Any, example: Example) -> dict[str, Any]:
    """Make what the example takes for granted, and return its input with the ids that are this lab's."""
    given, operation = dict(example.input), example.operation
    if "UserName" in given and operation != "CreateUser":
        iam.create_user(UserName=given["UserName"])
    if "GroupName" in given and operation != "CreateGroup":
        iam.create_group(GroupName=given["GroupName"])
    if "RoleName" in given and operation != "CreateRole":
        iam.create_role(RoleName=given["RoleName"], AssumeRolePolicyDocument=TRUST)
    if "AssumeRolePolicyDocument" in given:
        given["AssumeRolePolicyDocument"] = TRUST
    if "AccessKeyId" in given:
        key = iam.create_access_key(UserName=given["UserName"])["AccessKey"]
        given["AccessKeyId"] = key["AccessKeyId"]
    if operation == "RemoveUserFromGroup":
        iam.add_user_to_group(**given)
    if operation.startswith("Delete") and "PolicyName" in given:
        put = getattr(iam, xform_name(operation.replace("Delete", "Put")))
        put(**given, PolicyDocument=document("kms:*"))
    furnish_for_listing(iam, example)
    return given


def furnish_for_listing(iam: Any, example: Example) -> None:
    """Make what the example's output lists."""
    given, told = example.input, example.output
    for user in told.get("Users", []):
        iam.create_user(UserName=user["UserName"], Path=user["Path"])
    for group in told.get("Groups", []):
        iam.create_group(GroupName=group["GroupName"], Path=group["Path"])
        if "UserName" in given:
            iam.add_user_to_group(GroupName=group["GroupName"], UserName=given["UserName"])
    for name in told.get("PolicyNames", []):
        iam.put_group_policy(**given, PolicyName=name, PolicyDocument=document("kms:*"))
    for _ in told.get("AccessKeyMetadata", []):
        iam.create_access_key(**given)
    if "Tags" in told:
        kind = "user" if "UserName" in given else "role"
        getattr(iam, f"tag_{kind}")(**given, Tags=told["Tags"])


def common(value: Any) -> Any:
    """What of an answer an example and this lab must have in common; lists in one order."""
    if isinstance(value, dict):
        kept = {name: one if name in SAME else common(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, {})}
    if isinstance(value, list):
        return sorted(map(common, value), key=json.dumps)
    return None


def has_all(told: Any, wanted: Any) -> bool:
    """Whether everything in `wanted` is in `told`, too."""
    if isinstance(wanted, dict):
        return all(name in told and has_all(told[name], one) for name, one in wanted.items())
    if isinstance(wanted, list):
        return len(told) == len(wanted) and all(map(has_all, told, wanted))
    return bool(told == wanted)


def test_every_example_of_what_is_built_runs() -> None:
    assert len(EXAMPLES) == 36


@pytest.mark.parametrize("example", EXAMPLES, ids=repr)
def test_example(lab: Lab, client: MakeClient, example: Example) -> None:
    iam = client("iam", account=ACCOUNT)
    told = getattr(iam, xform_name(example.operation))(**furnish(iam, example))
    del told["ResponseMetadata"]
    assert set(example.output) <= set(told)
    assert has_all(common(told), common(example.output))


def test_the_summary_counts_all_that_its_example_counts(lab: Lab, client: MakeClient) -> None:
    (example,) = [one for one in EXAMPLES if one.operation == "GetAccountSummary"]
    told = client("iam").get_account_summary()["SummaryMap"]
    assert set(example.output["SummaryMap"]) <= set(told)
