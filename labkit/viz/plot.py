"""A plot in three forms: the figure, a sentence or two that say what it shows, and its numbers as a table."""

import base64
import io
from dataclasses import dataclass
from html import escape

import pandas as pd
from matplotlib.figure import Figure

from labkit.viz.theme import finish

PIXELS_AN_INCH = 160


@dataclass(frozen=True, eq=False)
class Plot:
    """What every function of `labkit.viz` returns; it shows itself in a notebook.

    `figure` belongs to no window and to no pyplot state, so nothing has to be closed.
    """

    figure: Figure
    alt: str
    table: pd.DataFrame

    def __post_init__(self) -> None:
        finish(self.figure)

    def __repr__(self) -> str:
        return self.alt

    def png(self) -> bytes:
        """The picture, with a background that lets the page through."""
        file = io.BytesIO()
        self.figure.savefig(file, format="png", dpi=PIXELS_AN_INCH, transparent=True)
        return file.getvalue()

    def _repr_html_(self) -> str:
        width = round(self.figure.get_figwidth() * 96)
        picture = base64.b64encode(self.png()).decode()
        return (
            f'<figure style="margin:0;max-width:{width}px"><img alt="{escape(self.alt)}" style="width:100%" '
            f'src="data:image/png;base64,{picture}"><details style="font-size:13px"><summary>'
            f"The same as a table</summary>{self.table.to_html(index=False, border=0)}</details></figure>"
        )
