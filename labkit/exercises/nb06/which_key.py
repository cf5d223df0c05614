"""Exercise 06-which-key: which blobs are still under old key material, though their key has one id.

The worked one of its notebook: section 2 asks the same about one blob.
"""

from typing import Any

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Finish `under_old_material`: of many blobs of **one** KMS key, it returns the names of those that
are not under the key's current material, as a list, in the order of `blobs`.

Section 2 has shown two ways to learn the material of a blob: the answer of `decrypt`, and `lens.dissect`.
Both are fine. No blob here has an encryption context.
"""

CELL = '''def under_old_material(kms, key_id, blobs):
    """Return the names of all blobs under older material. `blobs` is a dictionary: name -> blob."""
    ### BEGIN SOLUTION
    current = kms.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    materials = {name: kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] for name, blob in blobs.items()}
    return [name for name, material in materials.items() if material != current]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """Blobs from before and after one rotation."""
    _try_with(trial, rotations=1)


def hidden(trial: Trial) -> None:
    """Many rotations, then a key that was never rotated, then all blobs old."""
    _try_with(trial, rotations=trial.integer(3, 6))
    _try_with(trial, rotations=0)
    _try_with(trial, rotations=2, newest=0)


def _try_with(trial: Trial, rotations: int, newest: int = 2) -> None:
    kms: Any = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blobs: dict[str, bytes] = {}
    old: list[str] = []
    for age in range(rotations, -1, -1):
        if age < rotations:
            kms.rotate_key_on_demand(KeyId=key_id)
        for _ in range(trial.integer(1, 3) if age else newest):
            name = trial.word()
            blobs[name] = kms.encrypt(KeyId=key_id, Plaintext=trial.random_bytes(32))["CiphertextBlob"]
            old += [name] if age else []
    came = trial.call("under_old_material", trial.student("kms"), key_id, dict(blobs))
    smells = ""
    if came == [] and old:
        smells = "M13" if trial.events(last_call=True) else "M12"
    trial.expect(
        trial.same(came, old),
        f"the {len(old)} of {len(blobs)} blobs that are under older material",
        came,
        smells,
    )


_BEGIN = "def under_old_material(kms, key_id, blobs):\n"
WRONG = (
    (_BEGIN + "    return []  # the rotation has encrypted all of them again", "M12"),
    (
        _BEGIN + '    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]\n'
        '    return [n for n, blob in blobs.items() if kms.decrypt(CiphertextBlob=blob)["KeyId"] != arn]',
        "M13",
    ),
    (
        _BEGIN + "    old = []\n"
        "    for name, blob in blobs.items():\n"
        "        try:\n"
        "            kms.decrypt(CiphertextBlob=blob)\n"
        "        except Exception:\n"
        "            old.append(name)\n"
        "    return old",
        "M13",
    ),
    (
        _BEGIN + "    return [n for n, blob in blobs.items()\n"
        '            if kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] != key_id]',
        "",
    ),
)

EXERCISE = Exercise(
    "06-which-key",
    title="Which material?",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M12", "M13"),
    wrong=WRONG,
)
