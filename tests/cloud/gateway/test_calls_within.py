"""What one service asks of another: the same path, the same transaction, an event of its own."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.core.service import Service
from labkit.cloud.gateway import directory
from labkit.cloud.services.sts import Sts
from tests.conftest import MakeClient


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have STS's GetCallerIdentity do what a test says first, with the service in its hands."""

    def install(work: Any) -> None:
        genuine = Sts.get_caller_identity

        def get_caller_identity(self: Service) -> dict[str, str]:
            work(self)
            return genuine(self)  # type: ignore[arg-type]

        monkeypatch.setattr(Sts, "get_caller_identity", get_caller_identity)
        directory.find_built.cache_clear()

    return install


def names(client: MakeClient) -> list[str]:
    """The names of all events, oldest first."""
    events = client("cloudtrail").lookup_events()["Events"]
    return [event["EventName"] for event in reversed(events)]


def test_a_service_calls_another_on_its_caller_s_behalf(
    lab: Lab, kms: Any, client: MakeClient, asking: Any
) -> None:
    asking(lambda sts: sts.ask("kms", "CreateKey", Description="made within"))
    client("sts").get_caller_identity()
    (key,) = kms.list_keys()["Keys"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "made within"
    call = lab.trace.last("GetCallerIdentity").call
    assert [inner.via for inner in call.inner] == [("sts.amazonaws.com",)]
    assert [inner.principal for inner in call.inner] == [call.principal]
    assert names(client)[:2] == ["CreateKey", "GetCallerIdentity"]


def test_what_was_done_within_is_undone_with_the_call_and_stays_on_record(
    lab: Lab, kms: Any, client: MakeClient, asking: Any
) -> None:
    def fail(sts: Service) -> None:
        sts.ask("kms", "CreateKey")
        sts.ask("kms", "DescribeKey", KeyId="alias/nothing")

    asking(fail)
    with pytest.raises(ClientError, match="NotFoundException"):
        client("sts").get_caller_identity()
    assert kms.list_keys()["Keys"] == []
    assert names(client)[:3] == ["CreateKey", "DescribeKey", "GetCallerIdentity"]


def test_the_other_service_checks_what_it_is_asked(lab: Lab, client: MakeClient, asking: Any) -> None:
    asking(lambda sts: sts.ask("kms", "GenerateRandom", NumberOfBytes=5000))
    with pytest.raises(ClientError, match="numberOfBytes"):
        client("sts").get_caller_identity()


def test_a_service_may_ask_as_itself_and_in_another_region(lab: Lab, client: MakeClient, asking: Any) -> None:
    asking(lambda sts: sts.ask("kms", "ListKeys", itself=True, region="eu-west-1"))
    with pytest.raises(ClientError, match=r"sts\.amazonaws\.com is not authorized to perform: kms:ListKeys"):
        client("sts").get_caller_identity()
