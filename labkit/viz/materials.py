"""Which backing key made which ciphertext: rotation changes what comes, and nothing that is there."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from labkit.lab import Lab
from labkit.lens import dissect
from labkit.palette import SYMMETRIC
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


def backing_keys(lab: Lab, blobs: Sequence[bytes]) -> Plot:
    """A bar for each backing key that made some of these ciphertext blobs, oldest first.

    ValueError where there are no blobs; NotRecognised for what is no ciphertext blob.
    """
    if not blobs:
        raise ValueError("there are no ciphertexts to count")
    made = Counter(dissect(blob)["key reference"].raw.hex() for blob in blobs)
    known = lab.backing_keys()
    known = known[known["KeyMaterialId"].isin(list(made))]
    rows = [
        (
            f"{number}",
            row["KeyMaterialId"],
            str(row["KeyId"]),
            made[row["KeyMaterialId"]],
            bool(row["Current"]),
        )
        for number, (_, row) in enumerate(known.iterrows(), 1)
    ]
    foreign = len(blobs) - sum(row[3] for row in rows)
    figure, axes = subplots(height=1.2 + 0.5 * len(rows))
    for place, (_, _, _, count, current) in enumerate(rows):
        axes.barh(place, count, 0.6, color=SYMMETRIC.color, alpha=0.9 if current else 0.45)
        state = "current" if current else "decrypts only"
        axes.text(count, place, f"  {SYMMETRIC.sign} {count}, {state}", va="center")
    axes.set_yticks(range(len(rows)), [f"{number}: {material[:8]}…" for number, material, *_ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, max(made.values()) * 1.35)
    axes.set_xlabel("ciphertexts made under it")
    table = pd.DataFrame(rows, columns=["backing key", "KeyMaterialId", "KeyId", "ciphertexts", "current"])
    counts = ", ".join(str(row[3]) for row in rows)
    alt = f"{len(blobs)} ciphertexts under {len(rows)} backing keys: {counts}, oldest first."
    if foreign:
        alt += f" {foreign} are under keys that this lab does not have."
    return Plot(figure, alt, table)
