"""Exercise 06-rewrap: many blobs under a new KMS key, by ReEncrypt, and one bad blob spoils no other.

Judged by what opens afterwards, and by the audit log: the plaintexts are never to leave KMS.
"""

from typing import Any

from botocore.exceptions import ClientError

from labkit.exercises.exercise import Exercise, Missed
from labkit.exercises.trial import Trial

PROMPT = """Write `rewrap_all`: it brings many blobs under another KMS key with `ReEncrypt`, so that no
plaintext ever leaves KMS.

`blobs` is a dictionary, name -> (blob, encryption context). Each new blob opens with the same context as its
old one. A blob that KMS refuses must not stop the others. Return **two** dictionaries: name -> new blob of
those that worked, and name -> error code, such as `"DisabledException"`, of those that did not. The code of
a `ClientError` is `error.response["Error"]["Code"]`.
"""

CELL = '''from botocore.exceptions import ClientError


def rewrap_all(kms, blobs, new_key):
    """Return name -> blob under `new_key`, and name -> error code for those that failed."""
    ### BEGIN SOLUTION
    done, failed = {}, {}
    for name, (blob, context) in blobs.items():
        contexts = {"SourceEncryptionContext": context, "DestinationEncryptionContext": context}
        try:
            answer = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key, **contexts)
            done[name] = answer["CiphertextBlob"]
        except ClientError as error:
            failed[name] = error.response["Error"]["Code"]
    return done, failed
    ### END SOLUTION
'''

Blobs = dict[str, tuple[bytes, dict[str, str]]]


def public(trial: Trial) -> None:
    """Data keys under an old key, each with its context; one in the middle is damaged."""
    old, new = _key(trial), _key(trial)
    plain, blobs = _blobs(trial, old, trial.integer(5, 8))
    broken = trial.choice(list(blobs)[1:-1])
    blob, context = blobs[broken]
    blobs[broken] = (blob[:-1] + bytes([blob[-1] ^ 1]), context)
    _try_with(trial, plain, blobs, new, {broken: "InvalidCiphertextException"})


def hidden(trial: Trial) -> None:
    """Blobs of several keys, one of them disabled; the new key by its alias; no blob at all; no bad one."""
    kms: Any = trial.client("kms")
    new, alias = _key(trial), f"alias/{trial.word()}"
    kms.create_alias(AliasName=alias, TargetKeyId=new)
    disabled = _key(trial)
    plain, blobs = _blobs(trial, _key(trial), trial.integer(4, 7))
    for key_id, count in ((disabled, 2), (_key(trial), 3)):
        more_plain, more_blobs = _blobs(trial, key_id, count)
        plain, blobs = more_plain | plain, more_blobs | blobs
    kms.disable_key(KeyId=disabled)
    failed = {name: "DisabledException" for name, (blob, _) in blobs.items() if not _opens(kms, blobs[name])}
    _try_with(trial, plain, blobs, alias, failed)
    _try_with(trial, {}, {}, new, {})
    old = _key(trial)
    plain, blobs = _blobs(trial, old, 3)
    done = _try_with(trial, plain, blobs, new, {})
    kms.disable_key(KeyId=old)
    trial.expect(
        all(_opens(kms, (done[name], blobs[name][1])) for name in done),
        "blobs that open without the old key",
        "KMS asked for the old key",
        "M12",
    )


def _try_with(
    trial: Trial, plain: dict[str, bytes], blobs: Blobs, new_key: str, bad: dict[str, str]
) -> dict[str, bytes]:
    kms: Any = trial.client("kms")
    try:
        came = trial.call("rewrap_all", trial.student("kms"), dict(blobs), new_key)
    except Missed as missed:
        if any(event.get("errorCode") for event in trial.events(last_call=True)):
            trial.miss("all good blobs done, though one is refused", missed.came)
        raise
    trial.expect(
        type(came) is tuple and [type(part) for part in came] == [dict, dict],
        "two dictionaries: return done, failed",
        came,
    )
    done, failed = came
    _check_calls(trial)
    kept = [name for name in blobs if done.get(name) == blobs[name][0]]
    trial.expect(not kept, "new blobs under the new key", f"{len(kept)} old blobs, unchanged", "M12")
    # Who forgets the contexts has every blob refused.
    smells = "M18" if len(failed) > len(bad) else ""
    trial.expect(trial.same(failed, bad), f"failed: {bad}", f"failed: {failed}", smells)
    good = sorted(name for name in blobs if name not in bad)
    trial.expect(
        sorted(done) == good, f"the {len(good)} others, done", f"{len(done)}, named {', '.join(sorted(done))}"
    )
    new_arn = kms.describe_key(KeyId=new_key)["KeyMetadata"]["Arn"]
    for name in good:
        context = blobs[name][1]
        trial.expect(type(done[name]) is bytes, "a blob, as bytes", done[name])
        if not _opens(kms, (done[name], context)):
            dropped = _opens(kms, (done[name], {}))
            trial.miss(
                "a new blob that opens with the same context as the old one",
                "it opens with no context" if dropped else "it does not open",
                "M18" if dropped else "",
            )
        answer = kms.decrypt(CiphertextBlob=done[name], EncryptionContext=context)
        trial.expect(answer["KeyId"] == new_arn, "a blob under the new key", "it is under another one")
        trial.expect(answer["Plaintext"] == plain[name], "the same plaintext as before", "another one")
    return dict(done)


