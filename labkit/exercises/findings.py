"""What a check says about an answer by raising it: it misses what was asked, or it is not there yet."""

from labkit.exercises.misconceptions import MISCONCEPTIONS


class Missed(Exception):
    """The answer does not do what was asked: what was expected, what came, and what it smells of.

    The last is a misconception such as "M10", or nothing; ValueError for one that does not exist.
    """

    def __init__(self, expected: str, came: str = "", smells: str = "") -> None:
        if smells and smells not in MISCONCEPTIONS:
            raise ValueError(f"there is no misconception {smells!r}")
        super().__init__(expected, came, smells)
        self.expected, self.came, self.smells = expected, came, smells


class NotYet(Exception):
    """There is no answer yet; the text says what is still to be written."""
