"""Who holds which key? Each key goes to those who may have it, and the reason is told at once."""

from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

import ipywidgets
from traitlets import Dict, HasTraits

from labkit.palette import ECC, RSA, SYMMETRIC
from labkit.widgets.panel import Panel
from labkit.widgets.view import heading, told

ALICE, BOB, EVERYBODY, KMS = "Alice", "Bob", "everybody", "KMS"
HOLDERS = (ALICE, BOB, EVERYBODY, KMS)


class Kind(NamedTuple):
    """A key in Alice's letter to Bob, who holds it, and why."""

    name: str
    sign: str
    holders: frozenset[str]
    why: str


KEYS = (
    Kind(
        "Bob's public key",
        RSA.sign,
        frozenset({EVERYBODY}),
        "Anybody may encrypt to Bob, so anybody may have it.",
    ),
    Kind(
        "Bob's private key",
        RSA.sign,
        frozenset({BOB}),
        "It opens what was encrypted to Bob; nobody else may.",
    ),
    Kind(
        "Alice's private signing key",
        ECC.sign,
        frozenset({ALICE}),
        "Whoever has it can sign in Alice's name; to verify, the public one is enough.",
    ),
    Kind(
        "the symmetric key of a letter",
        SYMMETRIC.sign,
        frozenset({ALICE, BOB}),
        "The same key encrypts and decrypts, so both need it, and nobody else.",
    ),
    Kind(
        "a KMS key", SYMMETRIC.sign, frozenset({KMS}), "Its bytes never leave KMS: one sends the data there."
    ),
    Kind(
        "a KMS key pair's public key",
        RSA.sign,
        frozenset({EVERYBODY}),
        "GetPublicKey hands it out; the private half stays in KMS.",
    ),
)


class Sorting(HasTraits):
    """Which key was given to whom: `given` maps a key's name to the holders chosen last."""

    given = Dict()

    def give(self, name: str, holders: Iterable[str]) -> bool:
        """Give a key to these holders and to no others; returns whether that is right.

        KeyError for a key, ValueError for a holder that there is not.
        """
        chosen = frozenset(holders)
        kind = find(name)
        if not chosen <= set(HOLDERS):
            raise ValueError(f"the holders are {', '.join(HOLDERS)}")
        self.given = {**self.given, name: sorted(chosen)}
        return chosen == kind.holders

    @property
    def solved(self) -> bool:
        """Whether every key is where it belongs."""
        return all(frozenset(self.given.get(kind.name, ())) == kind.holders for kind in KEYS)


def find(name: str) -> Kind:
    """The key of this name, else KeyError."""
    for kind in KEYS:
        if kind.name == name:
            return kind
    raise KeyError(name)


class KeySorter(Panel):
    """A row for each key, with a box to tick for each holder."""

    def __init__(self) -> None:
        self.model = Sorting()
        self.boxes = {(kind.name, holder): self._box(holder) for kind in KEYS for holder in HOLDERS}
        self.verdicts = {kind.name: ipywidgets.HTML() for kind in KEYS}
        rows: list[Any] = [ipywidgets.HTML(heading("Who holds which key?", "tick all who have it"))]
        for kind in KEYS:
            for holder in HOLDERS:
                self.boxes[kind.name, holder].observe(lambda _, name=kind.name: self._given(name), "value")
            label = ipywidgets.HTML(
                f'<span aria-hidden="true">{kind.sign}</span> {escape(kind.name)}',
                layout=ipywidgets.Layout(width="16em"),
            )
            rows += [
                ipywidgets.HBox([label, *(self.boxes[kind.name, holder] for holder in HOLDERS)]),
                self.verdicts[kind.name],
            ]
        super().__init__(rows)

    def _box(self, holder: str) -> ipywidgets.Checkbox:
        return ipywidgets.Checkbox(description=holder, indent=False, layout=ipywidgets.Layout(width="8em"))

    def _given(self, name: str) -> None:
        chosen = [holder for holder in HOLDERS if self.boxes[name, holder].value]
        if self.model.give(name, chosen):
            self.verdicts[name].value = told("right", find(name).why)
        else:
            self.verdicts[name].value = told(
                "wrong", "Not these alone." if chosen else "Somebody has to have it."
            )
