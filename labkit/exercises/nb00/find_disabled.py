"""Exercise 00-find-disabled: look through all keys of a region, page by page.

Source: AWS KMS API Reference, ListKeys: a page holds 100 keys unless `Limit` says otherwise, and `Truncated`
tells that there are more.
"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Finish `disabled_keys`: it returns a list of the ids of all keys that are switched off.

A list of AWS comes in **pages**: one answer of `ListKeys` holds 100 keys, and there may be more. In boto3
`kms.get_paginator("list_keys").paginate()` gives one page after the other, each like an answer of
`kms.list_keys()`.
"""

CELL = '''def disabled_keys(kms):
    """Return the ids of all disabled keys, in a list."""
    found = []
    for page in kms.get_paginator("list_keys").paginate():
        ### BEGIN SOLUTION
        for key in page["Keys"]:
            if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled":
                found.append(key["KeyId"])
        ### END SOLUTION
    return found
'''


def public(trial: Trial) -> None:
    """A few keys, some of them disabled."""
    _try(trial, count=8, off=3)


def hidden(trial: Trial) -> None:
    """None at all, and more than a page of keys; a key that waits for its deletion is no disabled one."""
    kms = trial.client("kms")
    for key in kms.list_keys()["Keys"]:
        kms.enable_key(KeyId=key["KeyId"])
    _look(trial, set())
    kms.schedule_key_deletion(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    _try(trial, count=110, off=7)


def _try(trial: Trial, count: int, off: int) -> None:
    kms = trial.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(count)]
    pages = kms.get_paginator("list_keys").paginate()
    in_order = [key["KeyId"] for page in pages for key in page["Keys"] if key["KeyId"] in keys]
    # One of them on the last page, so that whoever reads the first alone cannot pass by chance.
    disabled = {in_order[-1]}
    while len(disabled) < off:
        disabled.add(keys[trial.integer(0, count - 1)])
    for key in disabled:
        kms.disable_key(KeyId=key)
    _look(trial, disabled)


def _look(trial: Trial, disabled: set[str]) -> None:
    came = trial.call("disabled_keys", trial.student("kms"))
    trial.expect(type(came) is list and all(type(one) is str for one in came), "a list of key ids", came)
    missing, too_many = len(disabled - set(came)), len(set(came) - disabled)
    trial.expect(
        not missing and not too_many and len(came) == len(disabled),
        f"{len(disabled)} ids: of the keys that are disabled, and no others",
        f"{len(came)} ids, {missing} missing, {too_many} of keys that are not disabled",
    )
    allowed = {"ListKeys", "DescribeKey"}
    trial.expect(
        {event["eventName"] for event in trial.events(last_call=True)} <= allowed,
        "a look that changes nothing",
        ", ".join(sorted({event["eventName"] for event in trial.events(last_call=True)} - allowed)),
    )


WRONG = (
    ("def disabled_keys(kms):\n    return [key['KeyId'] for key in kms.list_keys()['Keys']]", ""),
    (
        "def disabled_keys(kms):\n    return [k['KeyId'] for k in kms.list_keys()['Keys']"
        " if kms.describe_key(KeyId=k['KeyId'])['KeyMetadata']['KeyState'] == 'Disabled']",
        "",
    ),
    (
        "def disabled_keys(kms):\n    pages = kms.get_paginator('list_keys').paginate()\n"
        "    return [k['KeyId'] for page in pages for k in page['Keys']"
        " if not kms.describe_key(KeyId=k['KeyId'])['KeyMetadata']['Enabled']]",
        "",
    ),
    ("def disabled_keys(kms):\n    return []", ""),
)

EXERCISE = Exercise(
    "00-find-disabled",
    title="Which keys are switched off?",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M15",),
    wrong=WRONG,
)
