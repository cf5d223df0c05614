"""Values of students in messages, and equality that cannot be talked round."""

from typing import Any

import pytest

from labkit.exercises.shown import LONGEST, same, shown, told


class Loud(str):
    """Equal to everything, and its own longest description."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Broken:
    """Cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [b"\xff" * 32, b"k" * 4096, "s" * 4096, list(range(1000)), {"Plaintext": b"\0" * 100}, Loud("x" * 99)],
)
def test_a_long_value_is_cut(value: object) -> None:
    assert len(shown(value)) <= LONGEST + len("… (4096 characters)")


@pytest.mark.parametrize(("value", "text"), [(None, "None"), ("a", "'a'"), (b"a", "b'a'"), (1, "1")])
def test_a_short_value_is_shown_whole(value: object, text: str) -> None:
    assert shown(value) == text


def test_how_long_it_is_is_told() -> None:
    assert shown(b"k" * 4096).endswith("… (4096 bytes)")


def test_an_object_that_cannot_be_shown_is_named_by_its_class() -> None:
    assert shown(Broken()) == "an object of class Broken"


def test_a_sentence_stands_as_it_is_but_a_secret_in_it_is_cut() -> None:
    sentence = "the decrypted text was five bytes shorter than what went in at first"
    assert told(sentence) == sentence
    assert told(f"came {'A' * 88}") == f"came {'A' * LONGEST}…"


@pytest.mark.parametrize("value", [1, "a", b"a", None, True, [1, ["a"]], {"a": (1, b"2")}, {1, 2}, 1.5])
def test_equal_values_are_the_same(value: Any) -> None:
    assert same(value, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 1),
        (1.0, 1),
        (bytearray(b"a"), b"a"),
        (Loud("a"), "a"),
        ([Loud("a")], ["a"]),
        ({"a": True}, {"a": 1}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1], [1, 2]),
        ((1,), [1]),
        ({1}, {2}),
        (float("nan"), 1.0),
        ("a", "b"),
    ],
)
def test_what_differs_in_value_or_in_class_is_not(value: Any, expected: Any) -> None:
    assert not same(value, expected)
