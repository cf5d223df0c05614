"""Exercise 05-two-party: one party prepares an envelope, another fills it, and the first can't read along.

The proof is in the audit log: each party is a user of its own, so the log tells who was handed the data key.
"""

import json
from typing import Any

import boto3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """Two parties, two functions, two clients.

`prepare` runs at the office. It returns an **encrypted** data key of 256 bits, tied to the context, and the
office must never be handed the plaintext one. `fill` runs at the branch: it gets that blob, lets KMS open it,
and returns the data encrypted with AES-GCM: **first the 12 bytes of a fresh nonce, then the ciphertext**. The
check reads the audit log to see who asked for what.
"""

CELL = '''import secrets
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def prepare(kms, key_id, context):
    """At the office: return the encrypted data key, and nothing else."""
    ### BEGIN SOLUTION
    answer = kms.generate_data_key_without_plaintext(
        KeyId=key_id, KeySpec="AES_256", EncryptionContext=context
    )
    return answer["CiphertextBlob"]
    ### END SOLUTION


def fill(kms, blob, context, data):
    """At the branch: decrypt the blob, make a nonce, return nonce + ciphertext of the data."""
    ### BEGIN SOLUTION
    key = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, None)
    ### END SOLUTION
'''

NONCE = 12


def public(trial: Trial) -> None:
    """Both parties may do all data-key calls: it is up to them to make only the right one."""
    office = _party(trial, "office", "kms:GenerateDataKey*", "kms:Decrypt", "kms:Encrypt")
    branch = _party(trial, "branch", "kms:GenerateDataKey*", "kms:Decrypt", "kms:Encrypt")
    _try_both(trial, office, branch, {"branch": trial.word()}, trial.random_bytes(6000))


def hidden(trial: Trial) -> None:
    """Each party may make one call only; other sizes, other contexts; no nonce and no key twice."""
    office = _party(trial, "head-office", "kms:GenerateDataKeyWithoutPlaintext")
    branch = _party(trial, "harbour", "kms:Decrypt")
    context, data = {trial.word(): trial.word()}, trial.random_bytes(trial.integer(5000, 50000))
    filled = [_try_both(trial, office, branch, context, data) for _ in range(2)]
    trial.expect(
        filled[0][:NONCE] != filled[1][:NONCE], "a fresh nonce for each envelope", "the same one twice", "M5"
    )


def _try_both(trial: Trial, office: Any, branch: Any, context: dict[str, str], data: bytes) -> bytes:
    key_id = trial.client("kms").create_key()["KeyMetadata"]["KeyId"]
    blob = trial.call("prepare", office, key_id, dict(context))
    prepared = [event["eventName"] for event in trial.events(last_call=True)]
    trial.expect(
        not {"GenerateDataKey", "Decrypt"} & set(prepared),
        "an office that is never handed the plaintext data key",
        f"in the log, by the office: {', '.join(prepared)}",
        "M11",
    )
    trial.expect(
        prepared == ["GenerateDataKeyWithoutPlaintext"],
        "one GenerateDataKeyWithoutPlaintext by the office",
        ", ".join(prepared) or "no call",
        "M11" if "Encrypt" in prepared else "",
    )
    trial.expect(type(blob) is bytes, "the encrypted data key, as bytes", blob)
    filled = trial.call("fill", branch, blob, dict(context), data)
    calls = [event["eventName"] for event in trial.events(last_call=True)]
    trial.expect(
        calls == ["Decrypt"],
        "one Decrypt by the branch: it is the office's data key that is to be used",
        ", ".join(calls) or "no call",
        "M7" if "Encrypt" in calls else "",
    )
    trial.expect(type(filled) is bytes, "bytes: the nonce, then the ciphertext", filled)
    key = trial.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
    trial.expect(len(key) == 32, "a data key of 32 bytes, which are 256 bits", f"{len(key)} bytes")
    trial.expect(key not in filled, "an envelope without the plaintext data key", "the key is in it", "M10")
    try:
        opened = AESGCM(key).decrypt(filled[:NONCE], filled[NONCE:], None)
    except (InvalidTag, ValueError):
        opened = None
    trial.expect(
        opened == data,
        "12 bytes of nonce, then the data in AES-GCM",
        f"{len(filled)} bytes that do not open so",
    )
    return bytes(filled)


def _party(trial: Trial, name: str, *actions: str) -> Any:
    """Return the kms client of a new user who may do just this."""
    iam = trial.client("iam")
    iam.create_user(UserName=name)
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName=name, PolicyName="duties", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "kms", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"]
    )


_IMPORTS = "import secrets\nfrom cryptography.hazmat.primitives.ciphers.aead import AESGCM\n"
_PREPARE = """def prepare(kms, key_id, context):
    ask = dict(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    return kms.generate_data_key_without_plaintext(**ask)["CiphertextBlob"]
"""
_FILL = """def fill(kms, blob, context, data):
    key = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, data, None)
"""
WRONG = (
    (_IMPORTS + _PREPARE.replace("_without_plaintext", "") + _FILL, "M11"),
    (
        _IMPORTS + "def prepare(kms, key_id, context):\n"
        "    key = secrets.token_bytes(32)\n"
        '    return kms.encrypt(KeyId=key_id, Plaintext=key, EncryptionContext=context)["CiphertextBlob"]\n'
        + _FILL,
        "M11",
    ),
    (_IMPORTS + _PREPARE + _FILL.replace("return nonce", "return nonce + key"), "M10"),
    (
        _IMPORTS + _PREPARE + "def fill(kms, blob, context, data):\n"
        "    key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)\n"
        "    return nonce + AESGCM(key).encrypt(nonce, data, None)\n",
        "",
    ),
    (_IMPORTS + _PREPARE + _FILL.replace("return nonce +", "return"), ""),
)

EXERCISE = Exercise(
    "05-two-party",
    title="One prepares, another fills",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M5", "M7", "M10", "M11"),
    wrong=WRONG,
)
