"""Finding a few of many records by an index or a range, without walking the rest."""

from labkit.cloud.state.store import Store
from labkit.cloud.state.tables import Table, Tables, table
from labkit.records import Record


class Book(Record):
    """A record of these tests."""

    Title: str
    Shelf: str


class Library(Tables):
    """Books by title, and by shelf."""

    service = "library"
    books = table(Book, key="Title", indexes={"shelf": lambda book: book.Shelf})


def filled() -> Table[Book]:
    store = Store()
    books = store.tables(Library, "123456789012", "us-east-1").books
    with store.transaction:
        for number in range(9):
            books.put(Book(f"{number}", "even" if number % 2 == 0 else "odd"))
    return books


def titles(found: list[Book]) -> str:
    return "".join(book.Title for book in found)


def test_the_records_of_an_index_come_a_few_at_a_time() -> None:
    books = filled()
    assert titles(books.having_after("shelf", "even", "", 2)) == "02"
    assert titles(books.having_after("shelf", "even", "2", 2)) == "46"
    assert titles(books.having_after("shelf", "even", "6", 2)) == "8"
    assert titles(books.having_after("shelf", "even", "8", 2)) == ""
    assert titles(books.having_after("shelf", "odd", "", 9)) == "1357"
    assert titles(books.having_after("shelf", "none", "", 9)) == ""


def test_records_are_counted_from_the_first_key_to_just_before_the_end() -> None:
    books = filled()
    assert books.count_between("2", "5") == 3
    assert books.count_between("", "~") == 9
    assert books.count_between("5", "5") == 0


def test_an_index_is_counted_and_walked_by_its_values() -> None:
    books = filled()
    assert books.count_indexed("shelf", "even", "even\0") == 5
    assert books.count_indexed("shelf", "a", "even") == 0
    assert titles(list(books.in_order_of("shelf"))) == "024681357"
    assert titles(list(books.in_order_of("shelf", ("even", "6")))) == "81357"
    assert titles(list(books.in_order_of("shelf", ("odd", "3"), reverse=True))) == "186420"


def test_an_index_follows_what_changes_and_keeps_what_does_not() -> None:
    store = Store()
    books = store.tables(Library, "123456789012", "us-east-1").books
    with store.transaction:
        for shelf in ("a", "a", "b"):
            books.put(Book("one", shelf))
    assert (books.having("shelf", "a"), titles(books.having("shelf", "b"))) == ([], "one")
