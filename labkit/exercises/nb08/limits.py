"""Exercise 08-limits: the youngest data keys that a budget allows, for a workload in several contexts.

The answer is measured by the simulator, and the price that is paid must be within 5 % of the budget.
"""

from functools import partial

from labkit.esdk.tradeoffs import Limits, Workload, estimate, simulate
from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """We have `usd` dollars for a million messages, and want data keys that live as short as can be.

Finish `youngest`: it returns the **smallest whole number of seconds** for `max_age`, from 1 to 3600, with
which `workload` costs no more than `usd` a million messages. There is no other limit. `estimate` tells what a
choice costs; the check sends 300,000 messages through the simulator.
"""

CELL = '''from labkit.esdk.tradeoffs import Limits, estimate


def youngest(workload, usd):
    """The smallest max_age, in whole seconds, that costs at most usd a million messages."""
    ### BEGIN SOLUTION
    for age in range(1, 3601):
        if estimate(workload, Limits(max_age=age)).usd_per_million <= usd:
            return age
    ### END SOLUTION
'''

MESSAGES = 300_000
TOLERANCE = 1.05


def public(trial: Trial) -> None:
    """One context."""
    _try(trial, Workload(trial.integer(5, 50), 1000, 1), trial.integer(20, 60))


def hidden(trial: Trial) -> None:
    """Several contexts, which share nothing; and a workload so slow that its messages hardly ever meet."""
    _try(trial, Workload(trial.integer(20, 50), 1000, trial.integer(4, 8)), trial.integer(20, 60))
    _try(trial, Workload(trial.integer(1, 4), 1000, 2), trial.integer(100, 400))


def _try(trial: Trial, workload: Workload, seconds: int) -> None:
    """Ask for a budget that takes about so many seconds."""
    usd = estimate(workload, Limits(seconds)).usd_per_million * 1.0001
    came = trial.call("youngest", workload, usd)
    wanted = (
        f"{seconds} s: {workload.rate:g} messages a second in {workload.contexts} contexts for {usd:.3g} USD"
    )
    trial.expect(type(came) is int and came >= 1, "a whole number of seconds", came)
    paid = simulate(workload, Limits(came), MESSAGES, seed=trial.integer(0, 10**6)).usd_per_million
    # Who forgets that contexts share nothing takes all messages for one stream.
    shared = estimate(Workload(workload.rate, workload.size), Limits(came)).usd_per_million
    trial.expect(
        paid <= usd * TOLERANCE,
        wanted,
        f"{came} s, which cost {paid:.3g} USD",
        "M24" if workload.contexts > 1 and shared <= usd * TOLERANCE else "",
    )
    trial.expect(
        came <= seconds * TOLERANCE + 1, wanted, f"{came} s: each data key opens more than it has to", "M22"
    )


_instead = partial(instead, CELL)
_FORMULA = """import math

def youngest(workload, usd):
    return max(1, math.ceil((3 / usd - 1) / workload.rate))
"""
WRONG = (
    (_FORMULA, "M24"),
    ("def youngest(workload, usd):\n    return 3600", "M22"),
    ("def youngest(workload, usd):\n    return 1", ""),
    (_instead("return age", "return float(age)"), ""),
    (_instead("<= usd", "> usd"), ""),
)

EXERCISE = Exercise(
    "08-limits",
    title="As young as we can pay for",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M22", "M24"),
    wrong=WRONG,
)
