"""The matrix of requests: what is shown is what came through the sockets."""

from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.widgets import RequestMatrix

OPEN = ("https", "anonymous")


@pytest.fixture
def matrix() -> Any:
    with Lab() as lab:
        lab.serve()
        s3, iam = boto3.client("s3"), boto3.client("iam")
        s3.create_bucket(Bucket="a-bucket")
        s3.put_object(Bucket="a-bucket", Key="k", Body=b"hello")
        iam.create_user(UserName="ann")
        iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        access_key = iam.create_access_key(UserName="ann")["AccessKey"]
        yield RequestMatrix(lab, "a-bucket", "k", access_key)


def statuses(matrix: Any) -> dict[tuple[str, str], int]:
    return {cell: sent.status for cell, sent in matrix.model.send().items()}


def test_four_policies_and_what_they_do(matrix: Any) -> None:
    model = matrix.model
    nobody_in = {("http", "anonymous"): 403, ("https", "anonymous"): 403}
    assert statuses(matrix) == nobody_in | {("http", "user"): 200, ("https", "user"): 200}
    assert model.put(model.policies["deny if not TLS"]) == ""
    assert statuses(matrix) == nobody_in | {("http", "user"): 403, ("https", "user"): 200}
    assert "BlockPublicPolicy" in model.put(model.policies["allow if TLS"])
    model.block(False)
    assert model.put(model.policies["allow if TLS"]) == ""
    assert statuses(matrix) == nobody_in | {OPEN: 200, ("http", "user"): 200, ("https", "user"): 200}
    assert model.put(model.policies["both"]) == ""
    assert statuses(matrix) == nobody_in | {OPEN: 200, ("http", "user"): 403, ("https", "user"): 200}
    assert model.put("") == ""


def test_the_view_shows_guesses_answers_and_reasons(matrix: Any) -> None:
    matrix.put.click()
    matrix.guesses["http", "user"].value = "403"
    matrix.guesses[OPEN].value = "200"
    matrix.ask.click()
    shown = matrix.picture.value
    assert "403</strong> — as you said" in shown
    assert "403</strong> — you said 200" in shown
    assert "with an explicit deny in a resource-based policy" in shown
    assert "curl -i http://127.0.0.1:" in shown


def test_what_s3_refuses_is_told(matrix: Any) -> None:
    matrix.preset.value = "allow if TLS"
    matrix.put.click()
    assert "BlockPublicPolicy" in matrix.said.value
    matrix.blocked.value = False
    matrix.put.click()
    assert "done" in matrix.said.value
