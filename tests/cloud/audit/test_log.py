"""The log finds what a plain list would find, forgets after 90 days, and never forgets a key's last use."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.cloud.audit.event import KMS, Action, Event, Identity
from labkit.cloud.audit.log import EventLog, event_log, find_event, newest_events
from labkit.cloud.state.journal import Journal
from labkit.cloud.state.store import Store
from labkit.cloud.state.tables import Scope
from tests.cloud.audit.events import ACCOUNT, REGION, START, event, key_arn, matches

ATTRIBUTES = {
    "EventName": ["Encrypt", "DisableKey", "GetCallerIdentity", "Nothing"],
    "EventSource": [KMS, "sts.amazonaws.com"],
    "ReadOnly": ["true", "false"],
    "Username": ["alice", "bob", "nobody"],
    "AccessKeyId": ["AKIA1", "AKIA2"],
    "ResourceName": [key_arn("a"), key_arn("b"), key_arn("c")],
    "ResourceType": ["AWS::KMS::Key", "AWS::IAM::User"],
}
ACTIONS = [
    Action("Encrypt", KMS, True),
    Action("DisableKey", KMS, False),
    Action("GetCallerIdentity", "sts.amazonaws.com", True),
]
PEOPLE = [
    Identity("IAMUser", ACCOUNT, "AIDA1", "arn1", "alice", "AKIA1"),
    Identity("IAMUser", ACCOUNT, "AIDA2", "arn2", "bob", "AKIA2"),
]
RESOURCES = [(), (key_arn("a"),), (key_arn("a"), key_arn("b")), ("arn:aws:iam::123456789012:user/alice",)]
KINDS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(PEOPLE), st.sampled_from(RESOURCES)), max_size=150
)
MINUTES = st.none() | st.integers(-5, 160)


def new_log() -> EventLog:
    return EventLog(Scope(ACCOUNT, REGION))


def minute(number: int | None) -> datetime | None:
    return None if number is None else START + timedelta(minutes=number)


@given(KINDS, st.sampled_from(sorted(ATTRIBUTES)), st.data(), MINUTES, MINUTES, st.integers(1, 60))
@settings(deadline=None, max_examples=60)
def test_every_page_is_what_a_plain_list_would_give(
    kinds: list[tuple[Action, Identity, tuple[str, ...]]],
    attribute: str,
    data: st.DataObject,
    start: int | None,
    end: int | None,
    limit: int,
) -> None:
    log, plain = new_log(), []
    for number, (action, identity, resources) in enumerate(kinds):
        made = event(number, Action=action, Identity=identity, Resources=resources)
        log.take(made)
        plain.append(made)
    value = data.draw(st.sampled_from(ATTRIBUTES[attribute]))
    expected = [
        one
        for number, one in reversed(list(enumerate(plain)))
        if matches(one, attribute, value)
        and (start is None or number >= start)
        and (end is None or number <= end)
    ]
    found: list[Event] = []
    before = None
    while page := log.page(
        attribute=(attribute, value), start=minute(start), end=minute(end), before=before, limit=limit
    ):
        assert len(page) <= limit
        found += [one for _, one in page]
        before = page[-1][0]
    assert found == expected


def test_an_event_comes_back_as_it_went_in() -> None:
    log = new_log()
    whole = event(
        0,
        Answer='{"a":1}',
        Additional='{"b":"c"}',
        ErrorCode="E",
        ErrorMessage="it went wrong",
        SharedEventId=event().EventId,
        EventTime=START + timedelta(microseconds=123_457),
    )
    bare = Event(whole.EventId, START, whole.Action, whole.Identity, whole.Origin)
    for one in (whole, bare, event(1)):
        log.take(one)
        assert log.page(limit=1)[0][1] == one


def test_an_event_is_found_by_its_id_among_many() -> None:
    log = new_log()
    made = [event(number) for number in range(5000)]
    for one in made:
        log.take(one)
    assert [log.find(one.EventId) for one in made[::500]] == made[::500]
    for unknown in (event().EventId, "", "no id at all", made[0].EventId[:-1]):
        assert log.find(unknown) is None


def test_what_is_older_than_90_days_is_gone_from_every_list() -> None:
    log = new_log()
    old = [event(number) for number in range(300)]
    for one in old:
        log.take(one)
    late = 90 * 24 * 60 + 100
    fresh = [event(late + number) for number in range(10)]
    for number, one in enumerate(fresh):
        log.take(one)
        everything = [two for _, two in log.page(limit=1000)]
        assert everything[: number + 1] == fresh[number::-1]
        assert everything[number + 1 :] == old[: 100 + number - 1 : -1]
    assert len(log) == 10 + 300 - 109
    by_name = log.page(attribute=("EventName", "Encrypt"), limit=1000)
    assert [one for _, one in by_name] == [two for _, two in log.page(limit=1000)]
    assert log.find(old[0].EventId) is None
    assert log.find(old[200].EventId) == old[200]
    log.take(event(late * 3))
    assert len(log) == 1
    assert log.page(attribute=("EventName", "Encrypt"), before=100, limit=5) == []


def test_a_clock_that_steps_back_loses_nothing() -> None:
    log = new_log()
    times = [10, 11, 9, 12]
    for number in times:
        log.take(event(number))
    assert len(log.page(start=minute(0), end=minute(60), limit=50)) == 4
    assert [one.EventTime for _, one in log.page(limit=1, start=minute(12))] == [minute(12)]


class TestLastUse:
    def test_only_a_successful_cryptographic_use_counts(self) -> None:
        log = new_log()
        used = event(0)
        for one in (
            used,
            event(1, ErrorCode="DisabledException"),
            event(2, Action=Action("DescribeKey", KMS, True)),
            event(3, Action=Action("Encrypt", "other.amazonaws.com", True)),
        ):
            log.take(one)
        assert log.last_use(key_arn("a")) == used
        assert log.last_use(key_arn("b")) is None

    def test_both_keys_of_a_re_encryption_are_used(self) -> None:
        log = new_log()
        moved = event(0, Action=Action("ReEncrypt", KMS, True), Resources=(key_arn("a"), key_arn("b")))
        log.take(moved)
        log.take(again := event(1))
        assert (log.last_use(key_arn("a")), log.last_use(key_arn("b"))) == (again, moved)

    def test_another_account_s_key_is_that_account_s_business(self) -> None:
        log = new_log()
        foreign = key_arn("a", "111122223333")
        log.take(event(0, Resources=(foreign,)))
        assert log.last_use(foreign) is None

    def test_it_outlives_the_history(self) -> None:
        log = new_log()
        log.take(used := event(0))
        for number in range(200):
            log.take(event(200 * 24 * 60 + number, Resources=()))
        assert log.find(used.EventId) is None
        assert log.last_use(key_arn("a")) == used


def open_store(path: Path) -> Store:
    return Store(Journal(path))


def write(store: Store, made: list[Event]) -> None:
    for one in made:
        with store.transaction:
            store.append(event_log(store, ACCOUNT, REGION), one)


class TestFile:
    def test_a_log_is_there_again(self, tmp_path: Path) -> None:
        made = [event(number, ErrorCode="E" if number % 7 else "") for number in range(150)]
        store = open_store(tmp_path / "a.lab")
        write(store, made)
        store.close()
        store = open_store(tmp_path / "a.lab")
        (log,) = store.logs(EventLog)
        assert (log.scope, [one for _, one in log.page(limit=1000)]) == ((ACCOUNT, REGION), made[::-1])
        write(store, [more := event(150)])
        assert [one for _, one in log.page(limit=2)] == [more, made[-1]]
        assert log.last_use(key_arn("a")) == more
        store.close()

    def test_the_file_shrinks_and_keeps_the_last_use_of_each_key(self, tmp_path: Path) -> None:
        path = tmp_path / "a.lab"
        store = open_store(path)
        late = 100 * 24 * 60
        write(store, [first := event(0, Resources=(key_arn("old"),)), *map(event, range(1, 200))])
        write(store, [event(late + number, Resources=(key_arn("new"),)) for number in range(260)])
        assert self.lines(store) < 300
        store.close()
        for _ in range(2):  # opened with gaps in its numbers, and once more
            store = open_store(path)
            log = event_log(store, ACCOUNT, REGION)
            assert len(log) == 260
            assert log.find(first.EventId) is None
            assert log.last_use(key_arn("old")) == first
            assert log.last_use(key_arn("a")) is not None
            store.close()

    def test_a_superseded_last_use_leaves_the_file(self, tmp_path: Path) -> None:
        store = open_store(tmp_path / "a.lab")
        late = 100 * 24 * 60
        write(store, [event(0)])
        write(store, [event(late + number, Resources=()) for number in range(70)])
        write(store, [event(late + 70)])
        store.close()
        store = open_store(tmp_path / "a.lab")
        assert self.lines(store) == 72
        write(store, [event(late + 71 + number, Resources=()) for number in range(70)])
        assert self.lines(store) == 141
        store.close()

    @staticmethod
    def lines(store: Store) -> int:
        journal = store._journal
        assert journal is not None
        return len(list(journal.lines(Scope(ACCOUNT, REGION), EventLog.name)))


class TestTransactions:
    def test_what_was_tried_stays_written_down_though_it_is_undone(self, tmp_path: Path) -> None:
        for store in (Store(), open_store(tmp_path / "a.lab")):
            log, tried = event_log(store, ACCOUNT, REGION), event()
            with pytest.raises(LookupError), store.transaction:
                store.append(log, tried)
                raise LookupError
            assert log.find(tried.EventId) == tried
            store.close()
        again = open_store(tmp_path / "a.lab")
        assert len(event_log(again, ACCOUNT, REGION)) == 1
        again.close()

    def test_what_could_not_be_written_is_in_no_log(self, tmp_path: Path) -> None:
        store = open_store(tmp_path / "a.lab")
        log = event_log(store, ACCOUNT, REGION)
        write(store, [event(0)])
        with pytest.raises(TypeError), store.transaction:
            store.append(log, event(1))
            store.append(log, msgspec.structs.replace(event(2), EventTime=object()))
        assert len(log) == 1
        write(store, [event(3)])
        assert len(log) == 2
        store.close()

    def test_a_log_is_not_written_to_outside_a_transaction(self) -> None:
        store = Store()
        with pytest.raises(RuntimeError, match="audit was written to outside a transaction"):
            store.append(event_log(store, ACCOUNT, REGION), event())


def test_the_newest_events_of_all_accounts_and_regions_come_in_order_of_time() -> None:
    store = Store()
    made = [event(number) for number in range(30)]
    with store.transaction:
        for number, one in enumerate(made):
            account = (ACCOUNT, "111122223333")[number % 2]
            store.append(event_log(store, account, ("us-east-1", "eu-west-1")[number % 3 % 2]), one)
    assert [one.event for one in newest_events(store, 12)] == made[:-13:-1]
    found = find_event(store, made[7].EventId)
    assert found == (("111122223333", "eu-west-1"), made[7])
