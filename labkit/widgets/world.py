"""What the lab holds now: accounts, regions, keys, users, events, and how many of each."""

from html import escape
from typing import Any

import ipywidgets
import pandas as pd
from traitlets import HasTraits, Int

from labkit.cloud.state.arns import Arn
from labkit.lab import Lab
from labkit.palette import BLUE, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, heading

SHOWN = 6


class Holdings(HasTraits):
    """What is in the lab when `look()` is called; `looks` counts how often it was."""

    looks = Int(0)

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self.things: dict[str, list[str]] = {}
        self.look()

    def look(self) -> dict[str, list[str]]:
        """Look again: kind of thing -> the names of all there are, in the order of the lab's tables."""
        keys, aliases, events = self.lab.keys(), self.lab.aliases(), self.lab.audit()
        parts = [part for text in keys["Arn"] if (part := Arn.parse(text)) is not None]
        self.things = {
            "accounts": sorted({part.account for part in parts}),
            "regions": sorted({part.region for part in parts}),
            "KMS keys": [
                f"{one[:8]}… {state}" for one, state in zip(keys["KeyId"], keys["KeyState"], strict=True)
            ],
            "aliases": [str(name) for name in aliases["AliasName"]],
            "callers": [str(name) for name in events["Username"].dropna().unique()],
            "planned": [str(name) for name in self.lab.agenda()["Name"]],
            "calls on record": [str(name) for name in events["EventName"]],
        }
        self.looks += 1
        return self.things

    @property
    def table(self) -> pd.DataFrame:
        """One row a kind of thing: how many there are, and the newest few."""
        rows = [(kind, len(names), ", ".join(names[-SHOWN:])) for kind, names in self.things.items()]
        return pd.DataFrame(rows, columns=["what", "how many", "the newest of them"])


class World(Panel):
    """A card for each kind of thing, and a button to look again."""

    def __init__(self, lab: Lab) -> None:
        self.model = Holdings(lab)
        self.again = ipywidgets.Button(description="Look again", icon="refresh")
        self.again.on_click(lambda _: self.model.look())
        self.cards = ipywidgets.HTML()
        self.model.observe(self._draw, "looks")
        self._draw()
        super().__init__([ipywidgets.HTML(heading("What is in this lab")), self.cards, self.again])

    def _draw(self, _: Any = None) -> None:
        cards = "".join(card(kind, names) for kind, names in self.model.things.items())
        self.cards.value = (
            f'<div style="display:flex;gap:8px;flex-wrap:wrap;align-items:flex-start;{STYLE}">{cards}</div>'
        )


def card(kind: str, names: list[str]) -> str:
    """One kind of thing, its number, and the newest few names."""
    listed = "".join(f"<div>{escape(name)}</div>" for name in names[-SHOWN:])
    more = f'<div style="opacity:.7">and {len(names) - SHOWN} before</div>' if len(names) > SHOWN else ""
    return (
        f'<section aria-label="{escape(kind)}" style="min-width:11em;border:1px solid {rgba(BLUE, 0.6)};'
        f'border-radius:6px;padding:6px 10px;background:{rgba(BLUE, 0.08)}"><strong>'
        f"{escape(kind)}: {len(names)}</strong>"
        f'<div style="font-size:12px;opacity:.9">{listed}{more}</div></section>'
    )
