"""Exercise 07-move-blob: a ciphertext that is to open in another region.

ReEncrypt works inside one region, whose HSMs know no key of another; so the plaintext passes through us.
Source: KMS API Reference, "ReEncrypt"; KMS Developer Guide, "Multi-Region keys in AWS KMS".
"""

from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.findings import Missed
from labkit.exercises.trial import Trial

HERE, THERE = "us-east-1", "eu-west-1"

PROMPT = """A blob was encrypted in region A. Finish `move`: it returns a blob with the same plaintext that
opens in region B, under the key `key_b`, with the same encryption context.

`kms_a` and `kms_b` are the clients of the two regions.
"""

CELL = '''def move(kms_a, kms_b, blob, context, key_b):
    """Return the plaintext of blob, encrypted under key_b in region B."""
    ### BEGIN SOLUTION
    plaintext = kms_a.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
    moved = kms_b.encrypt(KeyId=key_b, Plaintext=plaintext, EncryptionContext=context)
    return moved["CiphertextBlob"]
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """One blob goes over, and opens there with region A's key disabled."""
    _try(trial, 32)


def hidden(trial: Trial) -> None:
    """Another one, of another length."""
    _try(trial, trial.integer(1, 4000))


def _try(trial: Trial, size: int) -> None:
    kms_a, kms_b = trial.client("kms", HERE), trial.client("kms", THERE)
    key_a = kms_a.create_key()["KeyMetadata"]["KeyId"]
    key_b = kms_b.create_key()["KeyMetadata"]["Arn"]
    context, secret = {"file": trial.word()}, trial.random_bytes(size)
    blob = kms_a.encrypt(KeyId=key_a, Plaintext=secret, EncryptionContext=context)["CiphertextBlob"]
    clients = trial.student("kms", HERE), trial.student("kms", THERE)
    try:
        moved = trial.call("move", *clients, blob, dict(context), key_b)
    except Missed as missed:
        crossed = any(event.get("errorCode") for event in trial.events(last_call=True))
        raise Missed(missed.expected, missed.came, "M19" if crossed else missed.smells) from None
    trial.expect(type(moved) is bytes, "a blob, as bytes", moved)
    trial.expect(moved != blob, "a blob of region B", "the blob of region A as it was", "M19")
    kms_a.disable_key(KeyId=key_a)
    try:
        opened = kms_b.decrypt(CiphertextBlob=moved, EncryptionContext=context)
    except kms_b.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        smells = "M18" if code == "InvalidCiphertextException" else "M19"
        trial.miss("a blob that opens in region B with the same context", code, smells)
    trial.expect(opened["KeyId"] == key_b, "a blob under key_b", f"one under {opened['KeyId']}")
    trial.expect(opened["Plaintext"] == secret, "the same plaintext", "another one")


_instead = partial(instead, CELL)
WRONG = (
    ("def move(kms_a, kms_b, blob, context, key_b):\n    return blob", "M19"),
    (_instead("kms_a.decrypt", "kms_b.decrypt"), "M19"),
    (
        "def move(kms_a, kms_b, blob, context, key_b):\n"
        "    return kms_a.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_b,\n"
        "        SourceEncryptionContext=context, DestinationEncryptionContext=context)['CiphertextBlob']",
        "M19",
    ),
    (_instead("Plaintext=plaintext, EncryptionContext=context)", "Plaintext=plaintext)"), "M18"),
)

EXERCISE = Exercise(
    "07-move-blob",
    title="A blob goes abroad",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M18", "M19"),
    wrong=WRONG,
)
