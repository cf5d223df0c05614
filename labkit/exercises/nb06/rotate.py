"""Exercise 06-rotate: yearly rotation for all keys that can rotate by themselves, and for no other.

Judged by the keys' rotation status, and by the audit log: a key that can't is not even asked.
"""

from typing import Any

from labkit.exercises.exercise import Exercise, Missed
from labkit.exercises.trial import Trial

PROMPT = """Switch on yearly rotation for every key of the account that can rotate by itself **now**. Leave
all others alone: no call of yours may be refused. So look first, then act.

The loop over all keys is there (`list_keys` answers in pages, and the paginator turns them). What
`describe_key` says about a key is in `metadata`; section 4 shows which of its fields decide. A key that is
disabled can't be changed either.
"""

CELL = '''def rotate_all_yearly(kms):
    """Switch on yearly rotation for each key that can rotate by itself."""
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            ### BEGIN SOLUTION
            fields = (metadata["KeySpec"], metadata["Origin"], metadata["KeyState"])
            if fields == ("SYMMETRIC_DEFAULT", "AWS_KMS", "Enabled"):
                kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=365)
            ### END SOLUTION
'''

ASYMMETRIC = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
ENCRYPTING = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
HMAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
IMPORTED = {"Origin": "EXTERNAL"}


def public(trial: Trial) -> None:
    """Keys that can, one of each kind that can't, and one that is disabled."""
    disabled = _key(trial)
    trial.client("kms").disable_key(KeyId=disabled)
    for kind in (ASYMMETRIC, ENCRYPTING, HMAC, IMPORTED):
        _key(trial, **kind)
    _try_with(trial, [_key(trial) for _ in range(trial.integer(2, 4))], [disabled])


def hidden(trial: Trial) -> None:
    """More keys, other kinds, one on its way to be deleted; then all once more."""
    kms: Any = trial.client("kms")
    leaving = _key(trial)
    kms.schedule_key_deletion(KeyId=leaving)
    for kind in (ASYMMETRIC, {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"}, HMAC, IMPORTED):
        _key(trial, **kind)
    able = [_key(trial) for _ in range(trial.integer(5, 9))]
    _try_with(trial, able, [leaving])
    _try_with(trial, able, [leaving])


def _key(trial: Trial, **kind: str) -> str:
    return str(trial.client("kms").create_key(**kind)["KeyMetadata"]["KeyId"])


def _try_with(trial: Trial, able: list[str], unable: list[str]) -> None:
    try:
        trial.call("rotate_all_yearly", trial.student("kms"))
    except Missed:
        _check_refusals(trial)
        raise
    _check_refusals(trial)
    kms: Any = trial.client("kms")
    statuses = [kms.get_key_rotation_status(KeyId=key_id) for key_id in able]
    periods = [status.get("RotationPeriodInDays") for status in statuses if status["KeyRotationEnabled"]]
    trial.expect(
        len(periods) == len(able),
        f"{len(able)} keys that rotate by themselves",
        f"{len(periods)} of them do",
    )
    trial.expect(
        set(periods) == {365}, "a period of 365 days", ", ".join(f"{period} days" for period in set(periods))
    )
    touched = [key for key in unable if kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]]
    trial.expect(not touched, "keys that are not enabled left alone", f"{len(touched)} of them rotate")
    states = {kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in unable}
    trial.expect("Enabled" not in states, "keys that are not enabled left alone", "one was enabled", "M15")


def _check_refusals(trial: Trial) -> None:
    refused = [event for event in trial.events(last_call=True) if event.get("errorCode")]
    codes = sorted({event["errorCode"] for event in refused})
    unsupported = any(code.startswith("Unsupported") for code in codes)
    trial.expect(
        not refused,
        "no call that is refused: only keys that can rotate by themselves are asked to",
        f"{len(refused)} refused: {', '.join(codes)}",
        "M14" if unsupported else "",
    )


def _asking(condition: str, call: str = "enable_key_rotation(KeyId=key['KeyId'])") -> str:
    return (
        "def rotate_all_yearly(kms):\n"
        "    for key in kms.list_keys()['Keys']:\n"
        "        metadata = kms.describe_key(KeyId=key['KeyId'])['KeyMetadata']\n"
        f"        if {condition}:\n"
        f"            kms.{call}\n"
    )


_ABLE = (
    "(metadata['KeySpec'], metadata['Origin'], metadata['KeyState']) == "
    "('SYMMETRIC_DEFAULT', 'AWS_KMS', 'Enabled')"
)
WRONG = (
    (_asking("metadata['Enabled']"), "M14"),
    (
        "def rotate_all_yearly(kms):\n"
        "    for key in kms.list_keys()['Keys']:\n"
        "        try:\n"
        "            kms.enable_key_rotation(KeyId=key['KeyId'])\n"
        "        except Exception:\n"
        "            pass\n",
        "M14",
    ),
    (_asking("metadata['Enabled'] and metadata['KeyUsage'] == 'ENCRYPT_DECRYPT'"), "M14"),
    (_asking("metadata['KeySpec'] == 'SYMMETRIC_DEFAULT' and metadata['Origin'] == 'AWS_KMS'"), ""),
    (_asking(_ABLE, "enable_key_rotation(KeyId=key['KeyId'], RotationPeriodInDays=90)"), ""),
    (_asking(_ABLE, "rotate_key_on_demand(KeyId=key['KeyId'])"), ""),
    (_asking("False"), ""),
)

EXERCISE = Exercise(
    "06-rotate",
    title="Every year, by themselves",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M14", "M15"),
    wrong=WRONG,
)
