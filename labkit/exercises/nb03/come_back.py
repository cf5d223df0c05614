"""Exercise 03-come-back: which states of a KMS key can be undone, and by which calls.

Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Somebody has switched off a key, or has even asked for its deletion. Finish `bring_back`: after
it, the key is `Enabled` again, with as few calls as it takes. It returns the state that the key is in at
the end.
"""

CELL = '''def bring_back(kms, key_id):
    """Make the key Enabled, and return the state that it is in."""
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state == "PendingDeletion":
        ### BEGIN SOLUTION
        kms.cancel_key_deletion(KeyId=key_id)
        ### END SOLUTION
    if state != "Enabled":
        kms.enable_key(KeyId=key_id)
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
'''


def public(trial: Trial) -> None:
    """A key that is disabled, and one that is going to be deleted."""
    _try(trial, "Disabled")
    _try(trial, "PendingDeletion")


def hidden(trial: Trial) -> None:
    """A key to which nothing has happened; one that was disabled first and scheduled for deletion after."""
    _try(trial, "Enabled")
    _try(trial, "Disabled", "PendingDeletion")


CHANGES = {"Enabled": [], "Disabled": ["EnableKey"], "PendingDeletion": ["CancelKeyDeletion", "EnableKey"]}


def _try(trial: Trial, *states: str) -> None:
    kms = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    if "Disabled" in states:
        kms.disable_key(KeyId=key_id)
    if "PendingDeletion" in states:
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=trial.integer(7, 30))
    came = trial.call("bring_back", trial.student("kms"), key_id)
    now = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    trial.expect(now == "Enabled", f"a key that was {states[-1]} is Enabled", f"it is {now}", "M15")
    trial.expect(trial.same(came, "Enabled"), '"Enabled", the state at the end', came)
    changes = [event["eventName"] for event in trial.events(last_call=True) if not event["readOnly"]]
    needed = CHANGES[states[-1]]
    trial.expect(
        changes == needed,
        f"of calls that change something: {', '.join(needed) or 'none'}, for a key that was {states[-1]}",
        ", ".join(changes) or "none",
    )


_DESCRIBE = 'kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]'
WRONG = (
    (f"def bring_back(kms, key_id):\n    kms.enable_key(KeyId=key_id)\n    return {_DESCRIBE}", ""),
    (
        "def bring_back(kms, key_id):\n    try:\n        kms.cancel_key_deletion(KeyId=key_id)\n"
        f"    except Exception:\n        pass\n    return {_DESCRIBE}",
        "M15",
    ),
    (
        "def bring_back(kms, key_id):\n"
        f"    if {_DESCRIBE} == 'PendingDeletion':\n        kms.cancel_key_deletion(KeyId=key_id)\n"
        f"    kms.enable_key(KeyId=key_id)\n    return {_DESCRIBE}",
        "",
    ),
    ("def bring_back(kms, key_id):\n    return kms.create_key()['KeyMetadata']['KeyState']", "M15"),
)

EXERCISE = Exercise(
    "03-come-back",
    title="Come back",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M15",),
    wrong=WRONG,
)
