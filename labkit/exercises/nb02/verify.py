"""Exercise 02-verify: is a signature right? Whoever has the public key can tell, without asking KMS."""

from hashlib import sha256
from typing import Any

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Somebody sends us messages, each with a signature that KMS has made with `ECDSA_SHA_256`. We
have the public key, as `GetPublicKey` returns it. Finish `is_genuine`: it returns `True` where
message and signature belong together, and `False` where they don't, **without a call to KMS**.
"""

CELL = '''from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def is_genuine(public_key, message, signature):
    """Return whether the signature is this message's. All three are bytes."""
    key = load_der_public_key(public_key)
    ### BEGIN SOLUTION
    try:
        key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
    ### END SOLUTION
'''

_IMPORTS = CELL.partition("\n\n")[0]
WRONG = (
    ("def is_genuine(public_key, message, signature):\n    return True", "M6"),
    ("def is_genuine(public_key, message, signature):\n    return False", "M2"),
    (
        f"{_IMPORTS}\ndef is_genuine(public_key, message, signature):\n"
        "    load_der_public_key(public_key).verify(signature, message, ec.ECDSA(SHA256()))\n    return True",
        "",
    ),
    (
        "import boto3\ndef is_genuine(public_key, message, signature):\n    kms = boto3.client('kms')\n"
        "    key = kms.list_keys()['Keys'][0]['KeyId']\n"
        "    return kms.verify(KeyId=key, Message=message, Signature=signature,"
        " SigningAlgorithm='ECDSA_SHA_256')['SignatureValid']",
        "",
    ),
)


def public(trial: Trial) -> None:
    """A right one, a changed message, a changed signature."""
    _try(trial, 200)


def hidden(trial: Trial) -> None:
    """Other sizes, among them nothing at all; another key's signature."""
    for size in (0, 1, 4096):
        _try(trial, size)
    message = trial.random_bytes(100)
    _, signature = _signed(trial, message)
    public_key, _ = _signed(trial, message)
    _expect(trial, public_key, message, signature, genuine=False, what="a signature by another key")


def _try(trial: Trial, size: int) -> None:
    message = trial.random_bytes(size)
    public_key, signature = _signed(trial, message)
    _expect(trial, public_key, message, signature, genuine=True, what="the message as it was signed")
    _expect(trial, public_key, message + b"!", signature, genuine=False, what="a longer message")
    other = bytearray(signature)
    other[-1] ^= 1
    _expect(trial, public_key, message, bytes(other), genuine=False, what="a signature with a bit flipped")


def _signed(trial: Trial, message: bytes) -> tuple[bytes, bytes]:
    kms = trial.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public_key: bytes = kms.get_public_key(KeyId=key)["PublicKey"]
    # An empty message cannot be sent to Sign, but its digest can.
    signed = kms.sign(
        KeyId=key, Message=sha256(message).digest(), MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
    )
    return public_key, signed["Signature"]


def _expect(trial: Trial, public_key: bytes, message: bytes, signature: bytes, **case: Any) -> None:
    came = trial.call("is_genuine", public_key, message, signature)
    trial.expect(
        not trial.events(last_call=True), "no call to KMS: the public key is at hand", "calls in the log"
    )
    smell = "M2" if case["genuine"] else "M6"
    trial.expect(trial.same(came, case["genuine"]), f"{case['genuine']} for {case['what']}", came, smell)


EXERCISE = Exercise(
    "02-verify",
    title="Is it genuine?",
    points=2,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M2", "M6"),
    wrong=WRONG,
)
