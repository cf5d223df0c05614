"""The real `aws` command over HTTP: a user without permission, a grant, and what the audit log says of it."""

import json
import os
import subprocess
import sys
from typing import Any

from labkit import Lab

KEY = ("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey")


def aws(*words: str, **environment: str) -> tuple[int, str, str]:
    """Run the command; return its exit code, what it printed, and its complaints."""
    command = [sys.executable, "-m", "awscli", *words, "--output", "json"]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def answer(*words: str, **environment: str) -> Any:
    """Run a command that must succeed; return its answer."""
    code, printed, complaint = aws(*words, **environment)
    assert code == 0, complaint
    return json.loads(printed)


def test_a_grant_lets_a_user_in(lab: Lab) -> None:
    lab.serve()
    key = answer("kms", "create-key")["KeyMetadata"]["KeyId"]
    alice = answer("iam", "create-user", "--user-name", "alice")["User"]["Arn"]
    made = answer("iam", "create-access-key", "--user-name", "alice")["AccessKey"]
    as_alice = {variable: made[member] for variable, member in KEY}
    encrypt = ("kms", "encrypt", "--key-id", key, "--plaintext", "aGVsbG8=")
    code, _, complaint = aws(*encrypt, **as_alice)
    assert code != 0
    assert f"User: {alice} is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:" in complaint
    assert "because no identity-based policy allows the kms:Encrypt action" in complaint
    grant = ("--grantee-principal", alice, "--operations", "Encrypt")
    answer("kms", "create-grant", "--key-id", key, *grant)
    assert answer(*encrypt, **as_alice)["KeyId"].endswith(key)
    by_alice = "AttributeKey=Username,AttributeValue=alice"
    events = answer("cloudtrail", "lookup-events", "--lookup-attributes", by_alice)["Events"]
    errors = [json.loads(event["CloudTrailEvent"]).get("errorCode") for event in events]
    assert errors == [None, "AccessDenied"]
