"""A method that is a generator acts in several transactions, and the lab is free in between."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.core.cloud import ClockSetting
from labkit.cloud.core.outside import Outside, Steps
from labkit.cloud.core.service import Service
from labkit.cloud.gateway import directory
from labkit.cloud.services.sts import Sts
from tests.conftest import MakeClient

Work = Callable[[Service], Steps]
ALIAS = "alias/made-before"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have STS's GetCallerIdentity take the steps of a test, then answer as ever."""

    def install(work: Work) -> None:
        genuine = Sts.get_caller_identity

        def get_caller_identity(self: Any) -> Steps:
            answer: dict[str, Any] = genuine(self)
            yield from work(self)
            return answer

        monkeypatch.setattr(Sts, "get_caller_identity", get_caller_identity)
        directory.find_built.cache_clear()

    yield install
    directory.find_built.cache_clear()


def descriptions(kms: Any) -> list[str]:
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return sorted(key["Description"] for key in keys)


def test_other_threads_call_while_the_work_is_done(lab: Lab, kms: Any, client: MakeClient, slow: Any) -> None:
    def from_another_thread() -> str:
        thread = Thread(target=lambda: kms.create_key(Description="another thread's"))
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
        return "done"

    outcomes: list[str] = []

    def work(sts: Service) -> Steps:
        outcomes.append((yield Outside(from_another_thread)))
        return {}

    slow(work)
    client("sts").get_caller_identity()
    assert outcomes == ["done"]
    assert descriptions(kms) == ["another thread's"]


def test_the_work_itself_may_call_and_finds_what_was_done_before_it(
    lab: Lab, kms: Any, client: MakeClient, slow: Any
) -> None:
    seen: list[list[str]] = []

    def work(sts: Service) -> Steps:
        sts.ask("kms", "CreateKey", Description="before")
        yield Outside(lambda: seen.append(descriptions(kms)))
        sts.ask("kms", "CreateKey", Description="after")
        return {}

    slow(work)
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    assert seen == [["before"]]
    assert descriptions(kms) == ["after", "before"]
    changes = lab.trace.last("GetCallerIdentity").call.changes
    assert [change.after.Description for change in changes if change.table == "keys"] == ["before", "after"]


def test_an_error_undoes_what_came_after_the_work_and_nothing_before_it(
    lab: Lab, kms: Any, client: MakeClient, slow: Any
) -> None:
    def work(sts: Service) -> Steps:
        sts.ask("kms", "CreateKey", Description="before")
        yield Outside(lambda: kms.create_key(Description="meanwhile"))
        sts.ask("kms", "CreateKey", Description="after")
        sts.ask("kms", "DescribeKey", KeyId="alias/nothing")
        return {}

    slow(work)
    with pytest.raises(ClientError, match="NotFoundException"):
        client("sts").get_caller_identity()
    assert descriptions(kms) == ["before", "meanwhile"]


def test_an_exception_of_the_work_is_raised_where_it_was_asked_for(
    lab: Lab, client: MakeClient, slow: Any
) -> None:
    caught: list[str] = []

    def work(sts: Service) -> Steps:
        try:
            yield Outside(lambda: dict[str, str]()["missing"])
        except KeyError as error:
            caught.append(str(error))
        return {}

    slow(work)
    client("sts").get_caller_identity()
    assert caught == ["'missing'"]


