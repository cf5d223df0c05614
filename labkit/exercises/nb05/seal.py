"""Exercise 05-seal: a file of one megabyte in an envelope, opened again from the stored bytes and KMS alone.

How the envelope is laid out is the student's affair. What is judged: the calls in the audit log, what is
stored, and that a changed byte is refused.
"""

import base64
from typing import Any

from labkit.exercises.exercise import Exercise, Missed
from labkit.exercises.trial import Trial

PROMPT = """Write both halves of an envelope, for data of any size in memory.

`seal` returns **one byte string** that has in it all that is needed to open it, except the KMS key. It asks
KMS for one data key, and for nothing else. `unseal` gets that byte string and a client, and returns the data.
If any byte of it was changed, `unseal` raises an error. How you lay out the byte string is up to you.
"""

CELL = '''import secrets
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(kms, key_id, data):
    """Return the data in an envelope: one byte string."""
    ### BEGIN SOLUTION
    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    blob, nonce = answer["CiphertextBlob"], secrets.token_bytes(12)
    sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, data, None)
    return len(blob).to_bytes(2, "big") + blob + nonce + sealed
    ### END SOLUTION


def unseal(kms, envelope):
    """Return the data of an envelope. An error if a byte of it was changed."""
    ### BEGIN SOLUTION
    end = 2 + int.from_bytes(envelope[:2], "big")
    key = kms.decrypt(CiphertextBlob=envelope[2:end])["Plaintext"]
    return AESGCM(key).decrypt(envelope[end : end + 12], envelope[end + 12 :], None)
    ### END SOLUTION
'''

MEGABYTE = 1_000_000


def public(trial: Trial) -> None:
    """One megabyte, there and back; then a byte is changed near the end."""
    key_id = trial.client("kms").create_key()["KeyMetadata"]["KeyId"]
    data = trial.random_bytes(MEGABYTE)
    envelope = _sealed(trial, key_id, data)
    _unsealed(trial, envelope, data)
    _refused(trial, envelope, len(envelope) - trial.integer(20, 4000))


def hidden(trial: Trial) -> None:
    """Other sizes, bytes changed in every part, a key that is switched off, no data key used twice."""
    kms = trial.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    for size in (0, 1, 4096, 4097, trial.integer(5000, 50000)):
        data = trial.random_bytes(size)
        _unsealed(trial, _sealed(trial, key_id, data), data)
    data = trial.random_bytes(5000)
    envelope = _sealed(trial, key_id, data)
    for place in (trial.integer(0, 40), trial.integer(100, 180), trial.integer(210, 5000), len(envelope) - 1):
        _refused(trial, envelope, place)
    kms.disable_key(KeyId=key_id)
    trial.expect(
        _fails(trial, envelope), "no way to open it while the KMS key is disabled", "it opened", "M10"
    )


def _sealed(trial: Trial, key_id: str, data: bytes) -> bytes:
    """Seal, and look at the calls that it took and at what is to be stored."""
    student: Any = trial.student("kms")
    # The log tells of no data key what it was. The client does, as its answer comes in.
    handed_out: list[bytes] = []
    student.meta.events.register(
        "after-call.kms.GenerateDataKey",
        lambda parsed, **_: handed_out.append(parsed.get("Plaintext", b"")),
    )
    try:
        envelope = trial.call("seal", student, key_id, data)
    except Missed as missed:
        if "Encrypt" in _names(trial):
            raise Missed("the data encrypted here, and only a data key from KMS", missed.came, "M7") from None
        raise
    _check_calls(trial, _names(trial))
    trial.expect(type(envelope) is bytes, "an envelope that is one byte string", envelope)
    key = handed_out[0]
    spelt = (key, key.hex().encode(), base64.b64encode(key))
    trial.expect(
        not any(form in envelope for form in spelt),
        "an envelope without the plaintext data key",
        "the plaintext data key is in it",
        "M10",
    )
    trial.expect(len(data) < 64 or data[:64] not in envelope, "encrypted data", "the data is in it, readable")
    return bytes(envelope)


def _check_calls(trial: Trial, calls: list[str]) -> None:
    shown = f"{len(calls)} of {', '.join(sorted(set(calls)))}" if calls else "no call"
    encrypts, data_keys = calls.count("Encrypt"), calls.count("GenerateDataKey")
    if encrypts and data_keys:
        smells = "M9"
    elif encrypts > 1:
        smells = "M7"
    else:
        smells = ""
    trial.expect(calls == ["GenerateDataKey"], "one GenerateDataKey and no other call of KMS", shown, smells)


