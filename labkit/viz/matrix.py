"""Which ciphertext opens in which region, as a grid of ticks and crosses."""

import pandas as pd

from labkit.lens.matrix import OPENS
from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


def decrypt_matrix(matrix: pd.DataFrame) -> Plot:
    """The grid of a table that `lens.decrypt_matrix` returned. ValueError for an empty one."""
    if matrix.empty:
        raise ValueError("there is nothing to draw: the matrix has no cells")
    rows, columns = matrix.shape
    figure, axes = subplots(width=2.6 + 1.5 * columns, height=1.1 + 0.55 * rows)
    for place, (_, row) in enumerate(matrix.iterrows()):
        for column, told in enumerate(row):
            answer = ALLOW if told == OPENS else DENY
            axes.barh(
                place,
                0.92,
                0.86,
                left=column + 0.04,
                color=answer.color,
                alpha=0.28,
                hatch=answer.hatch,
                edgecolor=answer.color,
            )
            axes.text(column + 0.5, place, answer.sign, ha="center", va="center", size=15)
    axes.set_xticks([column + 0.5 for column in range(columns)], list(matrix.columns))
    axes.set_yticks(range(rows), [str(name) for name in matrix.index])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("decrypted in")
    axes.set_ylabel("made in")
    axes.set_xlim(0, columns)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    opening = {
        str(name): [str(region) for region, told in row.items() if told == OPENS]
        for name, row in matrix.iterrows()
    }
    words = ". ".join(
        f"Made in {name}: opens in {', '.join(regions) or 'no region'}" for name, regions in opening.items()
    )
    return Plot(figure, f"{words}.", matrix.reset_index())
