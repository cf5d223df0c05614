"""Which operations a key answers in which state: the documentation's table, as a table.

Source: KMS Developer Guide, "Key states of AWS KMS keys". The footnotes there are the errors here.
"""

from labkit.cloud.core.faults import Faults
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.kms.model import Key

faults = Faults("kms")

ENABLED = "Enabled"
DISABLED = "Disabled"
PENDING_DELETION = "PendingDeletion"

_ANY = frozenset({ENABLED, DISABLED, PENDING_DELETION})
_NOT_DELETED = frozenset({ENABLED, DISABLED})
_WORKING = frozenset({ENABLED})

ALLOWED_IN = {
    "CancelKeyDeletion": frozenset({PENDING_DELETION}),
    "CreateAlias": _NOT_DELETED,
    "Decrypt": _WORKING,
    "DeleteAlias": _ANY,
    "DescribeKey": _ANY,
    "DisableKey": _NOT_DELETED,
    "DisableKeyRotation": _WORKING,
    "EnableKey": _NOT_DELETED,
    "EnableKeyRotation": _WORKING,
    "Encrypt": _WORKING,
    "GenerateDataKey": _WORKING,
    "GenerateDataKeyWithoutPlaintext": _WORKING,
    "GenerateMac": _WORKING,
    "GetKeyPolicy": _ANY,
    "GetKeyRotationStatus": _ANY,
    "GetPublicKey": _NOT_DELETED,
    "ListAliases": _ANY,
    "ListKeyPolicies": _ANY,
    "ListKeyRotations": _ANY,
    "ListResourceTags": _ANY,
    "PutKeyPolicy": _ANY,
    "ReEncrypt": _WORKING,
    "RotateKeyOnDemand": _WORKING,
    "ScheduleKeyDeletion": _NOT_DELETED,
    "Sign": _WORKING,
    "TagResource": _NOT_DELETED,
    "UntagResource": _NOT_DELETED,
    "UpdateAlias": _NOT_DELETED,
    "UpdateKeyDescription": _NOT_DELETED,
    "Verify": _WORKING,
    "VerifyMac": _WORKING,
}


def check_state(key: Key, operation: str) -> None:
    """Go on only if `operation` works on a key in this state.

    Raises:
        DisabledException: the key is disabled.
        KMSInvalidStateException: it is pending deletion, or is not although it should be.
    """
    if key.KeyState not in ALLOWED_IN[operation]:
        raise _refusal(key, ALLOWED_IN[operation])


def _refusal(key: Key, allowed: frozenset[str]) -> AwsError:
    """AWS's sentence for a key in the wrong state."""
    if key.KeyState == PENDING_DELETION:
        return faults.KMSInvalidStateException(f"{key.Arn} is pending deletion.")
    if PENDING_DELETION in allowed:
        return faults.KMSInvalidStateException(f"{key.Arn} is not pending deletion.")
    return faults.DisabledException(f"{key.Arn} is disabled.")
