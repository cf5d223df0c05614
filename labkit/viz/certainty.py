"""How sure we were, and how often we were right: a wrong answer given with confidence is what to work on."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from labkit.palette import ALLOW, DENY
from labkit.viz.plot import Plot
from labkit.viz.theme import subplots


def confidence(answers: Sequence[Mapping[str, Any]]) -> Plot:
    """A bar an answer, as long as the confidence (1 to 5), solid if right and hatched if wrong.

    Each answer has "question", "misconception", "right" and "confidence". ValueError where there is none.
    """
    if not answers:
        raise ValueError("there are no answers yet: answer the questions first")
    figure, axes = subplots(height=1 + 0.42 * len(answers))
    ordered = sorted(answers, key=lambda one: (one["right"], -one["confidence"]))
    for place, one in enumerate(reversed(ordered)):
        answer = ALLOW if one["right"] else DENY
        axes.barh(
            place,
            one["confidence"],
            0.65,
            color=answer.color if one["right"] else "none",
            edgecolor=answer.color,
            hatch=answer.hatch,
        )
        axes.text(one["confidence"], place, f" {answer.sign}", va="center", color=answer.color)
    axes.set_yticks(
        range(len(ordered)), [one["misconception"] or one["question"][:12] for one in reversed(ordered)]
    )
    axes.set_xlim(0, 5.5)
    axes.set_xlabel("how sure we were (1 to 5)")
    table = pd.DataFrame(
        [(one["question"], one["misconception"], bool(one["right"]), one["confidence"]) for one in ordered],
        columns=["question", "misconception", "right", "confidence (1-5)"],
    )
    wrong = [one for one in answers if not one["right"]]
    sure = sum(one["confidence"] >= 4 for one in wrong)
    alt = (
        f"{len(answers) - len(wrong)} of {len(answers)} answers are right; "
        f"of the wrong ones, {sure} were given with confidence 4 or 5."
    )
    return Plot(figure, alt, table)
