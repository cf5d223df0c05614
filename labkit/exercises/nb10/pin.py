"""Exercise 10-pin: give a parameter a new version, and move a label to it.

Source: Systems Manager User Guide, "Working with parameter labels".
"""

from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """Programs read `/shop/greeting:live`, the version that is labelled *live*. Finish both functions:

- `draft` writes a new version of a parameter that there is already, and returns its number. What is live
  stays live.
- `go_live` moves the label `live` to the version of this number.
"""

CELL = '''def draft(ssm, name, value):
    """Write value as a new version of the parameter; return the version's number."""
    ### BEGIN SOLUTION
    return ssm.put_parameter(Name=name, Value=value, Overwrite=True)["Version"]
    ### END SOLUTION


def go_live(ssm, name, version):
    """Label this version "live"."""
    ### BEGIN SOLUTION
    ssm.label_parameter_version(Name=name, ParameterVersion=version, Labels=["live"])
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A draft that nobody sees yet; then it is live."""
    ssm, student = trial.client("ssm"), trial.student("ssm")
    name, first, second = f"/{trial.word()}/greeting", trial.word(), trial.word()
    ssm.put_parameter(Name=name, Value=first, Type="String")
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["live"])
    came = trial.call("draft", student, name, second)
    trial.expect(trial.same(came, 2), "2, the number of the new version", came)
    kept = [one["Value"] for one in ssm.get_parameter_history(Name=name)["Parameters"]]
    trial.expect(kept == [first, second], f"two versions, {first!r} and {second!r}", kept, "M29")
    _expect_live(trial, name, first)
    trial.call("go_live", student, name, 2)
    _expect_live(trial, name, second)


def hidden(trial: Trial) -> None:
    """Back to an older version; and the type stays what it is."""
    ssm, student = trial.client("ssm"), trial.student("ssm")
    name, values = f"/{trial.word()}/greeting", [trial.word() for _ in range(4)]
    ssm.put_parameter(Name=name, Value=values[0], Type="SecureString")
    numbers = [1, *(trial.call("draft", student, name, value) for value in values[1:])]
    trial.expect(numbers == [1, 2, 3, 4], "versions 2, 3 and 4", numbers[1:])
    kind = ssm.get_parameter(Name=name)["Parameter"]["Type"]
    trial.expect(kind == "SecureString", "a SecureString, as it was before", kind)
    for number in (4, 2):
        trial.call("go_live", student, name, number)
        _expect_live(trial, name, values[number - 1])


def _expect_live(trial: Trial, name: str, value: str) -> None:
    ssm = trial.client("ssm")
    try:
        found = ssm.get_parameter(Name=f"{name}:live", WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterVersionNotFound:
        found = "no version that is live"
    trial.expect(found == value, f"{name}:live is {value!r}", found)


_instead = partial(instead, CELL)


WRONG = (
    (_instead(", Overwrite=True", ', Type="String"'), ""),
    (_instead("Value=value, Overwrite=True", 'Value=value, Type="String", Overwrite=True'), ""),
    (
        _instead("    return ssm", "    ssm.delete_parameter(Name=name)\n    return ssm").replace(
            "Overwrite=True", 'Type="String"'
        ),
        "",
    ),
    (_instead("ParameterVersion=version, ", ""), ""),
    (_instead('Labels=["live"]', 'Labels=["Live"]'), ""),
)

EXERCISE = Exercise(
    "10-pin",
    title="What is live?",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M29",),
    wrong=WRONG,
)
