"""Lambda through the real `aws` command: a zip file from the disk, an answer into a file, the log's tail."""

import base64
import json
import zipfile
from pathlib import Path

from labkit import Lab
from tests.e2e.test_aws_cli import answer, aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
CODE = """
import boto3

def handler(event, context):
    print("asked for", event["name"])
    return boto3.client("secretsmanager").get_secret_value(SecretId=event["name"])["SecretString"]
"""


def test_a_function_reads_a_secret(lab: Lab, tmp_path: Path) -> None:
    lab.serve()
    package, output = tmp_path / "function.zip", tmp_path / "out.json"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", CODE)
    answer("secretsmanager", "create-secret", "--name", "db", "--secret-string", "tiger")
    trust = ("--assume-role-policy-document", json.dumps(TRUST))
    role = answer("iam", "create-role", "--role-name", "reader", *trust)["Role"]["Arn"]
    made = answer(
        "lambda",
        "create-function",
        *("--function-name", "reader", "--runtime", "python3.13", "--handler", "app.handler"),
        *("--role", role, "--zip-file", f"fileb://{package}", "--timeout", "30"),
    )
    assert made["State"] == "Pending"
    invoke = ("lambda", "invoke", "--function-name", "reader", "--payload", '{"name": "db"}')
    told = answer(*invoke, str(output))
    assert (told["StatusCode"], told["FunctionError"]) == (200, "Unhandled")
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in output.read_text()
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
    }
    named = ("--role-name", "reader", "--policy-name", "read", "--policy-document", json.dumps(policy))
    code, _, complaint = aws("iam", "put-role-policy", *named)
    assert code == 0, complaint
    told = answer(*invoke, "--log-type", "Tail", str(output))
    assert "FunctionError" not in told
    assert json.loads(output.read_text()) == "tiger"
    assert "\nasked for db\n" in base64.b64decode(told["LogResult"]).decode()
