"""The birthday bound: how soon random nonces meet, and why AES-GCM wants few messages under one key.

Source: NIST SP 800-38D, section 8.3: with random 96-bit IVs at most 2^32 messages under one key.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from labkit.palette import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY, subplots

STYLES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, ":"), (PURPLE, "-."), (ORANGE, (0, (1, 1))))
LIMIT = 2**32


def probability(messages: float, bits: int) -> float:
    """The chance that among so many random nonces of `bits` bits at least two are the same."""
    return float(-np.expm1(-messages * (messages - 1) / 2 / 2.0**bits))


def collisions(bits: Sequence[int] = (32, 64, 96)) -> Plot:
    """The chance of a repeated nonce against the number of messages, a curve for each size of nonce.

    ValueError for no sizes, more than five, or one that is not between 1 and 256 bits.
    """
    if not 1 <= len(bits) <= len(STYLES) or not all(1 <= size <= 256 for size in bits):
        raise ValueError("one to five sizes of nonce, from 1 to 256 bits each")
    figure, axes = subplots()
    messages = np.logspace(0, 18, 400)
    for size, (color, line) in zip(bits, STYLES, strict=False):
        axes.loglog(
            messages,
            [max(probability(n, size), 1e-18) for n in messages],
            color=color,
            ls=line,
            lw=2.5,
            label=f"{size} bits",
        )
    axes.axvline(LIMIT, color=GREY, lw=1)
    axes.text(LIMIT * 1.5, 3e-17, "$2^{32}$ messages", color=GREY)
    axes.set_ylim(1e-17, 3)
    axes.set_xlabel("messages under one key")
    axes.set_ylabel("chance of a repeated nonce")
    axes.legend(title="random nonce of")
    even = [round(1.1774 * 2 ** (size / 2)) for size in bits]
    table = pd.DataFrame(
        {
            "nonce (bits)": list(bits),
            "messages for an even chance": even,
            "chance after 2^32 messages": [f"{probability(LIMIT, size):.2g}" for size in bits],
        }
    )
    told = "; ".join(f"{size} bits: {count:.1e}" for size, count in zip(bits, even, strict=True))
    return Plot(
        figure, f"Random nonces meet sooner than one thinks. Messages for an even chance, {told}.", table
    )
