"""Step 2 says what was verified, and says plainly what was not."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.protocols.messages import HttpRequest
from labkit.lens.steps.step import Step


@pytest.fixture
def strict() -> Iterator[Lab]:
    with Lab(identities="strict") as lab:
        yield lab


def caller(lab: Lab) -> tuple[Step, dict[str, str]]:
    step = lab.trace[-1].steps[1]
    return step, {row.label: row.value for row in step.rows}


def test_an_easy_lab_says_that_the_signature_was_not_checked(lab: Lab) -> None:
    boto3.client("kms", region_name="eu-west-1").list_keys()
    step, shown = caller(lab)
    assert shown["check"].startswith("not verified: this lab takes any secret")
    assert shown["signature"] == "in the Authorization header"
    assert shown["signed headers"] == "content-type;host;x-amz-date;x-amz-target"
    assert "access key and session" not in shown
    assert step.gist == "Administrator, account 123456789012, eu-west-1"


def test_an_easy_lab_says_what_it_does_check_of_a_user_s_key(lab: Lab) -> None:
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    boto3.client(
        "sts", "us-east-1", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="x"
    ).get_caller_identity()
    _, shown = caller(lab)
    assert shown["principal"].endswith(":user/alice")
    assert shown["check"].startswith("not verified")
    assert shown["access key and session"].startswith("verified")


def test_a_strict_lab_says_that_it_was(strict: Lab) -> None:
    boto3.client("kms", region_name="eu-west-1").list_keys()
    assert caller(strict)[1]["check"].startswith("verified")


def test_a_refusal_is_told_with_what_the_caller_claimed(strict: Lab) -> None:
    kms = boto3.client("kms", "eu-west-1", aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    with pytest.raises(ClientError):
        kms.list_keys()
    step, shown = caller(strict)
    assert step.gist == "refused: UnrecognizedClientException"
    assert shown["access key"] == "AKIANOBODY"
    assert shown["refused"] == "The security token included in the request is invalid."
    assert [row.mark for row in step.rows if row.label == "refused"] == ["deny"]


def test_a_call_without_a_signature_has_nothing_to_tell(lab: Lab) -> None:
    lab.gateway.handle(HttpRequest("GET", "https", "sts.amazonaws.com", "/"))
    step, shown = caller(lab)
    assert shown == {"refused": "Request is missing Authentication Token"}
    assert step.gist == "refused: MissingAuthenticationToken"


def test_nobody_has_nothing_to_verify(lab: Lab) -> None:
    body = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    lab.gateway.handle(HttpRequest("POST", "https", "sts.amazonaws.com", "/", "", headers, body))
    step, shown = caller(lab)
    assert shown["check"] == "nothing to verify: nobody signed this"
    assert step.gist == "anonymous, us-east-1"
