"""Exercise 00-key-state: ask KMS how a key is now.

The shortest exercise of all, and the model for the others.
"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Finish `key_state`: it asks KMS for the state of a key, whichever key it is, and returns it.

The function is given a client and a key id, and uses nothing else. So it works on every key, in every lab,
and on AWS.
"""

CELL = '''def key_state(kms, key_id):
    """Return how the key is now, such as "Enabled"."""
    ### BEGIN SOLUTION
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A key that is enabled, one that is disabled, and which call told the answer."""
    kms, student = trial.client("kms"), trial.student("kms")
    enabled, disabled = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.disable_key(KeyId=disabled)
    for key_id, state in ((enabled, "Enabled"), (disabled, "Disabled")):
        came = trial.call("key_state", student, key_id)
        trial.expect(trial.same(came, state), f'"{state}" for a key in that state', came)
    trial.expect(
        len(trial.events("DescribeKey")) == 2,
        "one DescribeKey a call: only KMS knows how a key is now",
        f"{len(trial.events('DescribeKey'))} for two calls",
    )
    trial.expect(
        len(trial.events()) == 2,
        "a look that changes nothing: DescribeKey and no other call",
        ", ".join(event["eventName"] for event in trial.events()),
    )


def hidden(trial: Trial) -> None:
    """States that the notebook did not show, and one key that goes from state to state."""
    kms, student = trial.client("kms"), trial.student("kms")
    external = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    came = trial.call("key_state", student, external)
    trial.expect(trial.same(came, "PendingImport"), '"PendingImport" for a key without material', came)
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    for change, state in (
        (kms.disable_key, "Disabled"),
        (kms.enable_key, "Enabled"),
        (kms.schedule_key_deletion, "PendingDeletion"),
    ):
        change(KeyId=key_id)
        came = trial.call("key_state", student, key_id)
        smells = "M15" if state == "PendingDeletion" else ""
        trial.expect(trial.same(came, state), f'"{state}" for a key that has just become so', came, smells)


WRONG = (
    ('def key_state(kms, key_id):\n    return "Enabled"', ""),
    ('def key_state(kms, key_id):\n    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["Enabled"]', ""),
    ('def key_state(kms, key_id):\n    print(kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"])', ""),
    (
        "def key_state(kms, key_id):\n"
        "    kms.enable_key(KeyId=key_id)\n"
        '    return kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]',
        "",
    ),
)

EXERCISE = Exercise(
    "00-key-state",
    title="How is this key?",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M15",),
    wrong=WRONG,
)
