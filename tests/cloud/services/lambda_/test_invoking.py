"""Invoke: code written for AWS runs as it is, is kept warm, and fails as Lambda says that it fails."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from tests.cloud.services.lambda_.conftest import MakeFunction, arn_of, make_role, zipped
from tests.conftest import MakeClient

Call = Callable[..., Any]


def test_the_event_goes_in_and_the_answer_comes_out(functions: Any, make: MakeFunction) -> None:
    make("def handler(event, context): return {'twice': event['n'] * 2}")
    answer = functions.invoke(FunctionName="work", Payload=b'{"n": 21}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert "LogResult" not in answer
    assert answer["Payload"].read() == b'{"twice": 42}'


def test_without_a_payload_the_event_is_an_empty_object(functions: Any, make: MakeFunction) -> None:
    make()
    assert functions.invoke(FunctionName="work")["Payload"].read() == b"{}"


def test_boto3_in_the_code_reaches_the_lab_as_the_function_s_role(
    lab: Lab, make: MakeFunction, call: Call, client: MakeClient
) -> None:
    client("secretsmanager").create_secret(Name="db", SecretString="tiger")
    client("secretsmanager").create_secret(Name="other", SecretString="lion")
    reading = {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????",
    }
    make(
        """
        import boto3
        from botocore.exceptions import ClientError

        secrets = boto3.client("secretsmanager")

        def handler(event, context):
            told = [boto3.client("sts").get_caller_identity()["Arn"]]
            for name in event:
                try:
                    told.append(secrets.get_secret_value(SecretId=name)["SecretString"])
                except ClientError as error:
                    told.append(error.response["Error"]["Code"])
            return told
        """,
        Role=make_role(client, "reader", reading),
        Timeout=20,
    )
    assert call(event=["db", "other"]) == [
        "arn:aws:sts::123456789012:assumed-role/reader/work",
        "tiger",
        "AccessDeniedException",
    ]
    told = [(traced.name, traced.error_code) for traced in lab.trace[-4:]]
    assert told == [
        ("sts:GetCallerIdentity", None),
        ("secretsmanager:GetSecretValue", None),
        ("secretsmanager:GetSecretValue", "AccessDeniedException"),
        ("lambda:Invoke", None),
    ]
    client("iam").put_role_policy(
        RoleName="reader",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{**reading, "Resource": "*"}]}),
    )
    assert call(event=["other"])[1:] == ["lion"]


def test_an_environment_is_used_again_until_the_function_changes(
    functions: Any, make: MakeFunction, call: Call
) -> None:
    count = """
    import os
    count = 0

    def handler(event, context):
        global count
        count += 1
        return [os.getpid(), count]
    """
    make(count)
    first, second = call(), call()
    assert first[0] == second[0]
    assert [first[1], second[1]] == [1, 2]
    functions.update_function_configuration(FunctionName="work", Timeout=5)
    third = call()
    assert third[0] != first[0]
    assert third[1] == 1
    functions.update_function_code(FunctionName="work", ZipFile=zipped("def handler(e, c): return 'new'"))
    assert call() == "new"


def test_the_code_is_told_of_its_surroundings(make: MakeFunction, call: Call) -> None:
    make(
        """
        import os

        def handler(event, context):
            names = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION", "_HANDLER",
                     "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_EXECUTION_ENV", "TZ", "STAGE",
                     "AWS_ENDPOINT_URL", "AWS_PROFILE"]
            return {
                "environment": [os.environ.get(name) for name in names],
                "context": [context.function_name, context.function_version, context.memory_limit_in_mb,
                            context.invoked_function_arn, context.log_group_name,
                            context.client_context.custom],
                "remaining": context.get_remaining_time_in_millis(),
                "request": context.aws_request_id,
                "stream": context.log_stream_name,
            }
        """,
        MemorySize=256,
        Environment={"Variables": {"STAGE": "test"}},
    )
    custom = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    told = call(ClientContext=custom)
    assert told["environment"] == [
        "work",
        "$LATEST",
        "us-east-1",
        "app.handler",
        "256",
        "AWS_Lambda_python3.13",
        ":UTC",
        "test",
        None,
        None,
    ]
    arn = arn_of("work")
    assert told["context"] == ["work", "$LATEST", "256", arn, "/aws/lambda/work", {"a": "b"}]
    assert 2000 < told["remaining"] <= 3000
    assert re.fullmatch(r"[0-9a-f-]{36}", told["request"])
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", told["stream"])


def test_the_end_of_the_log_comes_with_the_answer_if_asked_for(functions: Any, make: MakeFunction) -> None:
    make(
        """
        import logging

        print("loading")

        def handler(event, context):
            print("one\\ntwo")
            logging.getLogger().warning("of %s\\nlines", "two")
        """
    )
    answer = functions.invoke(FunctionName="work", LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[:4] == [f"START RequestId: {request_id} Version: $LATEST", "loading", "one", "two"]
    assert re.fullmatch(rf"\[WARNING\]\t[-\d]+T[:\d]+\.\d\d\dZ\t{request_id}\tof two", lines[4])
    assert lines[5:7] == ["lines", f"END RequestId: {request_id}"]
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms",
        lines[7],
    )


def failing(answer: Any) -> tuple[str, dict[str, Any]]:
    assert answer["StatusCode"] == 200
    return answer["FunctionError"], json.loads(answer["Payload"].read())


def test_an_exception_is_an_answer_with_its_stack(functions: Any, make: MakeFunction) -> None:
    make("def handler(event, context):\n    raise KeyError('user')")
    answer = functions.invoke(FunctionName="work", LogType="Tail")
    assert failing(answer) == (
        "Unhandled",
        {
            "errorMessage": "'user'",
            "errorType": "KeyError",
            "requestId": answer["ResponseMetadata"]["RequestId"],
            "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('user')\n"],
        },
    )
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "\n[ERROR] KeyError: 'user'\nTraceback (most recent call last):\n" in log


# Each with its handler's name, the error's type and its message.
USELESS = {
    "import nope": (
        "app.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'nope'",
    ),
    "def handler(:": (
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': invalid syntax (app.py, line 1)",
    ),
    "1 / 0": ("app.handler", "ZeroDivisionError", "division by zero"),
    "handle = 1": ("app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
    "": (
        "app",
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    ),
    "def handler(e, c): return {1}": (
        "app.handler",
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type set is not JSON serializable",
    ),
}


@pytest.mark.parametrize("source", USELESS)
def test_code_that_cannot_be_loaded_or_answers_no_json(
    functions: Any, make: MakeFunction, source: str
) -> None:
    handler, kind, message = USELESS[source]
    make(source, Handler=handler)
    error, told = failing(functions.invoke(FunctionName="work"))
    assert (error, told["errorType"], told["errorMessage"]) == ("Unhandled", kind, message)


def test_a_function_that_takes_too_long_is_killed(functions: Any, make: MakeFunction, call: Call) -> None:
    make("import time\ndef handler(event, context):\n    print('going')\n    time.sleep(event)", Timeout=1)
    began = time.monotonic()
    answer = functions.invoke(FunctionName="work", Payload=b"60", LogType="Tail")
    assert time.monotonic() - began < 10
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert failing(answer) == (
        "Unhandled",
        {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
        },
    )
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[1] == "going"
    assert lines[2].endswith(f"Z {request_id} Task timed out after 1.00 seconds")
    assert lines[-1].endswith("\tStatus: timeout")
    assert call(event=0) is None


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_process_that_ends_is_an_error_and_the_next_one_is_new(
    functions: Any, make: MakeFunction, call: Call, end: str, said: str
) -> None:
    make(f"import os, signal, sys\ndef handler(event, context):\n    if event: {end}\n    return 'fine'")
    answer = functions.invoke(FunctionName="work", Payload=b"1")
    request_id = answer["ResponseMetadata"]["RequestId"]
    told = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {said}"}
    assert failing(answer) == ("Unhandled", told)
    assert call(event=0) == "fine"


def test_large_events_and_answers_pass_and_larger_ones_do_not(functions: Any, make: MakeFunction) -> None:
    make("def handler(event, context): return 'a' * int(event)")
    answer = functions.invoke(FunctionName="work", Payload=b"6000000")
    assert len(answer["Payload"].read()) == 6_000_002
    error, told = failing(functions.invoke(FunctionName="work", Payload=b"6291560"))
    assert (error, told["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")
    with pytest.raises(
        ClientError, match=r"RequestEntityTooLargeException.*: Request must be smaller than 6291456"
    ) as caught:
        functions.invoke(FunctionName="work", Payload=b" " * 6_291_457)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    functions.invoke(FunctionName="work", Payload=b" " * 6_291_455 + b"1")


def test_what_is_no_json_never_reaches_the_code(functions: Any, make: MakeFunction) -> None:
    make()
    with pytest.raises(
        ClientError, match=r"InvalidRequestContentException.*: Could not parse request body into json"
    ):
        functions.invoke(FunctionName="work", Payload=b"{'secret'}")


def test_who_has_no_permission_may_not_invoke(functions: Any, make: MakeFunction, client: MakeClient) -> None:
    make()
    iam = client("iam")
    iam.create_user(UserName="alice")
    keys = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = boto3.client(
        "lambda",
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
    )
    with pytest.raises(ClientError) as caught:
        alice.invoke(FunctionName="work")
    assert caught.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: "
        f"lambda:InvokeFunction on resource: {arn_of('work')} because no identity-based policy allows the "
        "lambda:InvokeFunction action",
    }
    functions.add_permission(
        FunctionName="work",
        StatementId="alice",
        Action="lambda:InvokeFunction",
        Principal="arn:aws:iam::123456789012:user/alice",
    )
    assert alice.invoke(FunctionName="work")["Payload"].read() == b"{}"


def test_a_dry_run_only_asks(functions: Any, make: MakeFunction) -> None:
    make("import os\ndef handler(event, context): os._exit(1)")
    answer = functions.invoke(FunctionName="work", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    with pytest.raises(ClientError, match=r"Function not found: .*:function:other"):
        functions.invoke(FunctionName="other", InvocationType="DryRun")


def test_others_are_answered_while_functions_are_at_work(
    lab: Lab, functions: Any, make: MakeFunction, kms: Any, tmp_path: Path
) -> None:
    make(
        """
        import os
        import time

        def handler(event, context):
            while not os.path.exists(event):
                time.sleep(0.01)
            return "done"
        """,
        Timeout=60,
    )
    door = tmp_path / "door"
    answers: list[bytes] = []

    def invoke() -> None:
        answer = functions.invoke(FunctionName="work", Payload=json.dumps(str(door)))
        answers.append(answer["Payload"].read())

    threads = [threading.Thread(target=invoke) for _ in range(2)]
    for thread in threads:
        thread.start()
    runner = lab.cloud.functions
    assert runner is not None
    while runner.busy(arn_of("work")) < 2:
        time.sleep(0.01)
    kms.create_key()
    assert answers == []
    door.touch()
    for thread in threads:
        thread.join()
    assert answers == [b'"done"', b'"done"']


def test_a_function_invokes_another_one(make: MakeFunction, call: Call, client: MakeClient) -> None:
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn_of("inner")}
    make("def handler(event, context): return event + 1", FunctionName="inner")
    make(
        """
        import boto3
        import json

        def handler(event, context):
            answer = boto3.client("lambda").invoke(FunctionName="inner", Payload=json.dumps(event))
            return json.load(answer["Payload"]) * 2
        """,
        Role=make_role(client, "caller", allowed),
        Timeout=20,
    )
    assert call(event=20) == 42


def test_an_invocation_is_a_data_event(make: MakeFunction, call: Call, client: MakeClient) -> None:
    make()
    call()
    events = client("cloudtrail").lookup_events()["Events"]
    names = [event["EventName"] for event in events]
    assert "CreateFunction" in names
    assert "AssumeRole" in names
    assert "Invoke" not in names
