"""Records are never changed, and what they hide is shown to nobody who asks for a repr."""

from typing import ClassVar

import pytest

from labkit.crypto.mlkem512 import MLKEM512PrivateKey
from labkit.crypto.sm2.keys import Sm2PrivateKey
from labkit.records import Record, replace


class Note(Record):
    """A record with a secret."""

    hidden: ClassVar = ("Secret",)

    Name: str
    Secret: bytes = b""


def test_a_record_is_replaced_and_not_changed() -> None:
    note = Note("one", b"attack at dawn")
    with pytest.raises(AttributeError):
        note.Name = "two"  # type: ignore[misc]
    assert replace(note, Name="two") == Note("two", b"attack at dawn")
    assert note == Note("one", b"attack at dawn")


def test_what_is_hidden_is_in_no_repr_not_even_in_that_for_rich() -> None:
    note = Note("one", b"attack at dawn")
    assert repr(note) == "Note(Name='one')"
    assert note.__rich_repr__() == [("Name", "one")]


@pytest.mark.parametrize(
    "key", [Sm2PrivateKey.from_scalar(7), MLKEM512PrivateKey.from_seed_bytes(bytes(range(64)))], ids=type
)
def test_private_keys_show_nothing(key: Record) -> None:
    assert repr(key) == f"{type(key).__name__}()"
    assert key.__rich_repr__() == []
