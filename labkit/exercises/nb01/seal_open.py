"""Exercise 01-seal-open: seal and open a message, so that no bit of it can be changed unnoticed."""

from typing import Any

from labkit.exercises.exercise import Exercise, Missed
from labkit.exercises.trial import Trial

PROMPT = """Write `seal` and `open_sealed`.

`seal` encrypts `data` with AES-256-GCM, authenticates `label` with it (a name that travels in the open, such
as `b"to: bank"`), and returns **one** bytes object that holds all that is needed to open it, except for the
key and the label. `open_sealed` returns the data again, and raises an error if a single bit of the message,
the label or the key is another one. Every call makes a nonce of its own.
"""

CELL = '''import secrets
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(key, data, label):
    """Return nonce and ciphertext of the data, in one piece."""
    ### BEGIN SOLUTION
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, label)
    ### END SOLUTION


def open_sealed(key, message, label):
    """Return the data, or raise an error if anything has been changed."""
    ### BEGIN SOLUTION
    return AESGCM(key).decrypt(message[:12], message[12:], label)
    ### END SOLUTION
'''

_IMPORT = "import secrets\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
_OPEN = """
def open_sealed(key, message, label):
    return AESGCM(key).decrypt(message[:12], message[12:], label)
"""
_CTR = """from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
import secrets
def seal(key, data, label):
    nonce = secrets.token_bytes(16)
    made = Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor()
    return nonce + made.update(data)
def open_sealed(key, message, label):
    made = Cipher(algorithms.AES(key), modes.CTR(message[:16])).decryptor()
    return made.update(message[16:])
"""
WRONG = (
    (
        f"{_IMPORT}\ndef seal(key, data, label):\n    nonce = bytes(12)\n"
        f"    return nonce + AESGCM(key).encrypt(nonce, data, label)\n{_OPEN}",
        "M5",
    ),
    (_CTR, "M6"),
    (
        f"{_IMPORT}\ndef seal(key, data, label):\n    nonce = secrets.token_bytes(12)\n"
        f"    return nonce + AESGCM(key).encrypt(nonce, data, None)\n"
        + _OPEN.replace("], label)", "], None)"),
        "M6",
    ),
    (
        "def seal(key, data, label):\n    return data\n\n"
        "def open_sealed(key, message, label):\n    return message\n",
        "M6",
    ),
)


def public(trial: Trial) -> None:
    """It opens; no bit may be changed; a thousand nonces differ."""
    _there_and_back(trial, trial.random_bytes(50))


def hidden(trial: Trial) -> None:
    """Nothing at all, and more than a block; another key; a message cut short."""
    for size in (0, 1, 4097):
        _there_and_back(trial, trial.random_bytes(size), flips=16)
    key, label = trial.random_bytes(32), trial.word().encode()
    message = _seal(trial, key, b"data", label)
    _refused(trial, trial.random_bytes(32), message, label, "another key")
    _refused(trial, key, message[:-1], label, "a message without its last byte")


def _there_and_back(trial: Trial, data: bytes, flips: int = 0) -> None:
    key, label = trial.random_bytes(32), trial.word().encode()
    message = _seal(trial, key, data, label)
    if len(data) >= 16:  # a few bytes may stand in a ciphertext by chance
        trial.expect(data not in message, "a message that does not show the data", "the data in it", "M6")
    came = trial.call("open_sealed", key, message, label)
    trial.expect(trial.same(came, data), "the data that was sealed", came)
    sealed = {message, *(_seal(trial, key, data, label) for _ in range(200 if flips else 1000))}
    trial.expect(
        len(sealed) == (201 if flips else 1001),
        "another message each time, because each has a nonce of its own",
        f"{len(sealed)} different ones of {201 if flips else 1001}",
        "M5",
    )
    for place in range(len(message)) if not flips else range(0, len(message), max(1, len(message) // flips)):
        changed = bytearray(message)
        changed[place] ^= 1 << trial.integer(0, 7)
        _refused(trial, key, bytes(changed), label, f"a message with one bit of byte {place} flipped")
    _refused(trial, key, message, label + b"!", "another label")


def _seal(trial: Trial, key: bytes, data: bytes, label: bytes) -> bytes:
    message: Any = trial.call("seal", key, data, label)
    trial.expect(type(message) is bytes, "one bytes object from seal", message)
    return bytes(message)


def _refused(trial: Trial, key: bytes, message: bytes, label: bytes, what: str) -> None:
    try:
        trial.call("open_sealed", key, message, label)
    except Missed:
        return
    raise Missed(f"an error from open_sealed for {what}", "it was opened as if nothing were", "M6")


EXERCISE = Exercise(
    "01-seal-open",
    title="Seal and open",
    points=5,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M5", "M6"),
    wrong=WRONG,
)
