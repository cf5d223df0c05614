"""Exercise 07-where: in which regions a ciphertext opens. It is a question for KMS, not for the blob's bytes.

Source: KMS Developer Guide, "Multi-Region keys in AWS KMS".
"""

from functools import partial
from typing import Any

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")

PROMPT = """Finish `opens_in`: of several regions, it returns those in which KMS opens a blob now, as a list,
in the order of `clients`.

`clients` is a dictionary: region -> KMS client of that region.
"""

CELL = '''def opens_in(clients, blob):
    """Return the regions in which the blob can be decrypted now."""
    ### BEGIN SOLUTION
    found = []
    for region, kms in clients.items():
        try:
            kms.decrypt(CiphertextBlob=blob)
        except kms.exceptions.ClientError:
            continue
        found.append(region)
    return found
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A key of one region."""
    region = trial.choice(REGIONS)
    kms = trial.client("kms", region)
    _try(trial, _blob(trial, kms, kms.create_key()["KeyMetadata"]["KeyId"]), [region])


def hidden(trial: Trial) -> None:
    """A key with a replica, and then the same when the primary is disabled."""
    first, second = REGIONS[0], trial.choice(REGIONS[1:])
    kms = trial.client("kms", first)
    key_id = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key_id, ReplicaRegion=second)
    blob = _blob(trial, kms, key_id)
    _try(trial, blob, [first, second])
    kms.disable_key(KeyId=key_id)
    _try(trial, blob, [second])


def _blob(trial: Trial, kms: Any, key_id: str) -> bytes:
    blob: bytes = kms.encrypt(KeyId=key_id, Plaintext=trial.random_bytes(32))["CiphertextBlob"]
    return blob


def _try(trial: Trial, blob: bytes, wanted: list[str]) -> None:
    came = trial.call("opens_in", {region: trial.student("kms", region) for region in REGIONS}, blob)
    smells = "M19" if trial.same(came, list(REGIONS)) or (len(wanted) > 1 and came == wanted[:1]) else ""
    trial.expect(trial.same(came, wanted), f"the regions {wanted}", came, smells)


_instead = partial(instead, CELL)
WRONG = (
    ("def opens_in(clients, blob):\n    return list(clients)", "M19"),
    (_instead("        found.append(region)", "        return [region]"), "M19"),
    (_instead("            continue\n        found.append(region)", "            found.append(region)"), ""),
    (_instead("    return found", "    return set(found)"), ""),
)

EXERCISE = Exercise(
    "07-where",
    title="Where does it open?",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M19",),
    wrong=WRONG,
)
