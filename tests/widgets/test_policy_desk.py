"""The policy desk: what would be decided, under the key's policy and under one that is only supposed."""

import json
from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.policy_desk import Desk, PolicyDesk
from tests.conftest import MakeClient


@pytest.fixture
def alice(lab: Lab, client: MakeClient) -> str:
    iam = client("iam")
    arn = iam.create_user(UserName="alice")["User"]["Arn"]
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="alice", PolicyName="all", PolicyDocument=document)
    return str(arn)


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def only(who: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_supposed_policy_decides_and_changes_nothing(lab: Lab, kms: Any, alice: str, key: str) -> None:
    desk = Desk(lab, key)
    administrator = desk.principals[0]
    assert desk.ask(alice, "kms:Encrypt").allowed
    assert desk.suppose(only(administrator)) == ""
    assert not desk.ask(alice, "kms:Encrypt").allowed
    assert desk.ask(administrator, "kms:Encrypt").allowed
    assert '"kms:*"' in kms.get_key_policy(KeyId=key)["Policy"]
    assert administrator not in kms.get_key_policy(KeyId=key)["Policy"]
    assert desk.put() == ""
    assert administrator in kms.get_key_policy(KeyId=key)["Policy"]


def test_the_matrix_has_everybody_and_asks_no_kms(lab: Lab, alice: str, key: str) -> None:
    desk = Desk(lab, key)
    calls = lab.audit()["EventName"].to_list()
    matrix = desk.matrix()
    assert set(matrix) == {alice, desk.principals[0]}
    assert all(matrix[alice].values())
    assert "Encrypt" not in calls + lab.audit()["EventName"].to_list()


def test_conditions_on_the_context_are_looked_at(lab: Lab, alice: str, key: str) -> None:
    desk = Desk(lab, key)
    document = json.loads(only(alice))
    document["Statement"][0]["Condition"] = {"StringEquals": {"kms:EncryptionContext:app": "payroll"}}
    desk.suppose(json.dumps(document))
    assert desk.ask(alice, "kms:Decrypt", {"app": "payroll"}).allowed
    assert not desk.ask(alice, "kms:Decrypt", {"app": "board"}).allowed


def test_what_cannot_be_put_is_refused_in_aws_s_words(lab: Lab, alice: str, key: str) -> None:
    desk = Desk(lab, key)
    before = desk.policy
    assert desk.suppose("{").startswith("This is not JSON")
    assert desk.policy == before
    desk.suppose('{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}')
    assert "MalformedPolicyDocumentException" in desk.put()


def test_without_keys_there_is_nothing_to_ask(lab: Lab) -> None:
    with pytest.raises(ValueError, match="no key"):
        Desk(lab)


def test_the_controls_do_what_the_model_does(lab: Lab, alice: str, key: str, tell: Any) -> None:
    desk = PolicyDesk(lab, key)
    tell(desk.who, {"index": 1})
    assert "would be allowed" in desk.answer.value
    tell(desk.policy, {"value": only(desk.model.principals[0])})
    desk.suppose._handle_custom_msg({"event": "click"}, [])
    assert "would be denied" in desk.answer.value
    assert "✗ no" in desk.matrix.value
    assert "Supposed, not put" in desk.said.value
    tell(desk.context, {"value": "{"})
    assert "not JSON" in desk.answer.value
    controls = (desk.who, desk.action, desk.key, desk.context, desk.policy, desk.suppose, desk.put)
    assert all(control.description for control in controls)