def _check_calls(trial: Trial) -> None:
    calls = {event["eventName"] for event in trial.events(last_call=True)}
    trial.expect(
        not calls & {"Decrypt", "Encrypt"},
        "ReEncrypt alone: no plaintext leaves KMS",
        f"{' and '.join(sorted(calls))}: with Decrypt, each plaintext came to this computer",
    )


def _key(trial: Trial) -> str:
    return str(trial.client("kms").create_key()["KeyMetadata"]["KeyId"])


def _blobs(trial: Trial, key_id: str, count: int) -> tuple[dict[str, bytes], Blobs]:
    """Name -> plaintext, and name -> blob with its context."""
    kms: Any = trial.client("kms")
    plain = {trial.word(): trial.random_bytes(32) for _ in range(count)}
    blobs = {}
    for name, plaintext in plain.items():
        context = {"file": name, "month": trial.word(3)}
        sealed = kms.encrypt(KeyId=key_id, Plaintext=plaintext, EncryptionContext=context)
        blobs[name] = (sealed["CiphertextBlob"], context)
    return plain, blobs


def _opens(kms: Any, sealed: tuple[bytes, dict[str, str]]) -> bool:
    blob, context = sealed
    try:
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    except ClientError:
        return False
    return True


_RIGHT = """def rewrap_all(kms, blobs, new_key):
    done, failed = {}, {}
    for name, (blob, context) in blobs.items():
        try:
            done[name] = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key,
                SourceEncryptionContext=context, DestinationEncryptionContext=context)["CiphertextBlob"]
        except Exception as error:
            failed[name] = error.response["Error"]["Code"]
    return done, failed
"""
_THERE_AND_BACK = """def rewrap_all(kms, blobs, new_key):
    done, failed = {}, {}
    for name, (blob, context) in blobs.items():
        try:
            plain = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
            answer = kms.encrypt(KeyId=new_key, Plaintext=plain, EncryptionContext=context)
            done[name] = answer["CiphertextBlob"]
        except Exception as error:
            failed[name] = error.response["Error"]["Code"]
    return done, failed
"""
_ONE_TRY = """def rewrap_all(kms, blobs, new_key):
    done, failed = {}, {}
    try:
        for name, (blob, context) in blobs.items():
            done[name] = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key,
                SourceEncryptionContext=context, DestinationEncryptionContext=context)["CiphertextBlob"]
    except Exception as error:
        failed[name] = error.response["Error"]["Code"]
    return done, failed
"""
_NO_TRY = """def rewrap_all(kms, blobs, new_key):
    return {name: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key,
                SourceEncryptionContext=context, DestinationEncryptionContext=context)["CiphertextBlob"]
            for name, (blob, context) in blobs.items()}, {}
"""
_ONLY_ROTATED = """def rewrap_all(kms, blobs, new_key):
    kms.rotate_key_on_demand(KeyId=new_key)
    return {name: blob for name, (blob, _) in blobs.items()}, {}
"""
WRONG = (
    (_THERE_AND_BACK, ""),
    (_RIGHT.replace("SourceEncryptionContext=context, DestinationEncryptionContext=context", ""), "M18"),
    (_RIGHT.replace(", DestinationEncryptionContext=context", ""), "M18"),
    (_ONE_TRY, ""),
    (_NO_TRY, ""),
    (_ONLY_ROTATED, "M12"),
)

EXERCISE = Exercise(
    "06-rewrap",
    title="Rewrap them all",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M12", "M18"),
    wrong=WRONG,
)