def _unsealed(trial: Trial, envelope: bytes, data: bytes) -> None:
    opened = trial.call("unseal", trial.student("kms"), envelope)
    calls = _names(trial)
    trial.expect(
        calls == ["Decrypt"],
        "one Decrypt: opened from the stored envelope and KMS alone",
        ", ".join(calls) or "opened without KMS, with a key that was kept somewhere",
        "" if calls else "M10",
    )
    trial.expect(trial.same(opened, data), f"the same {len(data)} bytes again", opened)


def _refused(trial: Trial, envelope: bytes, place: int) -> None:
    changed = bytearray(envelope)
    changed[place] ^= 1
    trial.expect(
        _fails(trial, bytes(changed)),
        f"an error, as byte {place} of the envelope was changed",
        "it opened without complaint",
        "M6",
    )


def _fails(trial: Trial, envelope: bytes) -> bool:
    try:
        trial.call("unseal", trial.student("kms"), envelope)
    except Missed:
        return True
    return False


def _names(trial: Trial) -> list[str]:
    return [event["eventName"] for event in trial.events(last_call=True)]


_IMPORTS = """import secrets
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
"""
_RIGHT = """def seal(kms, key_id, data):
    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    key, blob, nonce = answer["Plaintext"], answer["CiphertextBlob"], secrets.token_bytes(12)
    return len(blob).to_bytes(2, "big") + blob + nonce + AESGCM(key).encrypt(nonce, data, None)

def unseal(kms, envelope):
    end = 2 + int.from_bytes(envelope[:2], "big")
    key = kms.decrypt(CiphertextBlob=envelope[2:end])["Plaintext"]
    return AESGCM(key).decrypt(envelope[end:end + 12], envelope[end + 12:], None)
"""
_WHOLE = """def seal(kms, key_id, data):
    return kms.encrypt(KeyId=key_id, Plaintext=data)["CiphertextBlob"]

def unseal(kms, envelope):
    return kms.decrypt(CiphertextBlob=envelope)["Plaintext"]
"""
_SLICES = """def seal(kms, key_id, data):
    slices = (data[i:i + 4096] for i in range(0, len(data), 4096))
    blobs = [kms.encrypt(KeyId=key_id, Plaintext=one)["CiphertextBlob"] for one in slices]
    return b"".join(len(blob).to_bytes(2, "big") + blob for blob in blobs)

def unseal(kms, envelope):
    return b""
"""
_TWICE = """def seal(kms, key_id, data):
    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    nonce = secrets.token_bytes(12)
    once = nonce + AESGCM(answer["Plaintext"]).encrypt(nonce, data, None)
    return kms.encrypt(KeyId=key_id, Plaintext=once[:4096])["CiphertextBlob"] + once[4096:]

def unseal(kms, envelope):
    return b""
"""
_STORED = _RIGHT.replace("return len(blob)", "return key + len(blob)")
_NO_TAG = """def cipher(key, nonce):
    return Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor()

def seal(kms, key_id, data):
    answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    blob, nonce = answer["CiphertextBlob"], secrets.token_bytes(16)
    return len(blob).to_bytes(2, "big") + blob + nonce + cipher(answer["Plaintext"], nonce).update(data)

def unseal(kms, envelope):
    end = 2 + int.from_bytes(envelope[:2], "big")
    key = kms.decrypt(CiphertextBlob=envelope[2:end])["Plaintext"]
    return cipher(key, envelope[end:end + 16]).update(envelope[end + 16:])
"""
_KEPT = """kept = {}

def seal(kms, key_id, data):
    kept["key"] = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(kept["key"]).encrypt(nonce, data, None)

def unseal(kms, envelope):
    return AESGCM(kept["key"]).decrypt(envelope[:12], envelope[12:], None)
"""
_OWN_KEY = _RIGHT.replace(
    'answer = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")',
    "key = secrets.token_bytes(32)\n    answer = kms.encrypt(KeyId=key_id, Plaintext=key)",
).replace('key, blob, nonce = answer["Plaintext"], ', "blob, nonce = ")
WRONG = (
    (_IMPORTS + _WHOLE, "M7"),
    (_IMPORTS + _SLICES, "M7"),
    (_IMPORTS + _TWICE, "M9"),
    (_IMPORTS + _STORED, "M10"),
    (_IMPORTS + _KEPT, "M10"),
    (_IMPORTS + _NO_TAG, "M6"),
    (_IMPORTS + _OWN_KEY, ""),
)

EXERCISE = Exercise(
    "05-seal",
    title="Seal a file",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M6", "M7", "M9", "M10"),
    wrong=WRONG,
)
