"""Functions are created, shown, changed and deleted; what AWS refuses is refused in its words."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.kms.people import client_of_user
from tests.cloud.services.lambda_.conftest import MakeFunction, arn_of, make_role, zipped
from tests.conftest import MakeClient


def refusal(call: Any, **given: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response
    return (
        error["Error"]["Code"],
        error["Error"]["Message"],
        error["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_new_function_has_the_defaults_of_lambda(functions: Any, role: str) -> None:
    package = zipped("def handler(event, context): pass")
    made = functions.create_function(
        FunctionName="work",
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": package},
        Tags={"team": "red"},
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert {
        name: made[name]
        for name in made.keys() - {"ResponseMetadata", "LastModified", "RevisionId", "CodeSize"}
    } == {
        "FunctionName": "work",
        "FunctionArn": arn_of("work"),
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "app.handler",
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "CodeSha256": base64.b64encode(hashlib.sha256(package).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/work"},
    }
    functions.get_waiter("function_active_v2").wait(FunctionName="work")
    told = functions.get_function(FunctionName="work")
    assert told["Configuration"]["State"] == "Active"
    assert told["Tags"] == {"team": "red"}


@pytest.mark.parametrize(
    "name", ["work", "work:$LATEST", "123456789012:function:work", arn_of("work"), "function:work"]
)
def test_a_function_goes_by_its_name_or_its_arn(functions: Any, make: MakeFunction, name: str) -> None:
    make()
    assert functions.get_function_configuration(FunctionName=name)["FunctionName"] == "work"


def test_what_is_not_there_is_told_by_its_arn(functions: Any, make: MakeFunction, client: MakeClient) -> None:
    make()
    answer = refusal(functions.get_function, FunctionName="none")
    assert answer == ("ResourceNotFoundException", f"Function not found: {arn_of('none')}", 404)
    answer = refusal(functions.get_function, FunctionName="work", Qualifier="7")
    assert answer == ("ResourceNotFoundException", f"Function not found: {arn_of('work')}:7", 404)
    elsewhere = client("lambda", region="eu-west-1")
    answer = refusal(elsewhere.get_function, FunctionName=arn_of("work"))
    assert answer[0] == "ResourceNotFoundException"


UNZIPPABLE = "Could not unzip uploaded file. Please check your file, then try to upload again."
CHANGED = zipped("def handler(event, context): pass").replace(b"pass", b"fail")  # its checksum is another's
CANNOT_ASSUME = "The role defined for the function cannot be assumed by Lambda."
RESERVED = (
    "Lambda was unable to configure your environment variables because the environment variables you have "
    "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
    "in this request: AWS_REGION"
)
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"FunctionName": "work"}, "ResourceConflictException", "Function already exist: work"),
    ({"Code": {"ZipFile": b"none"}}, "InvalidParameterValueException", UNZIPPABLE),
    ({"Code": {"ZipFile": CHANGED}}, "InvalidParameterValueException", UNZIPPABLE),
    ({"Role": "arn:aws:iam::123456789012:role/no"}, "InvalidParameterValueException", CANNOT_ASSUME),
    (
        {"Role": "arn:aws:iam::444455556666:role/worker"},
        "AccessDeniedException",
        "Cross-account pass role is not allowed.",
    ),
    ({"Runtime": "python3.7"}, "InvalidParameterValueException", "The runtime parameter of python3.7 is no"),
    ({"Runtime": "nodejs22.x"}, "NotImplemented", "labkit does not emulate lambda:CreateFunction with Runt"),
    ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException", RESERVED),
    (
        {"Environment": {"Variables": {"LONG": "x" * 4096}}},
        "InvalidParameterValueException",
        f"{RESERVED.partition('contains')[0]}exceeded the 4KB limit.",
    ),
    ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:a:1"]}, "NotImplemented", "labkit does not em"),
    ({"Timeout": 901}, "ValidationException", "1 validation error detected: Value '901' at 'timeout' failed"),
    ({"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "message"), REFUSED)
def test_functions_that_are_refused(
    functions: Any, make: MakeFunction, role: str, change: dict[str, Any], code: str, message: str
) -> None:
    make()
    given = {
        "FunctionName": "second",
        "Role": role,
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped("")},
    }
    told, text, _ = refusal(functions.create_function, **{**given, **change})
    assert (told, text[: len(message)]) == (code, message)
    assert [one["FunctionName"] for one in functions.list_functions()["Functions"]] == ["work"]


def test_the_role_must_trust_lambda(functions: Any, make: MakeFunction, client: MakeClient) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    iam = client("iam")
    machine = iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    with pytest.raises(ClientError, match=CANNOT_ASSUME):
        make(Role=machine)
    make()
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust))
    assert refusal(functions.invoke, FunctionName="work") == ("AccessDeniedException", CANNOT_ASSUME, 403)


def test_who_creates_a_function_must_be_allowed_to_pass_its_role(
    lab: Lab, role: str, client: MakeClient
) -> None:
    create = {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}
    pass_role = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    given = {
        "FunctionName": "work",
        "Role": role,
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped("")},
    }
    ada = client_of_user(client, "lambda", create)
    code, message, status = refusal(ada.create_function, **given)
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"is not authorized to perform: iam:PassRole on resource: {role} because no ident" in message
    client_of_user(client, "lambda", create, pass_role, name="bob").create_function(**given)


def test_the_managed_policy_is_enough_to_create_and_invoke(lab: Lab, role: str, client: MakeClient) -> None:
    ada = client_of_user(client, "lambda", {"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    policy = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"
    client("iam").attach_user_policy(UserName="ada", PolicyArn=policy)
    ada.create_function(
        FunctionName="work",
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": zipped("def handler(event, context): return 1")},
    )
    assert ada.invoke(FunctionName="work")["Payload"].read() == b"1"


def test_settings_change_one_by_one(functions: Any, make: MakeFunction) -> None:
    make(Description="old", Environment={"Variables": {"STAGE": "test"}})
    before = functions.get_function_configuration(FunctionName="work")
    changed = functions.update_function_configuration(FunctionName="work", MemorySize=512)
    assert (changed["MemorySize"], changed["Description"]) == (512, "old")
    assert changed["LastUpdateStatus"] == "InProgress"
    after = functions.get_function_configuration(FunctionName="work")
    assert after["LastUpdateStatus"] == "Successful"
    assert after["Environment"] == {"Variables": {"STAGE": "test"}}
    assert after["RevisionId"] != before["RevisionId"]
    code, message, status = refusal(
        functions.update_function_configuration,
        FunctionName="work",
        Timeout=9,
        RevisionId=before["RevisionId"],
    )
    assert (code, status) == ("PreconditionFailedException", 412)
    assert message.startswith("The Revision Id provided does not match the latest Revision Id.")
    functions.update_function_configuration(FunctionName="work", Environment={"Variables": {}})
    assert "Environment" not in functions.get_function_configuration(FunctionName="work")


def test_a_dry_run_of_new_code_changes_nothing(functions: Any, make: MakeFunction) -> None:
    make()
    before = functions.get_function_configuration(FunctionName="work")["CodeSha256"]
    new = functions.update_function_code(FunctionName="work", ZipFile=zipped("x = 1"), DryRun=True)
    assert new["CodeSha256"] != before
    assert functions.get_function_configuration(FunctionName="work")["CodeSha256"] == before


def test_variables_are_ciphertext_in_the_lab_s_file(tmp_path: Path, client: MakeClient) -> None:
    with Lab(tmp_path / "class.lab") as lab:
        role = make_role(client, "worker")
        functions = client("lambda")
        given = {"Role": role, "Runtime": "python3.13", "Handler": "app.handler"}
        functions.create_function(
            FunctionName="work",
            Code={"ZipFile": zipped("import os\ndef handler(e, c): return os.environ['WORD']")},
            Environment={"Variables": {"WORD": "tiger-in-the-tank"}},
            **given,
        )
        assert functions.invoke(FunctionName="work")["Payload"].read() == b'"tiger-in-the-tank"'
        assert "tiger" not in repr(lab.trace[-2].call.changes)
    for file in tmp_path.iterdir():
        assert b"tiger-in" not in file.read_bytes()
    with Lab(tmp_path / "class.lab"):
        assert functions.invoke(FunctionName="work")["Payload"].read() == b'"tiger-in-the-tank"'


def test_variables_under_a_key_are_the_role_s_by_a_grant(
    functions: Any, make: MakeFunction, kms: Any, client: MakeClient
) -> None:
    key = kms.create_key()["KeyMetadata"]
    make(
        "import os\ndef handler(event, context): return os.environ['WORD']",
        Environment={"Variables": {"WORD": "tiger"}},
        KMSKeyArn=key["Arn"],
    )
    functions.update_function_configuration(FunctionName="work", Timeout=4, KMSKeyArn=key["Arn"])
    (grant,) = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert grant["GranteePrincipal"] == "arn:aws:iam::123456789012:role/worker"
    assert grant["Operations"] == ["Decrypt", "RetireGrant"]
    assert grant["Constraints"] == {"EncryptionContextEquals": {"aws:lambda:FunctionArn": arn_of("work")}}
    assert functions.invoke(FunctionName="work")["Payload"].read() == b'"tiger"'
    reading = {"Effect": "Allow", "Action": "lambda:GetFunctionConfiguration", "Resource": "*"}
    told = client_of_user(client, "lambda", reading).get_function_configuration(FunctionName="work")
    assert told["Environment"]["Error"]["ErrorCode"] == "AccessDeniedException"
    assert "Variables" not in told["Environment"]
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant["GrantId"])
    functions.update_function_configuration(FunctionName="work", Description="no new grant for this")
    code, message, status = refusal(functions.invoke, FunctionName="work")
    assert (code, status) == ("KMSAccessDeniedException", 502)
    assert message.startswith(
        "Lambda was unable to decrypt the environment variables because KMS access was denied."
    )


def test_a_key_that_is_disabled_seals_nothing(functions: Any, make: MakeFunction, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(ClientError, match=r"the KMS key is invalid for CreateGrant.*DisabledException"):
        make(Environment={"Variables": {"WORD": "tiger"}}, KMSKeyArn=key["Arn"])


def test_functions_are_listed_in_pages(functions: Any, make: MakeFunction) -> None:
    for name in ("ccc", "aaa", "bbb"):
        make(FunctionName=name)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["FunctionName"] for one in page["Functions"]] for page in pages] == [["aaa", "bbb"], ["ccc"]]


def test_a_deleted_function_is_gone_with_all_its_own(functions: Any, make: MakeFunction) -> None:
    make(Publish=True)
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    functions.invoke(FunctionName="work")
    functions.delete_function(FunctionName="work")
    assert refusal(functions.invoke, FunctionName="work")[0] == "ResourceNotFoundException"
    make("def handler(e, c): return 'another'")
    assert functions.invoke(FunctionName="work")["Payload"].read() == b'"another"'
    assert functions.list_aliases(FunctionName="work")["Aliases"] == []
    assert len(functions.list_versions_by_function(FunctionName="work")["Versions"]) == 1


def test_tags_come_and_go(functions: Any, make: MakeFunction) -> None:
    make(Tags={"one": "1"})
    functions.tag_resource(Resource=arn_of("work"), Tags={"two": "2"})
    assert functions.list_tags(Resource=arn_of("work"))["Tags"] == {"one": "1", "two": "2"}
    functions.untag_resource(Resource=arn_of("work"), TagKeys=["one", "three"])
    assert functions.list_tags(Resource=arn_of("work"))["Tags"] == {"two": "2"}


def test_reserved_concurrency_is_a_limit(functions: Any, make: MakeFunction) -> None:
    make()
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    assert functions.get_function_concurrency(FunctionName="work")["ReservedConcurrentExecutions"] == 0
    with pytest.raises(ClientError, match="Rate Exceeded") as caught:
        functions.invoke(FunctionName="work")
    assert caught.value.response.get("Reason") == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    functions.delete_function_concurrency(FunctionName="work")
    assert functions.invoke(FunctionName="work")["StatusCode"] == 200
    with pytest.raises(
        ClientError, match=r"UnreservedConcurrentExecution below its minimum value of \[100\]"
    ):
        functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=901)
    usage = functions.get_account_settings()
    assert usage["AccountUsage"]["FunctionCount"] == 1
    assert usage["AccountLimit"]["ConcurrentExecutions"] == 1000
