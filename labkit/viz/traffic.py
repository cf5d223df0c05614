"""How many bytes travel to KMS: all of them if KMS encrypts, always as few if it only makes the data key."""

from collections.abc import Sequence

import pandas as pd

from labkit.palette import BLUE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

WALL = 4096


def kms_bytes(measured: Sequence[tuple[int, int]]) -> Plot:
    """Measured pairs (bytes of data, bytes sent to KMS), beside the line of sending the data itself.

    ValueError where there are none.
    """
    if not measured:
        raise ValueError("there is nothing measured")
    figure, axes = subplots()
    top = max(max(data for data, _ in measured), 10 * WALL)
    axes.loglog([1, WALL], [1, WALL], color=VERMILLION, lw=2.5, label="Encrypt: the data itself")
    axes.loglog([WALL, top], [WALL, top], color=VERMILLION, lw=1.5, ls=":", label="refused: over 4096 bytes")
    axes.plot([WALL], [WALL], "x", color=VERMILLION, ms=12, mew=3)
    axes.loglog(
        *zip(*sorted(measured), strict=True), "o-", color=BLUE, lw=2.5, ms=8, label="envelope: what was sent"
    )
    axes.axvline(WALL, color=GREY, lw=1)
    axes.set_xlabel("bytes of data")
    axes.set_ylabel("bytes sent to KMS")
    axes.legend()
    table = pd.DataFrame(sorted(measured), columns=["data (bytes)", "sent to KMS (bytes)"])
    most = max(measured)
    alt = (
        f"With an envelope, {most[0]:,} bytes of data send {most[1]:,} to KMS; "
        "Encrypt sends all of them, up to 4096."
    )
    return Plot(figure, alt, table)
