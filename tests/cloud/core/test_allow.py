"""A service's question whether it may: what is noted, what is raised, and in which words."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit import Lab
from labkit.cloud.core.call import Call
from labkit.cloud.core.service import Service
from labkit.cloud.policy.decision import StatementOutcome
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.protocols.messages import HttpRequest
from tests.cloud.policy.callers import ANN, KEY, NOBODY, allowing, bound, policy, statement

VIA = {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}


def service(lab: Lab, principal: Principal, name: str = "kms", operation: str = "Encrypt") -> Service:
    """A service that is answering a call of `principal`."""
    request = HttpRequest("POST", "https", f"{name}.eu-west-1.amazonaws.com", "/")
    call = Call(request, "id", datetime(2026, 4, 1, tzinfo=UTC), name, "eu-west-1", (), principal)
    call.contract = contract(name)
    call.operation = call.contract.operations[operation]
    kind = type("Example", (Service,), {"name": name})
    made: Service = kind(lab.gateway.cloud, call, principal)
    return made


def refusal(asking: Service, *arguments: Any, **options: Any) -> tuple[str, int, str]:
    with pytest.raises(AwsError) as caught:
        asking.allow(*arguments, **options)
    return caught.value.code, caught.value.status, caught.value.message


def test_a_denial_is_worded_as_aws_words_it(lab: Lab) -> None:
    reason = "because no identity-based policy allows the kms:Encrypt action"
    for resource in (KEY, "*"):
        sentence = (
            f"User: {ANN.arn} is not authorized to perform: kms:Encrypt on resource: {resource} {reason}"
        )
        assert refusal(service(lab, ANN), resource) == ("AccessDeniedException", 400, sentence)


@pytest.mark.parametrize(
    ("name", "operation"), [("sts", "AssumeRole"), ("iam", "CreateUser"), ("s3", "GetObject")]
)
def test_the_services_that_speak_xml_have_a_code_of_their_own(lab: Lab, name: str, operation: str) -> None:
    code, status, _ = refusal(service(lab, ANN, name, operation), "*")
    assert (code, status) == ("AccessDenied", 403)


def test_whoever_signed_nothing_is_called_anonymous(lab: Lab) -> None:
    assert "User: anonymous is not authorized" in refusal(service(lab, NOBODY), KEY, policy=None)[2]


def test_a_decision_is_noted_with_its_resource_whichever_way_it_goes(lab: Lab) -> None:
    asking = service(lab, bound(ANN, allowing("kms:Encrypt")))
    asking.allow(KEY)
    asking.allow("*")
    refusal(asking, KEY, "kms:ReEncryptTo")
    assert [(one.action, one.allowed) for one in asking.call.decisions] == [
        ("kms:Encrypt", True),
        ("kms:Encrypt", True),
        ("kms:ReEncryptTo", False),
    ]
    assert asking.call.resources == [KEY, KEY]


def test_the_service_s_own_facts_stand_beside_the_global_ones(lab: Lab) -> None:
    both = VIA | {"Bool": {"aws:SecureTransport": "true"}}
    asking = service(lab, bound(ANN, allowing(Condition=both)))
    asking.allow(KEY, facts=lambda: {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"})
    assert refusal(asking, KEY)[0] == "AccessDeniedException"
    assert refusal(asking, KEY, facts=lambda: {"kms:ViaService": "rds"})[0] == "AccessDeniedException"


def test_a_rooted_resource_and_one_of_another_account_need_their_own_policy(lab: Lab) -> None:
    asking = service(lab, bound(ANN, allowing()))
    assert "no resource-based policy" in refusal(asking, KEY, rooted=True)[2]
    assert "no resource-based policy" in refusal(asking, "arn:aws:s3:::bucket", owner="444455556666")[2]
    asking.allow(KEY, policy=allowing(Principal={"AWS": ANN.account}), rooted=True)


def test_a_grant_allows_what_no_policy_does_and_not_what_one_denies(lab: Lab) -> None:
    def grants() -> Iterable[StatementOutcome]:
        yield StatementOutcome("grants", "grant", "abcd", "Allow", True, "", "it permits Encrypt")

    asking = service(lab, ANN)
    asking.allow(KEY, rooted=True, grants=grants)
    assert asking.call.decisions[-1].reason == "grant abcd allows it"
    denying = policy(statement("Deny", Principal="*"))
    assert "explicit deny" in refusal(asking, KEY, policy=denying, rooted=True, grants=grants)[2]
