"""Inline policies, which users, roles and groups have in the same way."""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from labkit import Lab
from tests.cloud.identity.world import document, root_of, trust
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.conftest import ACCOUNT, MakeClient

KINDS = {"user": 2048, "role": 10240, "group": 5120}


class Owner(NamedTuple):
    """An identity of one kind, and the operations on its inline policies."""

    iam: Any
    kind: str
    name: dict[str, str]

    def call(self, verb: str, plural: str = "policy", **parameters: Any) -> Any:
        return getattr(self.iam, f"{verb}_{self.kind}_{plural}")(**self.name, **parameters)

    def refused(self, verb: str, plural: str = "policy", **parameters: Any) -> Refusal:
        return refusal(getattr(self.iam, f"{verb}_{self.kind}_{plural}"), **{**self.name, **parameters})


@pytest.fixture(params=KINDS)
def owner(request: pytest.FixtureRequest, lab: Lab, client: MakeClient) -> Owner:
    iam, kind = client("iam"), request.param
    name = {f"{kind.title()}Name": "bob"}
    if kind == "role":
        iam.create_role(RoleName="bob", AssumeRolePolicyDocument=trust(root_of(ACCOUNT)))
    else:
        getattr(iam, f"create_{kind}")(**name)
    return Owner(iam, kind, name)


def test_a_policy_is_put_read_replaced_and_deleted(owner: Owner) -> None:
    owner.call("put", PolicyName="b", PolicyDocument=document("kms:*"))
    owner.call("put", PolicyName="a", PolicyDocument=document("s3:*"))
    owner.call("put", PolicyName="b", PolicyDocument=document("kms:Sign"))
    assert owner.call("list", "policies")["PolicyNames"] == ["a", "b"]
    found = owner.call("get", PolicyName="b")
    assert found["PolicyDocument"] == json.loads(document("kms:Sign"))
    assert found[f"{owner.kind.title()}Name"] == "bob"
    assert owner.call("list", "policies", MaxItems=1)["PolicyNames"] == ["a"]
    owner.call("delete", PolicyName="b")
    missing = Refusal("NoSuchEntity", f"The {owner.kind} policy with name b cannot be found.", 404)
    assert owner.refused("get", PolicyName="b") == missing
    assert owner.refused("delete", PolicyName="b") == missing


def test_the_text_is_kept_letter_by_letter_and_sent_encoded(owner: Owner, lab: Lab) -> None:
    text = document("kms:*").replace(", ", " ,\n\t")
    owner.call("put", PolicyName="a", PolicyDocument=text)
    owner.call("get", PolicyName="a")
    answer = lab.gateway.calls[-1].response
    assert answer is not None
    assert f"<PolicyDocument>{quote(text, safe='')}</PolicyDocument>".encode() in answer.body


def test_nobody_there_nothing_put(owner: Owner) -> None:
    nobody = {f"{owner.kind.title()}Name": "nobody"}
    missing = Refusal("NoSuchEntity", f"The {owner.kind} with name nobody cannot be found.", 404)
    assert owner.refused("put", PolicyName="a", PolicyDocument="{", **nobody) == missing
    assert owner.refused("get", PolicyName="a", **nobody) == missing
    assert owner.refused("list", "policies", **nobody) == missing
    assert owner.refused("delete", PolicyName="a", **nobody) == missing


@pytest.mark.parametrize("text", ["{", "[]", "null", document("kms:*", effect="Maybe")])
def test_what_is_put_must_be_a_policy(owner: Owner, text: str) -> None:
    refused = owner.refused("put", PolicyName="a", PolicyDocument=text)
    assert (refused.code, refused.status) == ("MalformedPolicyDocument", 400)


def test_a_policy_of_an_identity_names_no_principal(owner: Owner) -> None:
    refused = owner.refused("put", PolicyName="a", PolicyDocument=document("kms:*", Principal="*"))
    assert refused == Refusal(
        "MalformedPolicyDocument", "Policy document should not specify a principal.", 400
    )


def test_all_policies_together_have_a_limit_and_spaces_are_free(owner: Owner) -> None:
    limit = KINDS[owner.kind]

    def of_size(count: int) -> str:
        text = document("kms:*", Sid="")
        dense = len(re.sub(r"\s", "", text))
        return text.replace('"Sid": ""', '"Sid": "' + "x" * (count - dense) + '"')

    owner.call("put", PolicyName="a", PolicyDocument=of_size(1000))
    owner.call("put", PolicyName="b", PolicyDocument=of_size(limit - 1000) + " " * 3000)
    refused = owner.refused("put", PolicyName="b", PolicyDocument=of_size(limit - 999))
    text = f"Maximum policy size of {limit} bytes exceeded for {owner.kind} bob"
    assert refused == Refusal("LimitExceeded", text, 409)
