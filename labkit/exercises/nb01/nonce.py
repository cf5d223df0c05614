"""Exercise 01-nonce: which messages were made with a nonce that had been used before?"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Somebody sends us many messages, all under one key. Each begins with its **nonce of 12 bytes**,
and then comes the ciphertext. Finish `repeated`: it returns the set of all nonces that occur in more than
one message.
"""

CELL = '''from collections import Counter


def repeated(messages):
    """Return the nonces (bytes) that more than one of these messages begins with, as a set."""
    counts = Counter(message[:12] for message in messages)
    ### BEGIN SOLUTION
    return {nonce for nonce, count in counts.items() if count > 1}
    ### END SOLUTION
'''

WRONG = (
    ("def repeated(messages):\n    return set()", "M5"),
    ("def repeated(messages):\n    return {message[:12] for message in messages}", "M5"),
    ("def repeated(messages):\n    return [m for m in messages if messages.count(m) > 1]", "M5"),
)


def public(trial: Trial) -> None:
    """Some nonces are fresh, one is not."""
    _try(trial, fresh=20, twice=1)


def hidden(trial: Trial) -> None:
    """None is repeated; many are; one is used three times."""
    _try(trial, fresh=5, twice=0)
    _try(trial, fresh=40, twice=7, times=3)


def _try(trial: Trial, fresh: int, twice: int, times: int = 2) -> None:
    nonces = [trial.random_bytes(12) for _ in range(fresh + twice)]
    bad = set(nonces[:twice])
    messages = [
        nonce + trial.random_bytes(30) for nonce in nonces for _ in range(times if nonce in bad else 1)
    ]
    came = trial.call("repeated", messages[::-1])
    trial.expect(
        trial.same(came, bad),
        f"a set of the {len(bad)} nonces that were used again, of {len(nonces)}",
        f"{type(came).__name__} of {len(came)}" if hasattr(came, "__len__") else came,
        "M5",
    )


EXERCISE = Exercise(
    "01-nonce",
    title="Used before",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M5",),
    wrong=WRONG,
)
