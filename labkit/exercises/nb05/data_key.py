"""Exercise 05-data-key: one GenerateDataKey, its two parts, and the context that ties them.

The worked one of its notebook: section 1 does it, with one argument less.
"""

from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Finish `data_key`: it lets KMS make a data key of **256 bits**, and returns both of its parts: the
plaintext first, then the encrypted one.

Section 1 does nearly the same. New is the encryption context, which `generate_data_key` takes by the same
name as `encrypt` in notebook 04: `EncryptionContext=`. Without that context, the encrypted data key must not
open.
"""

CELL = '''def data_key(kms, key_id, context):
    """Return a new data key, tied to the context: its plaintext, then its encrypted form."""
    ### BEGIN SOLUTION
    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    return answer["Plaintext"], answer["CiphertextBlob"]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """One data key: its parts, its size, its context, and who made it."""
    kms = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    _try_one(trial, key_id, {"file": trial.word()})
    trial.expect(
        len(trial.events("GenerateDataKey")) == 1 and len(trial.events()) == 1,
        "one GenerateDataKey and no other call",
        ", ".join(event["eventName"] for event in trial.events()) or "no call",
    )


def hidden(trial: Trial) -> None:
    """Another KMS key, contexts of two pairs and of none, and no data key twice."""
    kms = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    pairs = {trial.word(): trial.word(), trial.word(): trial.word()}
    made = {_try_one(trial, key_id, context) for context in (pairs, pairs, {})}
    trial.expect(
        len(made) == 3, "a new data key with each call", f"{len(made)} different ones in three calls"
    )


def _try_one(trial: Trial, key_id: str, context: dict[str, str]) -> bytes:
    came = trial.call("data_key", trial.student("kms"), key_id, dict(context))
    trial.expect(
        type(came) is tuple and [type(part) for part in came] == [bytes, bytes],
        "two byte strings: return plaintext, encrypted",
        came,
    )
    plaintext, blob = came
    trial.expect(plaintext != blob, "the plaintext and the encrypted data key", "the same bytes twice")
    trial.expect(
        len(plaintext) == 32, "a plaintext of 32 bytes, which are 256 bits", f"{len(plaintext)} bytes"
    )
    opened = _opened(trial, blob, context)
    if opened is None:
        unbound = bool(context) and _opened(trial, blob, {}) is not None
        trial.expect(
            False,
            "an encrypted data key that opens with its context",
            "it opens with no context" if unbound else "KMS does not open it",
            "M18" if unbound else "",
        )
    trial.expect(opened == plaintext, "the encrypted form of that same data key", "that of another key")
    return bytes(plaintext)


def _opened(trial: Trial, blob: bytes, context: dict[str, str]) -> bytes | None:
    try:
        answer: Any = trial.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)
    except ClientError:
        return None
    return bytes(answer["Plaintext"])


_BEGIN = "def data_key(kms, key_id, context):\n"
WRONG = (
    (
        _BEGIN + '    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")\n'
        '    return answer["Plaintext"], answer["CiphertextBlob"]',
        "M18",
    ),
    (
        _BEGIN
        + "    answer = kms.generate_data_key(KeyId=key_id, NumberOfBytes=256, EncryptionContext=context)\n"
        '    return answer["Plaintext"], answer["CiphertextBlob"]',
        "",
    ),
    (
        _BEGIN + '    ask = dict(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)\n'
        "    one, two = (kms.generate_data_key(**ask) for _ in range(2))\n"
        '    return one["Plaintext"], two["CiphertextBlob"]',
        "",
    ),
    (
        _BEGIN + "    import os\n"
        "    key = os.urandom(32)\n"
        "    answer = kms.encrypt(KeyId=key_id, Plaintext=key, EncryptionContext=context)\n"
        '    return key, answer["CiphertextBlob"]',
        "",
    ),
    (
        _BEGIN
        + '    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)\n'
        '    return answer["Plaintext"]',
        "",
    ),
)

EXERCISE = Exercise(
    "05-data-key",
    title="A data key with a purpose",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M18",),
    wrong=WRONG,
)
