"""Secrets Manager through the real `aws` command: a password is made, kept, replaced, read, and rotated."""

import zipfile
from pathlib import Path

from labkit import Lab
from tests.e2e.test_aws_cli import answer, aws

ROTATE = """
import boto3

secrets = boto3.client("secretsmanager")


def handler(event, context):
    arn, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        secrets.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString="made by rotation",
            VersionStages=["AWSPENDING"],
        )
    if event["Step"] == "finishSecret":
        current = secrets.get_secret_value(SecretId=arn)["VersionId"]
        secrets.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"}}]}"""
RIGHTS = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
    "Action": ["secretsmanager:*", "logs:*"]}]}"""


def test_a_generated_password_becomes_a_secret(lab: Lab) -> None:
    lab.serve()
    length = ("--password-length", "24", "--exclude-punctuation")
    password = answer("secretsmanager", "get-random-password", *length)["RandomPassword"]
    assert len(password) == 24
    made = answer("secretsmanager", "create-secret", "--name", "db/password", "--secret-string", password)
    read = ("secretsmanager", "get-secret-value", "--secret-id", "db/password")
    assert answer(*read)["SecretString"] == password
    answer("secretsmanager", "put-secret-value", "--secret-id", made["ARN"], "--secret-string", "next")
    assert answer(*read)["SecretString"] == "next"
    assert answer(*read, "--version-stage", "AWSPREVIOUS")["SecretString"] == password
    reference = ("ssm", "get-parameter", "--name", "/aws/reference/secretsmanager/db/password")
    assert answer(*reference, "--with-decryption")["Parameter"]["Value"] == "next"
    answer("secretsmanager", "delete-secret", "--secret-id", "db/password")
    code, _, complaint = aws(*read)
    assert code != 0
    assert "because it was marked for deletion" in complaint


def test_a_secret_is_rotated(lab: Lab, tmp_path: Path) -> None:
    lab.serve()
    function = _rotation_function(tmp_path)
    secret = ("--secret-id", "app/token")
    answer("secretsmanager", "create-secret", "--name", "app/token", "--secret-string", "one")
    rules = ("--rotation-lambda-arn", function, "--rotation-rules", "AutomaticallyAfterDays=30")
    made = answer("secretsmanager", "rotate-secret", *secret, *rules)
    assert answer("secretsmanager", "get-secret-value", *secret)["SecretString"] == "made by rotation"
    told = answer("secretsmanager", "describe-secret", *secret)
    assert told["VersionIdsToStages"][made["VersionId"]] == ["AWSPENDING", "AWSCURRENT"]
    assert (told["RotationEnabled"], told["RotationRules"]) == (True, {"AutomaticallyAfterDays": 30})
    assert told["NextRotationDate"] % 86400 == 86399  # a day's last second, as the command prints dates
    answer("secretsmanager", "cancel-rotate-secret", *secret)
    assert answer("secretsmanager", "describe-secret", *secret)["RotationEnabled"] is False


def _rotation_function(folder: Path) -> str:
    """Make a function that may be invoked by Secrets Manager, and its role; return its ARN."""
    for name, content in (("rotate.py", ROTATE), ("trust.json", TRUST), ("rights.json", RIGHTS)):
        (folder / name).write_text(content)
    with zipfile.ZipFile(folder / "rotate.zip", "w") as package:
        package.write(folder / "rotate.py", "rotate.py")
    trust = ("--assume-role-policy-document", f"file://{folder / 'trust.json'}")
    role = answer("iam", "create-role", "--role-name", "rotation", *trust)["Role"]["Arn"]
    rights = ("--policy-name", "own", "--policy-document", f"file://{folder / 'rights.json'}")
    aws("iam", "put-role-policy", "--role-name", "rotation", *rights)
    code = ("--zip-file", f"fileb://{folder / 'rotate.zip'}", "--handler", "rotate.handler")
    how = ("--runtime", "python3.13", "--role", role, "--timeout", "30")
    made = answer("lambda", "create-function", "--function-name", "rotate", *how, *code)
    who = ("--principal", "secretsmanager.amazonaws.com", "--statement-id", "rotation")
    action = ("--action", "lambda:InvokeFunction")
    answer("lambda", "add-permission", "--function-name", "rotate", *who, *action)
    return str(made["FunctionArn"])
