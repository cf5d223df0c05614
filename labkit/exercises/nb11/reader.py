"""Exercise 11-reader: a program that keeps a password, and reads the secret again when it is refused.

Source: Secrets Manager User Guide, "Best practices" (cache secrets), "Lambda function rotation strategies".
"""

import json
from functools import partial
from typing import Any

from labkit.exercises.exercise import Exercise, Missed, instead
from labkit.exercises.trial import Trial

PROMPT = """A program logs in a thousand times a day. To read the secret each time costs time and money; never
to read it again means to be refused for good after a rotation. Finish `log_in_with`:

- The first time, read the secret, and keep what it says in the dictionary `kept`, which stays the same
  dictionary from call to call.
- After that, use what is kept. Only where the database refuses it, read the secret again, and try once more.
- If that is refused as well, let the `PermissionError` go on to the caller.

`log_in(username, password)` returns a session, or raises `PermissionError`. The value of the secret is JSON.
"""

CELL = '''import json


def log_in_with(sm, secret_id, log_in, kept):
    """Return a session. kept is a dictionary, empty at first."""
    ### BEGIN SOLUTION
    if kept:
        try:
            return log_in(kept["username"], kept["password"])
        except PermissionError:
            pass
    kept.update(json.loads(sm.get_secret_value(SecretId=secret_id)["SecretString"]))
    return log_in(kept["username"], kept["password"])
    ### END SOLUTION
'''


class _Database:
    """A database with one user, whose password may be changed; it counts the attempts."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.user, self.password, self.attempts = trial, trial.word(), trial.word(12), 0
        self.session = ""

    def log_in(self, username: object, password: object) -> str:
        self.attempts += 1
        if (username, password) != (self.user, self.password):
            raise PermissionError("password authentication failed")
        self.session = f"session {self.attempts} of {self.user}"
        return self.session

    def value(self) -> str:
        return json.dumps({"username": self.user, "password": self.password})


def public(trial: Trial) -> None:
    """Three logins, a rotation, three more."""
    database, sm = _Database(trial), trial.client("secretsmanager")
    name = sm.create_secret(Name=f"shop/{trial.word()}", SecretString=database.value())["Name"]
    kept: dict[str, Any] = {}
    for number in range(3):
        _expect_session(trial, database, name, kept, reads=int(number == 0))
    _rotate(trial, database, name)
    for number in range(3):
        _expect_session(trial, database, name, kept, reads=int(number == 0))


def hidden(trial: Trial) -> None:
    """A version that is pending is not for programs; and a secret that is wrong ends in an error."""
    database, sm = _Database(trial), trial.client("secretsmanager")
    name = sm.create_secret(Name=f"shop/{trial.word()}", SecretString=database.value())["Name"]
    kept: dict[str, Any] = {}
    pending = json.dumps({"username": database.user, "password": trial.word()})
    for _ in range(2):
        sm.put_secret_value(SecretId=name, SecretString=pending, VersionStages=["AWSPENDING"])
        _expect_session(trial, database, name, kept, reads=int(not kept))
        _rotate(trial, database, name)
        _expect_session(trial, database, name, kept, reads=1)
    database.password, before = trial.word(12), database.attempts
    student = trial.student("secretsmanager")
    error = trial.error_of("log_in_with", student, name, database.log_in, kept)
    came = type(error).__name__ if error else "no error"
    trial.expect(isinstance(error, PermissionError), "a PermissionError where all is refused", came)
    tried = database.attempts - before
    trial.expect(tried <= 2, "two attempts at most where all is refused", f"{tried} attempts")


def _rotate(trial: Trial, database: _Database, name: str) -> None:
    database.password = trial.word(12)
    trial.client("secretsmanager").put_secret_value(SecretId=name, SecretString=database.value())


def _expect_session(
    trial: Trial, database: _Database, name: str, kept: dict[str, Any], *, reads: int
) -> None:
    when = "with a password that works" if not reads else "after the rotation" if kept else "at first"
    try:
        came = trial.call("log_in_with", trial.student("secretsmanager"), name, database.log_in, kept)
    except Missed as missed:
        asked = [event["requestParameters"] for event in _reads(trial)]
        pinned = any("versionId" in one or "versionStage" in one for one in asked)
        raise Missed(f"{when}: a session", missed.came, "M29" if pinned else "") from missed
    trial.expect(trial.same(came, database.session), f"{when}: the session that log_in returns", came)
    calls = len(_reads(trial))
    trial.expect(calls == reads, f"{when}: {reads} calls of GetSecretValue", f"{calls} calls")


def _reads(trial: Trial) -> list[dict[str, Any]]:
    """Every read of a secret in the last call of the student's function."""
    return trial.events("GetSecretValue", last_call=True)


_instead = partial(instead, CELL)

# It notes which version it read first, and asks for that one ever after.
PINNED = """import json


def log_in_with(sm, secret_id, log_in, kept):
    if "username" in kept:
        try:
            return log_in(kept["username"], kept["password"])
        except PermissionError:
            pass
    which = {"VersionId": kept["version"]} if kept else {}
    held = sm.get_secret_value(SecretId=secret_id, **which)
    kept.update(json.loads(held["SecretString"]), version=held["VersionId"])
    return log_in(kept["username"], kept["password"])
"""

WRONG = (
    (_instead("    if kept:\n", "    if False:\n"), ""),
    (_instead("    kept.update(", "    kept = dict("), ""),
    (_instead("            pass\n", "            raise\n"), ""),
    (_instead("SecretId=secret_id", 'SecretId=secret_id, VersionStage="AWSPREVIOUS"'), "M29"),
    (_instead("SecretId=secret_id", 'SecretId=secret_id, VersionStage="AWSPENDING"'), "M29"),
    (PINNED, "M29"),
    (
        _instead(
            '\n    return log_in(kept["username"], kept["password"])',
            "\n    return log_in_with(sm, secret_id, log_in, kept)",
        ),
        "",
    ),
)

EXERCISE = Exercise(
    "11-reader",
    title="Read it again when refused",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M29",),
    wrong=WRONG,
)
