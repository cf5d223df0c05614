"""Exercise 04-context: tie a ciphertext to its reader, and tell a wrong context from other refusals.

Source: AWS KMS Developer Guide, "Encryption context"; AWS KMS API Reference, Decrypt, "Errors".
"""

from functools import partial

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """We keep letters, each encrypted for one reader. Finish both functions:

- `write_letter` encrypts the text and ties it to its reader: the encryption context is `{"reader": reader}`.
- `read_letter` returns the text, or `None` if the letter is not for this reader. KMS then answers with an
  `InvalidCiphertextException`; `error.response["Error"]["Code"]` is that name. **Every other error goes on to
  the caller**: it says something else.
"""

CELL = '''from botocore.exceptions import ClientError


def write_letter(kms, key_id, text, reader):
    """Return the ciphertext blob of text (bytes), for the reader (a name)."""
    ### BEGIN SOLUTION
    context = {"reader": reader}
    return kms.encrypt(KeyId=key_id, Plaintext=text, EncryptionContext=context)["CiphertextBlob"]
    ### END SOLUTION


def read_letter(kms, blob, reader):
    """Return the text, or None if it is not for this reader."""
    ### BEGIN SOLUTION
    try:
        return kms.decrypt(CiphertextBlob=blob, EncryptionContext={"reader": reader})["Plaintext"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidCiphertextException":
            return None
        raise
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """The right reader, another one; and what stands in the log."""
    kms, student = trial.client("kms"), trial.student("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    text, reader = trial.word(20).encode(), trial.word()
    blob = trial.call("write_letter", student, key_id, text, reader)
    trial.expect(type(blob) is bytes, "the ciphertext blob, which is bytes", blob)
    _expect_bound(trial, blob, text, reader)
    came = trial.call("read_letter", student, blob, reader)
    trial.expect(trial.same(came, text), "the text, for the right reader", came)
    came = trial.call("read_letter", student, blob, reader + "x")
    trial.expect(came is None, "None for another reader", came, "M18")


def hidden(trial: Trial) -> None:
    """A disabled key is no wrong reader: the error arrives."""
    kms, student = trial.client("kms"), trial.student("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = trial.call("write_letter", student, key_id, trial.random_bytes(9), "ann")
    kms.disable_key(KeyId=key_id)
    error = trial.error_of("read_letter", student, blob, "ann")
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else error
    trial.expect(code == "DisabledException", "the error goes on: the key is disabled", code)


def _expect_bound(trial: Trial, blob: bytes, text: bytes, reader: str) -> None:
    sent = trial.events("Encrypt", last_call=True)
    context = sent[0]["requestParameters"].get("encryptionContext") if sent else None
    smells = "M17" if text.decode() in str(context) else "M18"
    trial.expect(
        context == {"reader": reader}, f'the context {{"reader": "{reader}"}} in the log', context, smells
    )
    try:
        trial.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext={"reader": reader})
    except ClientError as error:
        trial.miss("a blob that this context opens", str(error), "M18")


_instead = partial(instead, CELL)


WRONG = (
    (_instead("EncryptionContext=context", "EncryptionContext={}"), "M18"),
    (_instead('context = {"reader": reader}', 'context = {"reader": reader, "text": text.decode()}'), "M17"),
    (_instead(', EncryptionContext={"reader": reader})["Plaintext"]', ')["Plaintext"]'), ""),
    (_instead("\n        raise", ""), ""),
    (_instead("            return None\n", "            raise\n"), ""),
)

EXERCISE = Exercise(
    "04-context",
    title="For one reader",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M17", "M18"),
    wrong=WRONG,
)
