"""Exercise 08-review: what a design of a cache will do, in three numbers, before anything is built.

The numbers are then counted in the lab: calls in the audit log, and messages under one data key.
"""

from collections import Counter
from functools import partial

from labkit import esdk
from labkit.esdk.caching import CachingManager, CountedClock, LocalCache
from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A design lies on our desk. A writer encrypts `messages` messages, one `every` so many seconds, all
in one context, through a cache with `max_age` and `max_messages`. Later a reader opens **each message
twice**, one after the other, through a cache of its own with the same two limits; no time passes meanwhile.

Finish `review`. It returns three numbers, by these names:

- `GenerateDataKey`, `Decrypt`: how often each is called;
- `exposed`: how many messages the most used data key opens.
"""

CELL = '''import math


def review(messages, every, max_age, max_messages):
    """Return {"GenerateDataKey": calls, "Decrypt": calls, "exposed": messages}."""
    ### BEGIN SOLUTION
    by_age = max_age // every + 1  # the one that makes the data key, and those until it is too old
    exposed = min(messages, max_messages, by_age)
    data_keys = math.ceil(messages / exposed)
    return {"GenerateDataKey": data_keys, "Decrypt": data_keys, "exposed": exposed}
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A design whose messages end the data key."""
    _try(trial, trial.integer(30, 50), trial.integer(1, 3), 600, trial.integer(4, 9))


def hidden(trial: Trial) -> None:
    """Designs whose age ends it, to the second; one that never reuses; one with a single data key."""
    every = trial.integer(2, 5)
    _try(trial, trial.integer(30, 50), every, every * trial.integer(3, 6), 1000)
    _try(trial, trial.integer(30, 50), every, every * trial.integer(3, 6) + 1, 1000)
    _try(trial, trial.integer(10, 20), 60, 30, 1000)
    _try(trial, trial.integer(5, 9), 1, 3600, 1000)


def _try(trial: Trial, messages: int, every: int, max_age: int, max_messages: int) -> None:
    came = trial.call("review", messages, every, max_age, max_messages)
    names = ("GenerateDataKey", "Decrypt", "exposed")
    whole = type(came) is dict and all(type(came.get(name)) is int for name in names)
    trial.expect(whole, "a dict of three whole numbers: GenerateDataKey, Decrypt, exposed", came)
    counted = _count(trial, messages, every, max_age, max_messages)
    design = f"{messages} messages, one every {every} s, max_age {max_age}, max_messages {max_messages}"
    for name in names:
        trial.expect(
            came[name] == counted[name],
            f"{name}: {counted[name]} ({design})",
            f"{name}: {came[name]}",
            _smell(name, came[name], counted[name]),
        )


def _smell(name: str, came: int, counted: int) -> str:
    if name == "Decrypt" and came > counted:
        return "M23"
    return "M22" if name == "exposed" and came < counted else ""


def _count(trial: Trial, messages: int, every: int, max_age: int, max_messages: int) -> dict[str, int]:
    """Build the design over a KMS key of the lab, and count."""
    kms, clock = trial.client("kms"), CountedClock()
    keyring = esdk.KmsKeyring(kms.create_key()["KeyMetadata"]["Arn"], kms)
    writer, reader = (
        CachingManager(keyring, LocalCache(100, clock), float(max_age), max_messages) for _ in range(2)
    )
    written = []
    for place in range(messages):
        clock.seconds = place * every
        written.append(esdk.encrypt(b"x", writer, {"design": "ours"}, suite=0x0478))
    uses = Counter(esdk.decrypt(one, reader).header.data_keys for one in written for _ in range(2))
    return {
        "GenerateDataKey": writer.misses,
        "Decrypt": reader.misses,
        "exposed": max(uses.values()) // 2,
    }


_instead = partial(instead, CELL)
WRONG = (
    (_instead('"Decrypt": data_keys', '"Decrypt": 2 * messages'), "M23"),
    (_instead('"Decrypt": data_keys', '"Decrypt": math.ceil(2 * messages / exposed)'), "M23"),
    (_instead('"Decrypt": data_keys, "exposed": exposed', '"Decrypt": data_keys, "exposed": 1'), "M22"),
    (_instead("max_age // every + 1", "max_age // every"), ""),
    (_instead("min(messages, max_messages, by_age)", "min(messages, max_messages)"), ""),
    (_instead("math.ceil(messages / exposed)", "messages / exposed"), ""),
)

EXERCISE = Exercise(
    "08-review",
    title="A design on our desk",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M22", "M23"),
    wrong=WRONG,
)
