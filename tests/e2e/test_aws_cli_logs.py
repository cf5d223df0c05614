"""CloudWatch Logs through the real `aws` command, with the command that the course types."""

import json

from labkit import Lab
from tests.cloud.services.logs.conftest import now, policy_for_logs
from tests.e2e.test_aws_cli import answer, aws


def test_the_command_of_the_course(lab: Lab) -> None:
    lab.serve()
    group = ("--log-group-name", "my-group")
    stream = (*group, "--log-stream-name", "one")
    key = answer("kms", "create-key")["KeyMetadata"]["Arn"]
    aws("logs", "create-log-group", *group)
    aws("logs", "create-log-stream", *stream)
    associate = ("logs", "associate-kms-key", "--log-group-name", "my-group", "--kms-key-id", key)
    code, _, complaint = aws(*associate)
    assert code != 0
    assert (
        "(AccessDeniedException) when calling the AssociateKmsKey operation: The specified KMS key does not "
        "exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:123456789012:log-group:my-group'"
    ) in complaint
    policy = ("--policy-name", "default", "--policy", policy_for_logs())
    assert aws("kms", "put-key-policy", "--key-id", key, *policy)[0] == 0
    assert aws(*associate)[0] == 0
    events = json.dumps([{"timestamp": now(lab), "message": "hello"}])
    answer("logs", "put-log-events", *stream, "--log-events", events)
    found = answer("logs", "filter-log-events", *group, "--filter-pattern", "hello")["events"]
    assert [one["message"] for one in found] == ["hello"]
    (told,) = answer("logs", "describe-log-groups")["logGroups"]
    assert told["kmsKeyId"] == key
