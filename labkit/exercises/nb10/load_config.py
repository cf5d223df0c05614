"""Exercise 10-load-config: all that is under a path, in as few calls as there are pages.

Source: SSM API Reference, GetParametersByPath: a page holds ten parameters at most.
"""

from functools import partial
from math import ceil
from typing import Any

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A program starts and wants its configuration. Finish `load_config`: it returns a dictionary of
**all** parameters under a path, on every level, secrets **decrypted**. The keys are the names without the
path: `/shop/prod/db/host` under `/shop/prod` is `db/host`.

A page holds ten parameters at most. `ssm.get_paginator("get_parameters_by_path")` fetches the next one as
long as there is one. Asking for each parameter by itself would take a call each; the check counts the calls.
"""

CELL = '''def load_config(ssm, path):
    """Return {name below path: value} of all parameters under path."""
    config = {}
    ### BEGIN SOLUTION
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=path, Recursive=True, WithDecryption=True
    )
    for page in pages:
        for parameter in page["Parameters"]:
            config[parameter["Name"].removeprefix(path + "/")] = parameter["Value"]
    ### END SOLUTION
    return config
'''


def public(trial: Trial) -> None:
    """A dozen parameters on two levels, one of them a secret."""
    _try(trial, trial.integer(11, 19))


def hidden(trial: Trial) -> None:
    """Many, none at all, and neighbours whose names begin alike."""
    _try(trial, trial.integer(21, 35))
    came = trial.call("load_config", trial.student("ssm"), f"/{trial.word()}")
    trial.expect(trial.same(came, {}), "an empty dictionary where there is nothing", came)


def _try(trial: Trial, count: int) -> None:
    path = f"/{trial.word()}/prod"
    wanted = _fill(trial, path, count)
    came: Any = trial.call("load_config", trial.student("ssm"), path)
    trial.expect(type(came) is dict, "a dictionary", came)
    trial.expect(
        set(came) <= set(wanted) or len(came) != len(wanted), "names without the path", sorted(came)[:3]
    )
    trial.expect(len(came) == len(wanted), f"{len(wanted)} parameters", f"{len(came)}")
    sealed = [name for name in wanted if str(came.get(name)).startswith("AQICAH")]
    trial.expect(not sealed, "the secret decrypted", "its ciphertext", "M1")
    trial.expect(trial.same(came, wanted), f"{trial.shown(wanted)}", came)
    calls = [event["eventName"] for event in trial.events(last_call=True) if event["eventSource"] == SSM]
    pages = ceil(count / 10)
    trial.expect(
        calls == ["GetParametersByPath"] * pages, f"{pages} calls of GetParametersByPath", ", ".join(calls)
    )


SSM = "ssm.amazonaws.com"


def _fill(trial: Trial, path: str, count: int) -> dict[str, str]:
    """Put parameters under `path`, and some beside it; return what is under it."""
    ssm = trial.client("ssm")
    wanted = {
        f"{trial.choice(['db', 'web', 'x/y'])}/{number}-{trial.word(4)}": trial.word()
        for number in range(count - 1)
    }
    for name, value in wanted.items():
        ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="String")
    wanted["password"] = trial.word(12)
    ssm.put_parameter(Name=f"{path}/password", Value=wanted["password"], Type="SecureString")
    for name in (f"{path}2/db/host", f"{path}-old", path):
        ssm.put_parameter(Name=name, Value="not this one", Type="String")
    return wanted


_instead = partial(instead, CELL)


WRONG = (
    (_instead("Recursive=True, ", ""), ""),
    (_instead(", WithDecryption=True", ""), "M1"),
    (_instead('.removeprefix(path + "/")', ""), ""),
    (_instead('.removeprefix(path + "/")', '.rpartition("/")[2]'), ""),
    (
        "def load_config(ssm, path):\n"
        "    page = ssm.get_parameters_by_path(Path=path, Recursive=True, WithDecryption=True)\n"
        "    return {one['Name'].removeprefix(path + '/'): one['Value'] for one in page['Parameters']}",
        "",
    ),
    (
        "def load_config(ssm, path):\n"
        "    config = {}\n"
        "    for page in ssm.get_paginator('describe_parameters').paginate():\n"
        "        for one in page['Parameters']:\n"
        "            if one['Name'].startswith(path + '/'):\n"
        "                found = ssm.get_parameter(Name=one['Name'], WithDecryption=True)['Parameter']\n"
        "                config[one['Name'].removeprefix(path + '/')] = found['Value']\n"
        "    return config",
        "",
    ),
)

EXERCISE = Exercise(
    "10-load-config",
    title="Everything under a path",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M1",),
    wrong=WRONG,
)
