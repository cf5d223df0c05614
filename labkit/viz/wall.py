"""What KMS takes and what it refuses, by size: the wall at 4096 bytes."""

from collections.abc import Mapping

import pandas as pd

from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


def sizes(results: Mapping[int, bool]) -> Plot:
    """A bar for each size in bytes: solid with a tick where it was encrypted, hatched with a cross where not.

    ValueError where there are no results.
    """
    if not results:
        raise ValueError("there are no results to show")
    ordered = dict(sorted(results.items()))
    figure, axes = subplots(height=1.2 + 0.45 * len(ordered))
    for place, (size, taken) in enumerate(ordered.items()):
        answer = ALLOW if taken else DENY
        axes.barh(
            place,
            size,
            0.6,
            color=answer.color if taken else "none",
            edgecolor=answer.color,
            hatch=answer.hatch,
        )
        axes.text(size, place, f"  {answer.sign} {size:,} bytes", va="center", color=answer.color)
    axes.set_yticks([])
    axes.set_xlim(0, max(ordered) * 1.25)
    axes.set_xlabel("bytes of plaintext")
    table = pd.DataFrame({"plaintext (bytes)": list(ordered), "encrypted": list(ordered.values())})
    good = [size for size, taken in ordered.items() if taken]
    bad = [size for size, taken in ordered.items() if not taken]
    told = [f"the largest that KMS takes here is {max(good):,} bytes"] if good else []
    told += [f"the smallest that it refuses {min(bad):,}"] if bad else []
    return Plot(figure, f"What KMS encrypts, by size: {', '.join(told)}.", table)
