"""Exercise 04-fits: 4096 bytes pass, 4097 do not, and nobody cuts a text in two to get it through.

Source: AWS KMS API Reference, Encrypt: `Plaintext`, "Length Constraints: Minimum length of 1. Maximum length
of 4096".
"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Finish `encrypt_small`: it encrypts what KMS takes in one call, and returns the ciphertext blob.
Whatever KMS would refuse **for its size**, it refuses itself with a `ValueError`, and KMS is not called at
all.

There is a smallest size, too. What does KMS say to nothing at all? Try it out.
"""

CELL = '''def encrypt_small(kms, key_id, data):
    """Return the ciphertext blob of data (bytes). ValueError if KMS can't take it in one call."""
    ### BEGIN SOLUTION
    if not 1 <= len(data) <= 4096:
        raise ValueError(f"{len(data)} bytes; KMS encrypts 1 to 4096")
    return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """The last size that fits, and the first that doesn't."""
    _fits(trial, 4096)
    _does_not_fit(trial, 4097)


def hidden(trial: Trial) -> None:
    """One byte, some size between, nothing at all, and far too much."""
    for size in (1, trial.integer(2, 4095)):
        _fits(trial, size)
    for size in (0, trial.integer(4098, 100_000)):
        _does_not_fit(trial, size)


def _fits(trial: Trial, size: int) -> None:
    kms = trial.client("kms")
    key_id, data = kms.create_key()["KeyMetadata"]["KeyId"], trial.random_bytes(size)
    blob = trial.call("encrypt_small", trial.student("kms"), key_id, data)
    trial.expect(type(blob) is bytes, f"the ciphertext blob of {size} bytes", blob)
    came = kms.decrypt(CiphertextBlob=blob, KeyId=key_id)["Plaintext"]
    trial.expect(came == data, f"a blob that holds all {size} bytes", f"{len(came)} bytes")


def _does_not_fit(trial: Trial, size: int) -> None:
    key_id = trial.client("kms").create_key()["KeyMetadata"]["KeyId"]
    error = trial.error_of("encrypt_small", trial.student("kms"), key_id, trial.random_bytes(size))
    came = type(error).__name__ if error else "no error"
    trial.expect(type(error) is ValueError, f"a ValueError for {size} bytes", came, "M7" if size else "")
    calls = [event["eventName"] for event in trial.events(last_call=True)]
    trial.expect(not calls, f"no call to KMS with {size} bytes", ", ".join(calls))


_ENCRYPT = 'return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]'
WRONG = (
    (f"def encrypt_small(kms, key_id, data):\n    {_ENCRYPT}", "M7"),
    (f"def encrypt_small(kms, key_id, data):\n    {_ENCRYPT.replace('=data', '=data[:4096]')}", "M7"),
    (
        "def encrypt_small(kms, key_id, data):\n    if len(data) > 4096:\n        raise ValueError\n"
        f"    {_ENCRYPT}",
        "",
    ),
    (
        "def encrypt_small(kms, key_id, data):\n    try:\n"
        f"        {_ENCRYPT}\n    except Exception:\n        raise ValueError('too long')",
        "",
    ),
    (
        "def encrypt_small(kms, key_id, data):\n    if not 1 <= len(data) < 4096:\n        raise ValueError\n"
        f"    {_ENCRYPT}",
        "",
    ),
)

EXERCISE = Exercise(
    "04-fits",
    title="What fits",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M7",),
    wrong=WRONG,
)
