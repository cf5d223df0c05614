"""Queues under a KMS key: what is stored is sealed, and KMS is asked in the name of who sends or receives."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.services.events.model import EventsTables
from labkit.cloud.services.sqs.model import SqsTables
from tests.cloud.services.events.conftest import let_in, rule
from tests.cloud.services.kms.helpers import refusal
from tests.conftest import ACCOUNT, REGION, MakeClient

ARN = "arn:aws:sqs:us-east-1:123456789012:inbox"


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a key."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def sealed(sqs: Any, key: str) -> str:
    """Return the URL of a queue under that key."""
    return str(sqs.create_queue(QueueName="inbox", Attributes={"KmsMasterKeyId": key})["QueueUrl"])


def test_a_body_is_sealed_where_it_lies(sqs: Any, sealed: str, lab: Lab) -> None:
    sqs.send_message(QueueUrl=sealed, MessageBody="a secret order")
    stored = next(iter(lab.cloud.store.tables(SqsTables, ACCOUNT, REGION).messages))
    assert stored.Body == ""
    assert b"secret" not in stored.Sealed
    message = sqs.receive_message(QueueUrl=sealed)["Messages"][0]
    assert message["Body"] == "a secret order"
    events = list(lab.audit()["EventName"])
    assert events[-2:] == ["GenerateDataKey", "Decrypt"]


def test_who_sends_needs_the_key(sealed: str, key: str, as_user: Callable[..., Any]) -> None:
    ada = as_user({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    told = refusal(ada.send_message, QueueUrl=sealed, MessageBody="hello")
    assert told.code == "KMS.AccessDeniedException"
    assert f"kms:GenerateDataKey on resource: {key}" in told.message


def test_a_disabled_key_keeps_what_is_in_the_queue(sqs: Any, sealed: str, key: str, kms: Any) -> None:
    sqs.send_message(QueueUrl=sealed, MessageBody="hello")
    kms.disable_key(KeyId=key)
    assert refusal(sqs.receive_message, QueueUrl=sealed).code == "KMS.DisabledException"
    kms.enable_key(KeyId=key)
    assert sqs.receive_message(QueueUrl=sealed)["Messages"][0]["Body"] == "hello"


def test_a_dead_letter_is_opened_as_where_it_came_from(sqs: Any, sealed: str, lab: Lab) -> None:
    graves = sqs.create_queue(QueueName="graves")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": ARN.replace("inbox", "graves"), "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=sealed, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=sealed, MessageBody="poison")
    sqs.receive_message(QueueUrl=sealed)
    lab.clock.advance(seconds=30)
    sqs.receive_message(QueueUrl=sealed)
    assert sqs.receive_message(QueueUrl=graves)["Messages"][0]["Body"] == "poison"


def test_eventbridge_needs_a_statement_in_the_key_policy(
    sqs: Any, sealed: str, key: str, kms: Any, lab: Lab, client: MakeClient
) -> None:
    events = client("events")
    let_in(sqs, sealed)
    rule(events, {"source": ["me"]})
    entry = {"Source": "me", "DetailType": "t", "Detail": "{}"}
    events.put_events(Entries=[entry])
    deliveries = lab.cloud.store.tables(EventsTables, ACCOUNT, REGION).deliveries
    assert [one.Error.partition(":")[0] for one in deliveries] == ["KMS.AccessDeniedException"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    events.put_events(Entries=[entry])
    assert json.loads(sqs.receive_message(QueueUrl=sealed)["Messages"][0]["Body"])["source"] == "me"


def test_another_account_s_messages_are_under_the_queue_owner_s_key_and_not_under_one_of_theirs(
    sqs: Any, kms: Any, key: str, client: MakeClient
) -> None:
    others = "444455556666"
    kms.create_alias(AliasName="alias/inbox", TargetKeyId=key)
    theirs = client("kms", account=others)
    theirs.create_alias(AliasName="alias/inbox", TargetKeyId=theirs.create_key()["KeyMetadata"]["KeyId"])
    let = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{others}:root"}, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**let, "Action": "sqs:SendMessage"}]})
    attributes = {"KmsMasterKeyId": "alias/inbox", "Policy": policy}
    url = sqs.create_queue(QueueName="inbox", Attributes=attributes)["QueueUrl"]
    send = client("sqs", account=others).send_message
    assert refusal(send, QueueUrl=url, MessageBody="hello").code == "KMS.AccessDeniedException"
    of_key = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    of_key["Statement"].append({**let, "Action": "kms:GenerateDataKey"})
    kms.put_key_policy(KeyId=key, Policy=json.dumps(of_key))
    send(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
