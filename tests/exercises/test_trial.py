"""A trial: the student's function in a fresh lab, whatever it does, and their own lab left alone."""

import os
from typing import Any

import boto3
import pytest

from labkit.exercises.exercise import Exercise, Missed, NotYet, no_more
from labkit.exercises.trial import Trial
from labkit.lab import Lab

CELL = 'def f(x):\n    """Do it."""\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n'
EXERCISE = Exercise("99-any", "Any", 1, "Do.", CELL, no_more)


def trial(**namespace: Any) -> Trial:
    return Trial(EXERCISE.stub, namespace)


def typed(cell: str) -> Trial:
    namespace: dict[str, Any] = {}
    exec(compile(cell, "<cell>", "exec"), namespace)
    return Trial(EXERCISE.stub, namespace)


def test_only_the_students_calls_are_told_and_all_their_clients_count() -> None:
    def f(kms: Any) -> None:
        kms.create_key()
        boto3.client("kms").list_keys()

    with trial(f=f) as tried:
        tried.client("kms").create_key()
        tried.call("f", tried.student("kms"))
        tried.student("kms").list_aliases()
        assert [event["eventName"] for event in tried.events()] == ["CreateKey", "ListKeys"]
        assert len(tried.events("CreateKey")) == 1


def test_an_error_that_is_wanted_is_handed_over_and_other_faults_are_missed_as_ever() -> None:
    def f(x: int) -> float:
        return 1 / x

    with trial(f=f) as tried:
        assert isinstance(tried.error_of("f", 0), ZeroDivisionError)
        assert tried.error_of("f", 1) is None
    with trial() as tried, pytest.raises(NotYet):
        tried.error_of("f", 0)


def test_a_user_of_iam_s_calls_are_theirs() -> None:
    with trial() as tried:
        iam = tried.client("iam")
        iam.create_user(UserName="ann")
        ann = tried.as_user("sts", iam.create_access_key(UserName="ann")["AccessKey"])
        assert ann.get_caller_identity()["Arn"].endswith(":user/ann")


def test_events_of_the_last_call_and_of_other_regions_and_refused_ones() -> None:
    def f(kms: Any, key_id: str) -> None:
        try:
            kms.describe_key(KeyId=key_id)
        except kms.exceptions.NotFoundException:
            kms.list_keys()

    with trial(f=f) as tried:
        tried.call("f", tried.student("kms"), tried.client("kms").create_key()["KeyMetadata"]["KeyId"])
        tried.call("f", tried.student("kms", "eu-west-1"), "1234abcd-12ab-34cd-56ef-1234567890ab")
        last = tried.events(last_call=True)
        assert [event["eventName"] for event in last] == ["DescribeKey", "ListKeys"]
        assert last[0]["errorCode"] == "NotFoundException"
        assert {event["awsRegion"] for event in last} == {"eu-west-1"}
        assert len(tried.events()) == 3


def test_a_trial_puts_back_what_a_serving_lab_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with Lab() as lab:
        lab.serve()
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
        before = dict(os.environ)
        with trial() as tried:
            tried.student("kms").create_key()
            boto3.client("kms").create_key()
            assert len(tried.lab.keys()) == 2
        assert dict(os.environ) == before
        assert len(lab.keys()) == 0
        assert boto3.client("sts").meta.endpoint_url == os.environ["AWS_ENDPOINT_URL"]


def test_a_function_that_calls_the_students_own_lab_is_told_so() -> None:
    with Lab() as lab:
        lab.serve()
        own = boto3.client("kms")
        with Trial(EXERCISE.stub, {"lab": lab, "f": lambda key: own.describe_key(KeyId=key)}) as tried:
            key = tried.client("kms").create_key()["KeyMetadata"]["KeyId"]
            with pytest.raises(Missed) as missed:
                tried.call("f", key)
    assert "NotFoundException" in missed.value.came
    assert "it called your own lab" in missed.value.came


@pytest.mark.parametrize(
    ("cell", "came"),
    [
        ("def f():\n    1 / 0", "ZeroDivisionError: division by zero (line 2 of the cell)"),
        ("def f():\n    raise SystemExit(0)", "SystemExit: 0 (line 2 of the cell)"),
        ("def f():\n    return f()", "RecursionError: maximum recursion depth exceeded"),
        ("def f(x):\n    return 1", "TypeError: f() missing 1 required positional argument: 'x'"),
        ("f = 3", "3"),
    ],
)
def test_a_function_that_breaks_is_a_miss_with_the_last_line(cell: str, came: str) -> None:
    with typed(cell) as tried, pytest.raises(Missed) as missed:
        tried.call("f")
    assert missed.value.came.startswith(came)


def test_the_student_may_interrupt() -> None:
    with typed("def f():\n    raise KeyboardInterrupt") as tried, pytest.raises(KeyboardInterrupt):
        tried.call("f")


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "f = ...",
        EXERCISE.stub,
        "def f(x): pass",
        "def f(x):\n    'Do it, I say.'\n    return None",
        "def f(x): return ...",
    ],
)
def test_what_is_still_to_be_written_is_no_miss(cell: str) -> None:
    with typed(cell) as tried, pytest.raises(NotYet):
        tried.call("f", 1)


@pytest.mark.parametrize("answer", ["'text'", "b''", "0", "False"])
def test_a_constant_is_an_answer(answer: str) -> None:
    with typed(f"def f(x):\n    return {answer}") as tried:
        assert tried.call("f", 1) == eval(answer)


def test_what_is_printed_is_kept_back_and_told_where_nothing_is_returned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with typed("def f(x):\n    print(x * 2)") as tried, pytest.raises(Missed) as missed:
        tried.expect(tried.call("f", 21) == 42, "42", None)
    assert capsys.readouterr().out == ""
    assert missed.value.came == "None; it printed '42', but returned nothing"


class Yes:
    """Equal to everything."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        return Yes()

    def __bool__(self) -> bool:
        return True


def test_an_object_that_equals_everything_fools_nobody() -> None:
    with trial() as tried:
        assert not tried.same(Yes(), 1)
        with pytest.raises(Missed):
            tried.expect(Yes() == 1, "1", Yes())


def test_variables_and_the_students_own_lab() -> None:
    with trial(state="Enabled", blank=..., my=Lab()) as tried:
        assert tried.value("state") == "Enabled"
        assert isinstance(tried.own_lab, Lab)
        assert tried.own_lab is not tried.lab
        for name in ("blank", "missing"):
            with pytest.raises(NotYet, match=name):
                tried.value(name)
    with trial() as tried, pytest.raises(NotYet, match="no lab"):
        _ = tried.own_lab
