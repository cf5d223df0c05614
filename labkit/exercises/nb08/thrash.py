"""Exercise 08-thrash: an encryption context by which a cache can work, and which tells nobody a secret.

What is judged: the calls in the audit log, which messages share a data key, and what the log shows.
"""

from functools import partial
from typing import Any

from labkit import esdk
from labkit.esdk.caching import CachingManager, LocalCache
from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """The shop encrypts each order through a cache, and the cache never hits: each order has a context
of its own.

An order is a dict with `customer`, `number`, `card` and `text`. Repair `context_of`, so that

- orders of one customer share a data key;
- orders of two customers never do;
- nothing is in the context that has no business in CloudTrail.

The check encrypts 40 orders, and reads the audit log.
"""

CELL = '''def context_of(order):
    """Return the encryption context of an order: a dict of texts."""
    ### BEGIN SOLUTION
    return {"customer": order["customer"]}
    ### END SOLUTION
'''

ORDERS = 40
ALL_OF_IT = "return {name: str(value) for name, value in order.items()}"


def public(trial: Trial) -> None:
    """Four customers, ten orders each."""
    _try(trial, customers=4)


def hidden(trial: Trial) -> None:
    """Other numbers of customers; names that could run into each other."""
    _try(trial, customers=1)
    _try(trial, customers=trial.integer(6, 9))


def _try(trial: Trial, customers: int) -> None:
    names = [f"{trial.word()}-{place}" for place in range(customers)]
    orders: list[dict[str, Any]] = [
        {
            "customer": names[place % customers],
            "number": place,
            "card": "".join(str(trial.integer(0, 9)) for _ in range(16)),
            "text": trial.word(20),
        }
        for place in range(ORDERS)
    ]
    made: dict[bytes, set[str]] = {}
    contexts = []
    keyring = esdk.KmsKeyring(trial.client("kms").create_key()["KeyMetadata"]["Arn"], trial.client("kms"))
    manager = CachingManager(keyring, LocalCache(100, trial.lab.clock), max_age=3600.0)
    for order in orders:
        context = trial.call("context_of", dict(order))
        _check_form(trial, context)
        contexts.append(context)
        message = esdk.encrypt(order["text"].encode(), manager, context, suite=0x0478)
        header = esdk.decrypt(message, keyring).header
        made.setdefault(header.data_keys[0].ciphertext, set()).add(order["customer"])
    _check_secrets(trial, orders, contexts)
    mixed = [owners for owners in made.values() if len(owners) > 1]
    trial.expect(
        not mixed,
        "a data key for each customer",
        f"one data key for the orders of {len(mixed[0]) if mixed else 0} customers",
        "M22",
    )
    trial.expect(
        len(made) == customers,
        f"{customers} data keys for {ORDERS} orders of {customers} customers",
        f"{len(made)} data keys",
        "M24",
    )


def _check_form(trial: Trial, context: Any) -> None:
    texts = type(context) is dict and all(type(one) is str for pair in context.items() for one in pair)
    trial.expect(texts, "a dict of texts", context)


def _check_secrets(trial: Trial, orders: list[dict[str, Any]], contexts: list[dict[str, str]]) -> None:
    for order, context in zip(orders, contexts, strict=True):
        told = " ".join([*context, *context.values()])
        for name in ("card", "text"):
            trial.expect(
                order[name] not in told,
                "a context without secrets: it stands in CloudTrail and in every message",
                f"the {name} of the order is in it",
                "M17",
            )


_instead = partial(instead, CELL)
_RIGHT = 'return {"customer": order["customer"]}'
WRONG = (
    (_instead(_RIGHT, ALL_OF_IT), "M17"),
    (_instead(_RIGHT, 'return {"customer": order["customer"], "card": order["card"]}'), "M17"),
    (_instead(_RIGHT, 'return {"customer": order["customer"], "number": str(order["number"])}'), "M24"),
    (_instead(_RIGHT, "return {}"), "M22"),
    (_instead(_RIGHT, 'return {"shop": "bakery"}'), "M22"),
    (_instead(_RIGHT, 'return {"customer": order["customer"], "number": order["number"]}'), ""),
)

EXERCISE = Exercise(
    "08-thrash",
    title="A cache that never hits",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M17", "M22", "M24"),
    wrong=WRONG,
)
