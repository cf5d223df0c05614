"""Exercise 01-base64: what somebody called encrypted, and was only spelt in another way."""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """A colleague has "encrypted" a password: it looks like `c2VzYW1l`. Finish `recover`, which takes
such a text and returns the password. You are given no key, and need none.
"""

CELL = '''import base64


def recover(spelt):
    """Return the text behind a base64 spelling."""
    ### BEGIN SOLUTION
    return base64.b64decode(spelt).decode()
    ### END SOLUTION
'''

WRONG = (
    ("def recover(spelt):\n    return spelt", "M1"),
    ("import base64\n\n\ndef recover(spelt):\n    return base64.b64decode(spelt)", ""),
    ("import base64\n\n\ndef recover(spelt):\n    return base64.b64encode(spelt.encode()).decode()", ""),
)


def public(trial: Trial) -> None:
    """A word that nobody could guess."""
    _recovers(trial, trial.word())


def hidden(trial: Trial) -> None:
    """Lengths that end in no, one and two signs of padding, and letters beyond ASCII."""
    for length in (3, 4, 5):
        _recovers(trial, trial.word(length) + "ä")


def _recovers(trial: Trial, password: str) -> None:
    import base64

    spelt = base64.b64encode(password.encode()).decode()
    came = trial.call("recover", spelt)
    if came == spelt:
        trial.miss("the password in plain letters", came, "M1")
    trial.expect(trial.same(came, password), f'the text "{password}" for "{spelt}"', came)


EXERCISE = Exercise(
    "01-base64",
    title="No key needed",
    points=1,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M1",),
    wrong=WRONG,
)
