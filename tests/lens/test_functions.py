"""lab.functions(): the versions of functions, where aliases point, and which have a warm process."""

from typing import Any

import boto3

from labkit import Lab
from tests.cloud.services.lambda_.conftest import make_role, zipped


def test_the_table_tells_versions_aliases_and_warm_environments(lab: Lab) -> None:
    functions: Any = boto3.client("lambda")
    functions.create_function(
        FunctionName="work",
        Role=make_role(boto3.client, "worker"),
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": zipped("def handler(event, context): return 1")},
        Environment={"Variables": {"WORD": "tiger"}},
        Publish=True,
    )
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    functions.invoke(FunctionName="work:live")
    shown = lab.functions()
    columns = ["FunctionName", "Version", "Aliases", "Warm"]
    assert shown[columns].values.tolist() == [["work", "$LATEST", "", 0], ["work", "1", "live", 1]]
    assert (shown["SealedBytes"] > 100).all()
    functions.update_function_configuration(FunctionName="work", Timeout=4)
    assert lab.functions()["Warm"].tolist() == [0, 0]
