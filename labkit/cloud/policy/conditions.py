"""One line of a Condition block: an operator, a condition key, and the values that it is compared with.

    "ForAnyValue:StringLikeIfExists": {"kms:EncryptionContextKeys": ["dept", "team*"]}

- The values are alternatives; of a negated operator, none may fit.
- Where the request lacks the key, a negated operator holds and any other does not. ...IfExists holds.
- ForAllValues asks every value of the request, and holds where there is none; ForAnyValue asks for one.
- Null asks only whether the request lacks the key ("true") or has it ("false").
- Without ForAllValues or ForAnyValue a key of several values counts as AWS leaves open; here it holds if any
  of them fits, and a negated operator if none does.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued
context keys".
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from labkit.cloud.policy.operators import NULL, OPERATORS, Operator, Test
from labkit.cloud.policy.patterns import Piece, Pieces
from labkit.cloud.policy.question import Context
from labkit.cloud.policy.values import texts
from labkit.cloud.policy.variables import Template, plain, resolve, template
from labkit.records import Record

EVERY, ANY = "ForAllValues", "ForAnyValue"
IF_EXISTS = "IfExists"


class Condition(Record):
    """One operator and key of a Condition block, compiled; Null, which compares nothing, has no operator."""

    written: str
    key: str
    values: tuple[str, ...]
    operator: Operator | None
    quantifier: str
    if_exists: bool
    templates: tuple[Template, ...]
    tests: tuple[Test, ...] | None

    @property
    def element(self) -> str:
        """What this line is called: "Condition StringEquals kms:ViaService"."""
        return f"Condition {self.written} {self.key}"

    def holds(self, context: Context) -> bool:
        """Whether the request fulfils this line."""
        actual = context.texts(self.key)
        operator = self.operator
        if operator is None:
            return ("false" if actual else "true") in self.values
        if self.quantifier:
            # Here a value that is an empty text counts as none.
            actual = tuple(value for value in actual if value)
        if not actual:
            return self.if_exists or (self.quantifier == EVERY if self.quantifier else operator.negated)
        tests = self.tests if self.tests is not None else self._tests(operator, context)
        fits = [any(test(value) for test in tests) != operator.negated for value in actual]
        every = self.quantifier == EVERY or (operator.negated and not self.quantifier)
        return all(fits) if every else any(fits)

    def why_not(self, context: Context) -> str:
        """A sentence on what was found where this line asks for something else."""
        actual = context.texts(self.key)
        asked = f"{self.written} asks for {_quoted(self.values)}"
        if not actual:
            return f"the request has no {self.key}, and {asked}"
        return f"{self.key} is {_quoted(actual)}, and {asked}"

    def _tests(self, operator: Operator, context: Context) -> list[Test]:
        resolved = [resolve(value, context) for value in self.templates]
        # Nothing equals a value whose variable has none, so there is nothing to test for.
        return [_test(operator.test, value) for value in resolved if value is not None]


def conditions(block: dict[str, Any], version: str) -> tuple[Condition, ...]:
    """The lines of a Condition element; an operator that AWS does not have is a KeyError."""
    return tuple(
        _condition(written, key, values, version)
        for written, keys in block.items()
        for key, values in keys.items()
    )


def split(written: str) -> tuple[str, str, bool]:
    """ "ForAnyValue:StringLikeIfExists" in its parts: "ForAnyValue", "StringLike", True."""
    quantifier, colon, name = written.rpartition(":")
    if_exists = name.endswith(IF_EXISTS)
    return quantifier + colon[1:], name.removesuffix(IF_EXISTS) if if_exists else name, if_exists


def _condition(written: str, key: str, values: Any, version: str) -> Condition:
    quantifier, name, if_exists = split(written)
    listed = values if isinstance(values, list) else [values]
    told = tuple(text for value in listed for text in texts(value))
    if name == NULL:
        told = tuple(text.lower() for text in told)
        return Condition(written, key, told, None, quantifier, if_exists, (), ())
    operator = OPERATORS[name]
    cut = tuple(template(text, version) if operator.variables else (Piece(text),) for text in told)
    fixed = [pieces for pieces in map(plain, cut) if pieces is not None]
    tests = tuple(_test(operator.test, pieces) for pieces in fixed) if len(fixed) == len(cut) else None
    return Condition(written, key, told, operator, quantifier, if_exists, cut, tests)


@lru_cache(maxsize=4096)
def _test(make: Callable[[Pieces], Test], value: Pieces) -> Test:
    return make(value)


def _quoted(values: tuple[str, ...]) -> str:
    return " or ".join(f'"{value}"' for value in values) or "nothing"
