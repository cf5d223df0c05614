"""Exercise 04-commands: `aws kms encrypt` and `aws kms decrypt` with bytes that are no text.

The check runs the real `aws` on the lines that the student's functions return.
Source: AWS CLI User Guide, "Loading a parameter from a file in the AWS CLI".
"""

import base64
import binascii
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit.exercises.exercise import Exercise
from labkit.exercises.terminal import Ended, run_aws
from labkit.exercises.trial import Trial

PROMPT = """Write two command lines, as we would type them behind a `!`, without the `!`, and without a pipe.

- `encrypt_line` encrypts the file at `path` under the key, and prints the ciphertext blob as base64,
  nothing else.
- `decrypt_line` decrypts the file at `path`, in which lie the bytes of such a blob, and prints the
  plaintext as base64, nothing else.

The files hold any bytes at all. An f-string puts a value into a text: `f"aws kms ... {key_id}"`.
"""

CELL = '''def encrypt_line(key_id, path):
    """Return the command line that encrypts the file at path. Both arguments are texts."""
    ### BEGIN SOLUTION
    wanted = "--output text --query CiphertextBlob"
    return f"aws kms encrypt --key-id {key_id} --plaintext fileb://{path} {wanted}"
    ### END SOLUTION


def decrypt_line(path):
    """Return the command line that decrypts the file at path."""
    ### BEGIN SOLUTION
    return f"aws kms decrypt --ciphertext-blob fileb://{path} --output text --query Plaintext"
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A file of random bytes, there and back."""
    _try(trial, trial.random_bytes(48))


def hidden(trial: Trial) -> None:
    """A file of text, which is no different; a file of 4096 bytes."""
    _try(trial, trial.word(30).encode())
    _try(trial, trial.random_bytes(4096))


def _try(trial: Trial, data: bytes) -> None:
    kms = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    with TemporaryDirectory() as folder:
        plain, sealed = Path(folder, "plain.bin"), Path(folder, "sealed.bin")
        plain.write_bytes(data)
        blob = _printed(trial, trial.call("encrypt_line", key_id, plain.as_posix()))
        decrypted = kms.decrypt(CiphertextBlob=blob, KeyId=key_id)["Plaintext"]
        trial.expect(
            decrypted == data,
            f"the {len(data)} bytes of the file are encrypted",
            decrypted,
            "M21",
        )
        sealed.write_bytes(blob)
        came = _printed(trial, trial.call("decrypt_line", sealed.as_posix()))
    trial.expect(came == data, f"the {len(data)} bytes of the file, in base64", came, "M21")


def _printed(trial: Trial, line: object) -> bytes:
    """Run the line and return the bytes whose base64 it prints."""
    if type(line) is not str:
        trial.miss("a command line, as a text", line)
    try:
        ended: Ended = run_aws(line)
    except ValueError as error:
        trial.miss("a command line of aws", str(error))
    trial.expect(ended.status == 0, "a command that succeeds", ended.errors.strip(), "M21")
    try:
        return base64.b64decode(ended.output.strip(), validate=True)
    except binascii.Error:
        trial.miss("base64 is printed, and nothing else", ended.output, "M1")


def _both(encrypt: str, decrypt: str) -> str:
    return (
        f"def encrypt_line(key_id, path):\n    return f'aws kms encrypt --key-id {{key_id}} {encrypt}'\n"
        f"def decrypt_line(path):\n    return f'aws kms decrypt {decrypt}'"
    )


_TEXT = "--output text --query"
_ENCRYPT = f"--plaintext fileb://{{path}} {_TEXT} CiphertextBlob"
_DECRYPT = f"--ciphertext-blob fileb://{{path}} {_TEXT} Plaintext"
WRONG = (
    (_both(_ENCRYPT.replace("fileb", "file"), _DECRYPT), "M21"),
    (_both(_ENCRYPT.replace("fileb://", ""), _DECRYPT), "M21"),
    (_both(_ENCRYPT, _DECRYPT.replace("fileb", "file")), "M21"),
    (_both(_ENCRYPT.partition(" --output")[0], _DECRYPT), "M1"),
    (_both(_ENCRYPT, _DECRYPT).replace("'aws kms", "'kms"), ""),
)

EXERCISE = Exercise(
    "04-commands",
    title="Two command lines",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M1", "M21"),
    wrong=WRONG,
)
