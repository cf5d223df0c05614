"""Events are encrypted under the key of their time of arrival, and whether they can be read is up to KMS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.logs.conftest import made, messages, now, policy_for_logs, put

ARN = "arn:aws:logs:us-east-1:123456789012:log-group:web"
NOT_ALLOWED = f"The specified KMS key does not exist or is not allowed to be used with Arn '{ARN}'"
MakeKey = Callable[..., str]


def kms_events(lab: Lab) -> list[str]:
    """What CloudTrail tells of calls to KMS that came from CloudWatch Logs."""
    told = lab.audit()
    mine = told[(told.EventSource == "kms.amazonaws.com") & (told.Username == "logs.us-east-1.amazonaws.com")]
    return list(mine.EventName)


def test_a_group_is_made_with_a_key_or_gets_one_later(logs: Any, logs_key: MakeKey) -> None:
    first, second = logs_key(), logs_key()
    logs.create_log_group(logGroupName="web", kmsKeyId=first)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == first
    logs.associate_kms_key(logGroupName="web", kmsKeyId=second)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == second
    logs.disassociate_kms_key(resourceIdentifier=ARN)
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


@pytest.mark.parametrize("policy", ["none", "no region", "another region", "another group"])
def test_a_key_policy_that_does_not_let_cloudwatch_logs_in_is_refused(
    logs: Any, kms: Any, policy: str
) -> None:
    policies = {
        "none": None,
        "no region": policy_for_logs("logs.amazonaws.com"),
        "another region": policy_for_logs("logs.eu-west-1.amazonaws.com"),
        "another group": policy_for_logs(ArnEquals={"kms:EncryptionContext:aws:logs:arn": f"{ARN}2"}),
    }
    given = {"Policy": policies[policy]} if policies[policy] else {}
    key = kms.create_key(**given)["KeyMetadata"]["Arn"]
    told = refusal(logs.create_log_group, logGroupName="web", kmsKeyId=key)
    assert (told.code, told.message) == ("AccessDeniedException", NOT_ALLOWED)
    assert logs.describe_log_groups()["logGroups"] == []
    logs.create_log_group(logGroupName="web")
    told = refusal(logs.associate_kms_key, logGroupName="web", kmsKeyId=key)
    assert (told.code, told.message) == ("AccessDeniedException", NOT_ALLOWED)


def test_a_condition_on_the_encryption_context_lets_one_group_in(logs: Any, logs_key: MakeKey) -> None:
    key = logs_key(ArnEquals={"kms:EncryptionContext:aws:logs:arn": ARN})
    logs.create_log_group(logGroupName="web", kmsKeyId=key)
    told = refusal(logs.create_log_group, logGroupName="web2", kmsKeyId=key)
    assert told.code == "AccessDeniedException"


def test_a_key_that_is_none_is_disabled_or_is_not_symmetric_is_refused(
    logs: Any, kms: Any, logs_key: MakeKey
) -> None:
    logs.create_log_group(logGroupName="web")
    key = logs_key()
    missing = key[:-1] + ("0" if key[-1] != "0" else "1")
    for wrong in (key.rpartition("/")[2], "alias/x", missing, ARN):
        told = refusal(logs.associate_kms_key, logGroupName="web", kmsKeyId=wrong)
        assert (told.code, told.message) == (
            "InvalidParameterException",
            "The specified KMS Key Id could not be found.",
        )
    kms.disable_key(KeyId=key)
    told = refusal(logs.associate_kms_key, logGroupName="web", kmsKeyId=key)
    assert told.code == "InvalidParameterException"
    assert "is disabled" in told.message
    policy = policy_for_logs()
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT", Policy=policy)["KeyMetadata"]["Arn"]
    told = refusal(logs.associate_kms_key, logGroupName="web", kmsKeyId=pair)
    assert told.code == "InvalidParameterException"
    told = refusal(logs.associate_kms_key, logGroupName="none", kmsKeyId=key)
    assert told.code == "ResourceNotFoundException"


def test_old_events_stay_under_the_key_of_their_arrival(
    logs: Any, lab: Lab, kms: Any, logs_key: MakeKey
) -> None:
    first, second = logs_key(), logs_key()
    made(logs)
    starts = []
    for key, message in ((None, "own"), (first, "first"), (second, "second"), (None, "own again")):
        if key:
            logs.associate_kms_key(logGroupName="web", kmsKeyId=key)
        elif message != "own":
            logs.disassociate_kms_key(logGroupName="web")
        lab.clock.advance(minutes=1)
        starts.append(now(lab))
        put(lab, logs, message)
    assert messages(logs) == ["own", "first", "second", "own again"]

    def read(which: int) -> list[str]:
        return messages(logs, startTime=starts[which], endTime=starts[which] + 60_000)

    kms.disable_key(KeyId=first)
    told = refusal(lambda: read(1))
    assert (told.code, told.message) == ("AccessDeniedException", NOT_ALLOWED)
    assert [read(which) for which in (0, 2, 3)] == [["own"], ["second"], ["own again"]]
    assert refusal(lambda: messages(logs)).code == "AccessDeniedException"
    kms.enable_key(KeyId=first)
    assert messages(logs) == ["own", "first", "second", "own again"]


def test_a_key_that_is_disabled_takes_in_no_events(logs: Any, lab: Lab, kms: Any, logs_key: MakeKey) -> None:
    key = logs_key()
    made(logs, kmsKeyId=key)
    put(lab, logs, "before")
    kms.disable_key(KeyId=key)
    for minutes in (1, 120):
        lab.clock.advance(minutes=minutes)
        told = refusal(lambda: put(lab, logs, "while it is disabled"))
        assert (told.code, told.message) == ("AccessDeniedException", NOT_ALLOWED)
    kms.enable_key(KeyId=key)
    assert messages(logs) == ["before"]


def test_a_policy_that_is_changed_counts_for_what_is_there_already(
    logs: Any, lab: Lab, kms: Any, logs_key: MakeKey
) -> None:
    key = logs_key()
    made(logs, kmsKeyId=key)
    put(lab, logs, "secret")
    kms.put_key_policy(KeyId=key, Policy=policy_for_logs("logs.eu-west-1.amazonaws.com"))
    assert refusal(lambda: messages(logs)).message == NOT_ALLOWED
    kms.put_key_policy(KeyId=key, Policy=policy_for_logs())
    assert messages(logs) == ["secret"]


def test_a_data_key_is_made_once_an_hour_and_opened_by_kms_in_between(
    logs: Any, lab: Lab, logs_key: MakeKey
) -> None:
    made(logs, kmsKeyId=logs_key())
    put(lab, logs, "one")
    lab.clock.advance(minutes=61)
    put(lab, logs, "two")
    put(lab, logs, "three")
    assert messages(logs) == ["one", "two", "three"]
    assert kms_events(lab) == [
        "GenerateDataKey",
        "Decrypt",
        "GenerateDataKey",
        "Decrypt",
        "Decrypt",
        "Decrypt",
    ]


def test_the_audit_log_shows_the_service_the_context_and_no_message(
    logs: Any, lab: Lab, client: Any, logs_key: MakeKey
) -> None:
    made(logs, kmsKeyId=logs_key())
    put(lab, logs, "very secret")
    messages(logs)
    lookup = client("cloudtrail").lookup_events()["Events"]
    everything = "".join(one["CloudTrailEvent"] for one in lookup).replace(" ", "")
    assert f'"encryptionContext":{{"aws:logs:arn":"{ARN}"}}' in everything
    assert '"invokedBy":"logs.us-east-1.amazonaws.com"' in everything
    assert "verysecret" not in everything


def test_rotation_leaves_old_events_readable(logs: Any, lab: Lab, kms: Any, logs_key: MakeKey) -> None:
    key = logs_key()
    made(logs, kmsKeyId=key)
    put(lab, logs, "old")
    kms.rotate_key_on_demand(KeyId=key)
    lab.clock.advance(hours=2)
    put(lab, logs, "new")
    assert messages(logs) == ["old", "new"]


def test_a_data_key_goes_with_the_last_event_under_it(logs: Any, lab: Lab, logs_key: MakeKey) -> None:
    made(logs, kmsKeyId=logs_key())
    put(lab, logs, "one")
    logs.disassociate_kms_key(logGroupName="web")
    assert messages(logs) == ["one"]
    logs.delete_log_stream(logGroupName="web", logStreamName="one")
    logs.delete_log_group(logGroupName="web")
    made(logs)
    assert messages(logs) == []


def test_nothing_of_a_message_is_in_a_labs_file(tmp_path: Path, client: Any) -> None:
    path = tmp_path / "class.lab"
    secret = "a message that nobody else should read"
    with Lab(path) as lab:
        logs = client("logs")
        key = client("kms").create_key(Policy=policy_for_logs())["KeyMetadata"]["Arn"]
        made(logs)
        put(lab, logs, secret)
        logs.associate_kms_key(logGroupName="web", kmsKeyId=key)
        put(lab, logs, secret)
    assert not any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())
    with Lab(path):
        assert messages(client("logs")) == [secret, secret]


def test_the_results_of_queries_have_no_key_in_the_lab(logs: Any, logs_key: MakeKey) -> None:
    wildcard = "arn:aws:logs:us-east-1:123456789012:query-result:*"
    told = refusal(logs.associate_kms_key, resourceIdentifier=wildcard, kmsKeyId=logs_key())
    assert told.code == "NotImplemented"
    told = refusal(logs.disassociate_kms_key)
    assert told.code == "InvalidParameterException"
