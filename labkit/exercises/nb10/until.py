"""Exercise 10-until: a secret that is gone after a date.

Source: Systems Manager User Guide, "Assigning parameter policies".
"""

from datetime import UTC, timedelta
from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A visitor gets a door code that is good until a certain moment. Finish `door_code`: it writes the
code as a **SecureString** that deletes itself at that moment.

`until` is a `datetime`; `until.isoformat()` is the text that a policy wants.
"""

CELL = '''import json


def door_code(ssm, name, code, until):
    """Write code as a SecureString that expires at until."""
    ### BEGIN SOLUTION
    expiration = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": until.isoformat()}}
    ssm.put_parameter(
        Name=name, Value=code, Type="SecureString", Tier="Advanced", Policies=json.dumps([expiration])
    )
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """It is there the day before, and gone the day after."""
    _try(trial, trial.integer(3, 20))


def hidden(trial: Trial) -> None:
    """Another date, and two of them side by side."""
    _try(trial, trial.integer(30, 300))
    _try(trial, 1)


def _try(trial: Trial, days: int) -> None:
    ssm, clock = trial.client("ssm"), trial.lab.clock
    name, code = f"/door/{trial.word()}", trial.word()
    until = (clock.now() + timedelta(days=days)).astimezone(UTC)
    trial.call("door_code", trial.student("ssm"), name, code, until)
    _expect(trial, name, code, "right after it was written")
    kind = ssm.get_parameter(Name=name)["Parameter"]["Type"]
    trial.expect(kind == "SecureString", "a SecureString", kind, "M1")
    clock.advance(days=days, minutes=-5)
    _expect(trial, name, code, "five minutes before")
    clock.advance(minutes=10)
    _expect(trial, name, None, "five minutes after")


def _expect(trial: Trial, name: str, value: str | None, when: str) -> None:
    ssm = trial.client("ssm")
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        found = None
    wanted = "the code can be read" if value else "the code is gone"
    came = "there is no such parameter" if found is None else "it can be read"
    smells = "M27" if value is None else ""
    trial.expect(found == value, f"{when}: {wanted}", came, smells)


_instead = partial(instead, CELL)


WRONG = (
    (_instead(", Policies=json.dumps([expiration])", ""), "M27"),
    (_instead('Tier="Advanced", ', ""), ""),
    (_instead('Type="SecureString"', 'Type="String"'), "M1"),
    (_instead('"Expiration"', '"ExpirationNotification"'), ""),
    (_instead("until.isoformat()", '"2020-01-01T00:00:00Z"'), ""),
)

EXERCISE = Exercise(
    "10-until",
    title="Good until Friday",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M1", "M27"),
    wrong=WRONG,
)
