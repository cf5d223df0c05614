"""What the three languages share: tokens, conditions that are joined by && and ||, and comparisons.

    condition   =  either ( "||" either )*
    either      =  one ( "&&" one )*
    one         =  "(" condition ")"  |  what the language compares

Source: CloudWatch Logs User Guide, "Filter pattern syntax" ("Supported regular expressions (regex) syntax",
"Using filter patterns to match terms in JSON log events").
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

V = TypeVar("V")

Matcher = Callable[[str], "dict[str, str] | None"]
Condition = Callable[[V], bool]
Comparison = Callable[[str], bool]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>&&|\|\||[()]|<=|>=|!=|=|<|>)
      | (?P<quoted>"(?:\\.|[^"\\])*")
      | (?P<regex>%[^%]*%)
      | (?P<word>[^\s()&|=<>!",%]+)
    )""",
    re.VERBOSE,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
REGEX = re.compile(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]+")
MOST_REGEXES = 2
ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
}


class InvalidPatternError(Exception):
    """A text is no filter pattern."""


class Token(NamedTuple):
    """A piece of a pattern; `kind` is mark, quoted, regex or word. Quotes and percent signs are taken off."""

    kind: str
    text: str


def tokens_of(text: str) -> list[Token]:
    """The pieces of a pattern. InvalidPatternError where there is none."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise bad_term(text[at:].strip())
        kind, piece = next((kind, piece) for kind, piece in match.groupdict().items() if piece is not None)
        if kind == "quoted":
            piece = re.sub(r"\\(.)", r"\1", piece[1:-1])
        found.append(Token(kind, piece[1:-1] if kind == "regex" else piece))
        at = match.end()
    if sum(one.kind == "regex" for one in found) > MOST_REGEXES:
        raise InvalidPatternError(f"A filter pattern can have at most {MOST_REGEXES} regular expressions")
    return found


class Tokens:
    """Tokens that are read from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._left = tokens[::-1]

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self, *texts: str) -> Token | None:
        """The next token if it is a mark, or a word in capitals, of these; else None."""
        if self._left and self._left[-1].kind in ("mark", "word") and self._left[-1].text in texts:
            return self._left.pop()
        return None

    def next(self, *kinds: str) -> Token:
        """The next token, which has to be of one of these kinds. InvalidPatternError."""
        if not self._left:
            raise InvalidPatternError("The filter pattern ends too early")
        token = self._left.pop()
        if token.kind not in kinds:
            raise bad_term(token.text)
        return token


def condition_of(tokens: Tokens, compared: Callable[[Tokens], Condition[V]]) -> Condition[V]:
    """The condition that the next tokens tell; `compared` reads one comparison."""
    conditions = [_every(tokens, compared)]
    while tokens.take("||"):
        conditions.append(_every(tokens, compared))
    return conditions[0] if len(conditions) == 1 else lambda value: any(one(value) for one in conditions)


def _every(tokens: Tokens, compared: Callable[[Tokens], Condition[V]]) -> Condition[V]:
    conditions = [_one(tokens, compared)]
    while tokens.take("&&"):
        conditions.append(_one(tokens, compared))
    return conditions[0] if len(conditions) == 1 else lambda value: all(one(value) for one in conditions)


def _one(tokens: Tokens, compared: Callable[[Tokens], Condition[V]]) -> Condition[V]:
    if not tokens.take("("):
        return compared(tokens)
    inner = condition_of(tokens, compared)
    if not tokens.take(")"):
        raise InvalidPatternError("A parenthesis is not closed")
    return inner


def comparison_of(operator: str, token: Token) -> Comparison:
    """The function that compares a text, which may tell a number, with what a pattern says.

    Raises:
        InvalidPatternError: < and > need a number; a regular expression has what AWS doesn't offer.
    """
    if operator in ORDERS:
        if not _is_number(token):
            raise bad_term(token.text)
        order, limit = ORDERS[operator], float(token.text)
        return lambda value: NUMBER.fullmatch(value) is not None and order(float(value), limit)
    equal = _equality(token)
    return equal if operator == "=" else lambda value: not equal(value)


def _equality(token: Token) -> Comparison:
    if token.kind == "regex":
        found = regex_of(token.text)
        return lambda value: found.search(value) is not None
    if _is_number(token):
        number = float(token.text)
        return lambda value: (
            value == token.text or (NUMBER.fullmatch(value) is not None and float(value) == number)
        )
    # An asterisk stands for anything at the beginning and at the end; within a text it is an asterisk.
    text = token.text
    start, end = text.startswith("*"), text.endswith("*") and len(text) > 1
    middle = text[start : len(text) - end]
    if start and end:
        return lambda value: middle in value
    if start:
        return lambda value: value.endswith(middle)
    return lambda value: value.startswith(middle) if end else value == middle


def regex_of(text: str) -> re.Pattern[str]:
    """A regular expression between percent signs. InvalidPatternError: AWS offers no parentheses, say."""
    if not REGEX.fullmatch(text):
        raise bad_term(f"%{text}%")
    try:
        return re.compile(text, re.ASCII)
    except re.error:
        raise bad_term(f"%{text}%") from None


def bad_term(term: str) -> InvalidPatternError:
    """The error for what can't stand where it does."""
    return InvalidPatternError(f"Invalid character(s) in term '{term}'")


def _is_number(token: Token) -> bool:
    return token.kind == "word" and NUMBER.fullmatch(token.text) is not None
