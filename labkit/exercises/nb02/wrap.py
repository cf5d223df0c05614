"""Exercise 02-wrap: a symmetric key is locked with a public one, outside KMS, and KMS opens it."""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """We want to hand a symmetric key to somebody whose RSA key lies in KMS. Finish `wrap`: it encrypts
`secret_key` with the public key, here and without a call to KMS, so that KMS opens it with the algorithm
`RSAES_OAEP_SHA_256`. That is OAEP with SHA-256 in both places, and no label.
"""

CELL = '''from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def wrap(public_key, secret_key):
    """Return the secret key (bytes), encrypted with the public key (DER, as GetPublicKey returns it)."""
    ### BEGIN SOLUTION
    oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
    return load_der_public_key(public_key).encrypt(secret_key, oaep)
    ### END SOLUTION
'''

_IMPORTS = CELL.partition("\n\n")[0]
WRONG = (
    ("def wrap(public_key, secret_key):\n    return secret_key", "M1"),
    ("import base64\ndef wrap(public_key, secret_key):\n    return base64.b64encode(secret_key)", "M1"),
    (
        f"{_IMPORTS}\ndef wrap(public_key, secret_key):\n"
        "    return load_der_public_key(public_key).encrypt(secret_key, padding.PKCS1v15())",
        "",
    ),
)


def public(trial: Trial) -> None:
    """A key for AES-256, and RSA of 2048 bits."""
    _try(trial, "RSA_2048", 32)


def hidden(trial: Trial) -> None:
    """Another size of both; twice the same key does not look the same."""
    first, second = (_try(trial, "RSA_3072", 16) for _ in range(2))
    trial.expect(first != second, "OAEP with random bytes of its own each time", "twice the same bytes")


def _try(trial: Trial, spec: str, size: int) -> bytes:
    kms, secret_key = trial.client("kms"), trial.random_bytes(size)
    key = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    came = trial.call("wrap", kms.get_public_key(KeyId=key)["PublicKey"], secret_key)
    trial.expect(type(came) is bytes, "bytes from wrap", came)
    plain = secret_key in came or len(came) < 2 * size
    trial.expect(not plain, "a key that nobody on the way can read", "bytes that need no private key", "M1")
    trial.expect(
        not trial.events(last_call=True), "no call to KMS: the public key is at hand", "calls in the log"
    )
    try:
        opened = kms.decrypt(KeyId=key, CiphertextBlob=came, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    except kms.exceptions.InvalidCiphertextException:
        trial.miss("a ciphertext that KMS opens with RSAES_OAEP_SHA_256", "InvalidCiphertextException")
    trial.expect(opened["Plaintext"] == secret_key, "the secret key, opened by KMS", "other bytes")
    return bytes(came)


EXERCISE = Exercise(
    "02-wrap",
    title="Hand over a key",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M1",),
    wrong=WRONG,
)
