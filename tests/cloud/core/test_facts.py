"""The global condition keys: which are there for whom, and with what value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.cloud.core.call import Call
from labkit.cloud.core.facts import global_facts
from labkit.cloud.policy.principal import Principal
from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace
from tests.cloud.policy.callers import (
    ACCOUNT,
    ANN,
    BUCKET,
    FEDERATED,
    KEY,
    LOGS,
    NOBODY,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
)

TIME = datetime(2026, 4, 1, tzinfo=UTC)


def call(*via: str, scheme: str = "https", headers: dict[str, str] | None = None) -> Call:
    request = HttpRequest(
        "POST", scheme, "kms.eu-west-1.amazonaws.com", "/", "", headers or {}, b"", "203.0.113.7"
    )
    return Call(request, "id", TIME, "kms", "eu-west-1", via)


@pytest.mark.parametrize(
    ("principal", "kind", "arn", "user_id", "name"),
    [
        (ROOT, "Account", ROOT.arn, ACCOUNT, None),
        (ANN, "User", ANN.arn, "AIDAANNANNANNANNA", "ann"),
        (SESSION, "AssumedRole", ROLE, "AROAAUDITORAUDITO:monday", None),
        (FEDERATED, "FederatedUser", FEDERATED.arn, f"{ACCOUNT}:guest", None),
        (LOGS, "Service", None, None, None),
        (NOBODY, "Anonymous", None, "anonymous", None),
    ],
)
def test_who_asks(
    principal: Principal, kind: str, arn: str | None, user_id: str | None, name: str | None
) -> None:
    """Source: IAM User Guide, "IAM policy elements: Variables and tags", "Principal key values"."""
    facts = global_facts(call(), principal, KEY)
    assert facts["aws:PrincipalType"] == kind
    assert facts.get("aws:PrincipalArn") == arn
    assert facts.get("aws:userid") == user_id
    assert facts.get("aws:username") == name
    assert facts.get("aws:PrincipalAccount") == (None if arn is None else ACCOUNT)


def test_a_service_is_known_by_its_name() -> None:
    facts = global_facts(call(), LOGS, KEY)
    assert facts["aws:PrincipalIsAWSService"] is True
    assert facts["aws:PrincipalServiceName"] == "logs.amazonaws.com"
    assert facts["aws:PrincipalServiceNamesList"] == ("logs.amazonaws.com",)
    assert global_facts(call(), ANN, KEY)["aws:PrincipalIsAWSService"] is False
    assert "aws:PrincipalServiceName" not in global_facts(call(), ANN, KEY)


def test_tags_of_the_principal() -> None:
    tagged = replace(ANN, tags=(("team", "red"), ("cost", "12")))
    facts = global_facts(call(), tagged, KEY)
    assert (facts["aws:PrincipalTag/team"], facts["aws:PrincipalTag/cost"]) == ("red", "12")


def test_what_came_with_the_session() -> None:
    told = {
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": "300",
        "aws:TokenIssueTime": "2026-03-31T23:00:00Z",
        "aws:SourceIdentity": "ann",
    }
    facts = global_facts(call(), replace(SESSION, facts=tuple(told.items())), KEY)
    assert {key: facts[key] for key in told} == told | {
        "aws:MultiFactorAuthPresent": True,
        "aws:MultiFactorAuthAge": 300,
    }
    assert not told.keys() & global_facts(call(), ANN, KEY).keys()


def test_when_and_where() -> None:
    facts = global_facts(call(), ANN, KEY)
    assert facts["aws:CurrentTime"] == TIME
    assert facts["aws:EpochTime"] == int(TIME.timestamp())
    assert facts["aws:RequestedRegion"] == "eu-west-1"
    assert facts["aws:SourceIp"] == "203.0.113.7"


@pytest.mark.parametrize(("scheme", "safe"), [("https", True), ("http", False)])
def test_how_it_came(scheme: str, safe: bool) -> None:
    sent = call(scheme=scheme, headers={"user-agent": "aws-cli/2", "referer": "https://example.com"})
    facts = global_facts(sent, ANN, KEY)
    assert facts["aws:SecureTransport"] is safe
    assert (facts["aws:UserAgent"], facts["aws:Referer"]) == ("aws-cli/2", "https://example.com")
    assert not {"aws:UserAgent", "aws:Referer"} & global_facts(call(), ANN, KEY).keys()


def test_a_call_that_a_service_makes_for_somebody_tells_through_which() -> None:
    facts = global_facts(call("cloudformation.amazonaws.com", "ssm.amazonaws.com"), ANN, KEY)
    assert facts["aws:ViaAWSService"] is True
    assert facts["aws:CalledVia"] == ("cloudformation.amazonaws.com", "ssm.amazonaws.com")
    assert facts["aws:CalledViaFirst"] == "cloudformation.amazonaws.com"
    assert facts["aws:CalledViaLast"] == "ssm.amazonaws.com"
    assert "aws:SourceIp" not in facts


@pytest.mark.parametrize(("via", "principal"), [((), ANN), (("ssm.amazonaws.com",), LOGS)])
def test_a_call_that_nobody_makes_for_somebody_tells_so(via: tuple[str, ...], principal: Principal) -> None:
    facts = global_facts(call(*via), principal, KEY)
    assert facts["aws:ViaAWSService"] is False
    assert not {"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"} & facts.keys()


@pytest.mark.parametrize(
    ("resource", "owner", "account"),
    [(KEY, "", ACCOUNT), (BUCKET, OTHER, OTHER), (BUCKET, "", None), ("*", "", None)],
)
def test_whose_resource_it_is(resource: str, owner: str, account: Any) -> None:
    assert global_facts(call(), ANN, resource, owner).get("aws:ResourceAccount") == account
