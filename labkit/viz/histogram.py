"""How often each of the 256 byte values occurs: text has a face, good ciphertext has none."""

from collections import Counter
from collections.abc import Mapping
from itertools import cycle
from math import log2

import pandas as pd

from labkit.palette import BLUE, PURPLE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


def bytes_histogram(samples: Mapping[str, bytes]) -> Plot:
    """One row of bars for each named sample. ValueError where there is none, or an empty one.

    The table tells for each how many different values occur, and the entropy in bits a byte: 8 is the most.
    """
    if not samples or not all(samples.values()):
        raise ValueError("a histogram needs samples with at least one byte each")
    figure, axes = subplots(rows=len(samples), height=1.7 * len(samples) + 0.6)
    rows = []
    each = axes if len(samples) > 1 else [axes]
    for panel, (name, data), color in zip(
        each, samples.items(), cycle((BLUE, VERMILLION, PURPLE)), strict=False
    ):
        counts = Counter(data)
        panel.bar(range(256), [100 * counts[value] / len(data) for value in range(256)], 1.0, color=color)
        panel.set_title(name)
        panel.set_xlim(-0.5, 255.5)
        panel.set_ylabel("% of bytes")
        entropy = -sum(count / len(data) * log2(count / len(data)) for count in counts.values())
        rows.append(
            (
                name,
                len(data),
                len(counts),
                round(max(counts.values()) / len(data) * 100, 2),
                round(abs(entropy), 3),
            )
        )
    each[-1].set_xlabel("byte value")
    table = pd.DataFrame(
        rows, columns=["sample", "bytes", "different values", "commonest value (%)", "entropy (bits a byte)"]
    )
    told = "; ".join(f"{row[0]}: {row[2]} different values, {row[4]} bits a byte" for row in rows)
    return Plot(figure, f"How often each byte value occurs. {told}.", table)