def test_a_service_waits_for_another_one_s_steps(
    lab: Lab, kms: Any, client: MakeClient, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(sts: Service) -> Steps:
        yield Outside(lambda: kms.create_key(Description="work"))
        return {}

    slow(work)
    answers: list[dict[str, Any]] = []

    def get_session_token(self: Any, **_: Any) -> Steps:
        self.allow_everybody("a test")
        answers.append((yield from self.ask_and_wait("sts", "GetCallerIdentity")))
        return {}

    monkeypatch.setattr(Sts, "get_session_token", get_session_token)
    directory.find_built.cache_clear()
    client("sts").get_session_token()
    assert [answer["Account"] for answer in answers] == ["123456789012"]
    assert descriptions(kms) == ["work"]
    (inner,) = lab.trace.last("GetSessionToken").call.inner
    assert inner.operation is not None
    assert inner.operation.name == "GetCallerIdentity"


def test_who_does_not_wait_for_an_operation_that_takes_a_while_has_a_defect(
    client: MakeClient, slow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(sts: Service) -> Steps:
        yield Outside(lambda: None)
        return {}

    slow(work)
    monkeypatch.setattr(Sts, "get_session_token", lambda self: self.ask("sts", "GetCallerIdentity"))
    directory.find_built.cache_clear()
    with Lab(), pytest.raises(ClientError, match="InternalFailure"):
        client("sts").get_session_token()


def test_the_agenda_waits_for_work_and_others_call_meanwhile(
    lab: Lab, kms: Any, client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def _first(self: Service) -> Steps:
        order.append("first")
        yield Outside(lambda: kms.create_key(Description="meanwhile"))
        order.append("first again")
        return {}

    monkeypatch.setattr(Sts, "_first", _first, raising=False)
    monkeypatch.setattr(Sts, "_second", lambda self: order.append("second"), raising=False)

    def plan(self: Any) -> dict[str, str]:
        self.allow_everybody("a test")
        self.plan("one", self.now + timedelta(days=1), "_first", {})
        self.plan("two", self.now + timedelta(days=1), "_second", {})
        return {}

    monkeypatch.setattr(Sts, "get_caller_identity", plan)
    directory.find_built.cache_clear()
    client("sts").get_caller_identity()
    directory.find_built.cache_clear()
    lab.clock.advance(days=2)
    # The call of the work did not carry out the second entry, though it was due: one is at work at a time.
    assert order == ["first", "first again", "second"]
    assert descriptions(kms) == ["meanwhile"]


def test_a_lab_closes_what_its_parts_opened_the_youngest_first(lab: Lab) -> None:
    closed: list[str] = []
    lab.cloud.at_close.callback(closed.append, "first")
    lab.cloud.at_close.callback(closed.append, "second")
    lab.close()
    assert closed == ["second", "first"]


def test_a_lab_that_is_closed_while_a_call_waits_outside_keeps_what_it_acknowledged(
    client: MakeClient, slow: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outside, closed = Event(), Event()

    def wait() -> None:
        outside.set()
        assert closed.wait(20)

    def work(sts: Service) -> Steps:
        sts.ask("kms", "CreateKey", Description="before")
        yield Outside(wait)
        sts.ask("kms", "CreateKey", Description="after")
        return {}

    slow(work)
    file, told = tmp_path / "class.lab", list[str]()

    def ask() -> None:
        with pytest.raises(ClientError) as refused:
            client("sts").get_caller_identity()
        told.append(refused.value.response["Error"]["Code"])

    with Lab(file):
        thread = Thread(target=ask)
        thread.start()
        assert outside.wait(20)
    closed.set()
    thread.join(20)
    assert told == ["ServiceUnavailable"]
    assert not caplog.records
    with Lab(file):
        assert descriptions(boto3.client("kms", region_name="us-east-1")) == ["before"]


def test_an_entry_of_the_agenda_that_is_outside_ends_with_its_lab(
    client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outside, closed, order = Event(), Event(), list[str]()

    def wait() -> None:
        outside.set()
        assert closed.wait(20)

    def _wait(self: Service) -> Steps:
        yield Outside(wait)
        order.append("went on")
        return {}

    def plan(self: Any) -> dict[str, str]:
        self.allow_everybody("a test")
        self.plan("one", self.now, "_wait", {})
        return {}

    monkeypatch.setattr(Sts, "_wait", _wait, raising=False)
    monkeypatch.setattr(Sts, "get_caller_identity", plan)
    directory.find_built.cache_clear()
    with Lab(tmp_path / "class.lab"):
        thread = Thread(target=client("sts").get_caller_identity)
        thread.start()
        assert outside.wait(20)
    closed.set()
    thread.join(20)
    directory.find_built.cache_clear()
    assert not order
    assert not caplog.records


def test_closing_waits_for_the_call_that_is_at_work(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "class.lab").start()
    closing = Thread(target=lab.close)
    with lab.gateway.lock:
        closing.start()
        closing.join(0.2)
        with lab.cloud.store.transaction:  # the file is open as long as somebody has the lab
            lab.cloud.tables.clock.put(ClockSetting("clock", 0))
    closing.join(20)
    assert lab.cloud.store.closed
