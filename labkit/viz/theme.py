"""One look for all plots: no frame, a thin grid, and greys that can be read on white pages and on black."""

from typing import Any

from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from labkit.palette import BLACK

GREY = "#888888"
THEME: Any = {
    "font.size": 12,
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "axes.titlecolor": GREY,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "hatch.linewidth": 1.2,
}


def subplots(columns: int = 1, rows: int = 1, width: float = 8, height: float = 4) -> tuple[Figure, Any]:
    """A figure of `width` x `height` inches and its axes, a grid of them if there is more than one."""
    with rc_context(THEME):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns)


def finish(figure: Figure) -> None:
    """Give what was drawn after `subplots` the same look: words that nobody coloured, and legends."""
    for words in figure.findobj(Text):
        assert isinstance(words, Text)
        if to_hex(words.get_color()) == BLACK:
            words.set_color(GREY)
    for legend in figure.findobj(Legend):
        assert isinstance(legend, Legend)
        legend.set_frame_on(False)
