"""Exercise 02-send: hybrid encryption. A megabyte for one recipient, whose private key never leaves KMS."""

from typing import Any

from labkit.exercises.exercise import Exercise, Missed
from labkit.exercises.trial import Trial

PROMPT = """Write `send` and `receive`, on your own this time.

`send` encrypts `data` of any size for the owner of an RSA key of 2048 bits in KMS, whose public key it is
given: with a fresh symmetric key, which it wraps with the public one. It calls nobody, and returns one bytes
object. `receive` opens it with **one** call of `Decrypt`, algorithm `RSAES_OAEP_SHA_256`, and raises an error
if a single bit has been changed. `wrap` of the exercise before may be used.
"""

CELL = '''import secrets
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def send(public_key, data):
    """Return a message, as bytes, that only the owner of the private key can open."""
    ### BEGIN SOLUTION
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
    wrapped = load_der_public_key(public_key).encrypt(key, oaep)
    return wrapped + nonce + AESGCM(key).encrypt(nonce, data, None)
    ### END SOLUTION


def receive(kms, key_id, message):
    """Return the data."""
    ### BEGIN SOLUTION
    wrapped, nonce, sealed = message[:256], message[256:268], message[268:]
    answer = kms.decrypt(
        KeyId=key_id, CiphertextBlob=wrapped, EncryptionAlgorithm="RSAES_OAEP_SHA_256"
    )
    return AESGCM(answer["Plaintext"]).decrypt(nonce, sealed, None)
    ### END SOLUTION
'''

_IMPORTS = CELL.partition("\n\n")[0]
_FIXED = CELL.replace("secrets.token_bytes(32), ", "bytes(32), ")
_PIECES = f"""{_IMPORTS}
oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
def send(public_key, data):
    key = load_der_public_key(public_key)
    return b"".join(key.encrypt(data[at:at + 190], oaep) for at in range(0, max(1, len(data)), 190))
def receive(kms, key_id, message):
    return b"".join(
        kms.decrypt(
            KeyId=key_id, CiphertextBlob=message[at:at + 256], EncryptionAlgorithm="RSAES_OAEP_SHA_256"
        )["Plaintext"] for at in range(0, len(message), 256))
"""
_NO_TAG = f"""{_IMPORTS}
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
def send(public_key, data):
    key, nonce = secrets.token_bytes(32), secrets.token_bytes(16)
    wrapped = load_der_public_key(public_key).encrypt(key, oaep)
    return wrapped + nonce + Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor().update(data)
def receive(kms, key_id, message):
    key = kms.decrypt(
        KeyId=key_id, CiphertextBlob=message[:256], EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"]
    return Cipher(algorithms.AES(key), modes.CTR(message[256:272])).decryptor().update(message[272:])
"""
WRONG = ((_FIXED, "M5"), (_PIECES, "M3"), (_NO_TAG, "M6"))

MEGABYTE = 1024 * 1024


def public(trial: Trial) -> None:
    """A megabyte."""
    _try(trial, MEGABYTE, flips=8)


def hidden(trial: Trial) -> None:
    """Nothing, a byte, what RSA alone could hold, and a little more."""
    for size in (0, 1, 190, 191, 5000):
        _try(trial, size, flips=4)


def _try(trial: Trial, size: int, flips: int) -> None:
    owner, other, data = _key(trial), _key(trial), trial.random_bytes(size)
    public_key = trial.client("kms").get_public_key(KeyId=owner)["PublicKey"]
    message, again = (_send(trial, public_key, data) for _ in range(2))
    trial.expect(
        len(message) < size + 600, "a message of the data's size and a little more", len(message), "M3"
    )
    kms, opened = trial.student("kms"), list[bytes]()
    kms.meta.events.register(
        "after-call.kms.Decrypt", lambda parsed, **_: opened.append(parsed.get("Plaintext"))
    )
    came = trial.call("receive", kms, owner, message)
    calls = [event["eventName"] for event in trial.events(last_call=True)]
    trial.expect(trial.same(came, data), "the data that was sent", came)
    trial.expect(calls == ["Decrypt"], "one Decrypt to open it, and no other call", ", ".join(calls), "M3")
    trial.call("receive", kms, owner, again)
    trial.expect(len(set(opened)) == 2, "a fresh symmetric key for each message", "the same one again", "M5")
    _refused(trial, kms, other, message, "another RSA key of KMS")
    for _ in range(flips):
        changed, place = bytearray(message), trial.integer(0, len(message) - 1)
        changed[place] ^= 1 << trial.integer(0, 7)
        _refused(trial, kms, owner, bytes(changed), f"a message with one bit of byte {place} flipped")


def _key(trial: Trial) -> str:
    kms = trial.client("kms")
    return str(kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"])


def _send(trial: Trial, public_key: bytes, data: bytes) -> bytes:
    message = trial.call("send", public_key, data)
    trial.expect(type(message) is bytes, "one bytes object from send", message)
    trial.expect(
        not trial.events(last_call=True), "no call by send: it has the public key", "calls in the log"
    )
    return bytes(message)


def _refused(trial: Trial, kms: Any, key_id: str, message: bytes, what: str) -> None:
    try:
        trial.call("receive", kms, key_id, message)
    except Missed:
        return
    trial.miss(f"an error from receive for {what}", "it was opened as if nothing were", "M6")


EXERCISE = Exercise(
    "02-send",
    title="A megabyte for one recipient",
    points=5,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M3", "M5", "M6"),
    wrong=WRONG,
)
