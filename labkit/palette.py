"""One meaning, one colour, one shape: what every picture, table and widget of the kit is painted with.

The colours are Okabe and Ito's, which colour-blind eyes can tell apart; and no meaning hangs on colour alone:
each has a shape, a sign or a hatching as well. Source: Okabe and Ito, "Color Universal Design" (2008).
"""

from typing import NamedTuple

BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"


class Mark(NamedTuple):
    """How a kind of key is drawn: its colour, matplotlib's letter for its shape, the shape as a character."""

    color: str
    marker: str
    sign: str


SYMMETRIC = Mark(BLUE, "o", "●")
RSA = Mark(PURPLE, "D", "◆")
ECC = Mark(VERMILLION, "^", "▲")
HMAC = Mark(GREEN, "s", "■")
POST_QUANTUM = Mark(BLACK, "P", "✚")


class Answer(NamedTuple):
    """How a yes or a no is drawn: colour, sign, and matplotlib's hatching."""

    color: str
    sign: str
    hatch: str


ALLOW = Answer(GREEN, "✓", "")
DENY = Answer(VERMILLION, "✗", "//")


def rgba(color: str, opacity: float) -> str:
    """Return `#RRGGBB` as a CSS colour that lets the theme behind it shine through."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def mark_of(key_spec: str) -> Mark:
    """Return the mark of a KMS key spec, such as `RSA_2048`. ValueError for none that KMS has."""
    family = key_spec.split("_", 1)[0]
    marks = {"SYMMETRIC": SYMMETRIC, "RSA": RSA, "ECC": ECC, "SM2": ECC, "HMAC": HMAC, "ML": POST_QUANTUM}
    if family not in marks:
        raise ValueError(f"{key_spec!r} is not a key spec of KMS")
    return marks[family]
