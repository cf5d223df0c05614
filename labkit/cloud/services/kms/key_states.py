"""Which operations a key answers in which state: the documentation's table, as a table.

Source: KMS Developer Guide, "Key states of AWS KMS keys". The footnotes there are the errors here. One cell
differs: the page lets GetPublicKey fail for a disabled key, and AWS does not. For Creating and Updating the
API Reference says which operations go on ("ReplicateKey": a key being created can be managed and not used;
"UpdatePrimaryRegion": a key being updated can be used, and neither be enabled nor disabled nor replicated).
"""

from labkit.cloud.core.faults import Faults
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.kms.model import Key

faults = Faults("kms")

AWS_KMS, EXTERNAL = "AWS_KMS", "EXTERNAL"

ENABLED = "Enabled"
DISABLED = "Disabled"
PENDING_DELETION = "PendingDeletion"
PENDING_IMPORT = "PendingImport"
PENDING_REPLICA_DELETION = "PendingReplicaDeletion"
UNAVAILABLE = "Unavailable"
CREATING = "Creating"
UPDATING = "Updating"

_DELETED = frozenset({PENDING_DELETION, PENDING_REPLICA_DELETION})
_NOT_DELETED = frozenset({ENABLED, DISABLED, PENDING_IMPORT, UNAVAILABLE, UPDATING})
_ANY = _NOT_DELETED | _DELETED | {CREATING}
_MANAGED = _NOT_DELETED | {CREATING}
_SWITCHED = frozenset({ENABLED, DISABLED, UNAVAILABLE})
_WORKING = frozenset({ENABLED, UPDATING})
_QUIET = frozenset({ENABLED})
_IMPORTING = frozenset({ENABLED, DISABLED, PENDING_IMPORT})

ALLOWED_IN = {
    "CancelKeyDeletion": _DELETED,
    "CreateAlias": _MANAGED,
    "CreateGrant": _WORKING | {UNAVAILABLE},
    "Decapsulate": _WORKING,
    "Decrypt": _WORKING,
    "DeleteAlias": _ANY,
    "DeleteImportedKeyMaterial": _IMPORTING | _DELETED,
    "DeriveSharedSecret": _WORKING,
    "DescribeKey": _ANY,
    "DisableKey": _SWITCHED,
    "DisableKeyRotation": _QUIET,
    "EnableKey": _SWITCHED,
    "EnableKeyRotation": _QUIET,
    "Encapsulate": _WORKING,
    "Encrypt": _WORKING,
    "GenerateDataKey": _WORKING,
    "GenerateDataKeyPair": _WORKING,
    "GenerateDataKeyPairWithoutPlaintext": _WORKING,
    "GenerateDataKeyWithoutPlaintext": _WORKING,
    "GenerateMac": _WORKING,
    "GetKeyLastUsage": _ANY,
    "GetKeyPolicy": _ANY,
    "GetKeyRotationStatus": _ANY,
    "GetParametersForImport": _IMPORTING,
    "GetPublicKey": _NOT_DELETED - {PENDING_IMPORT},
    "ImportKeyMaterial": _IMPORTING,
    "ListAliases": _ANY,
    "ListGrants": _ANY,
    "ListKeyPolicies": _ANY,
    "ListKeyRotations": _ANY,
    "ListResourceTags": _ANY,
    "PutKeyPolicy": _ANY,
    "ReEncrypt": _WORKING,
    "ReplicateKey": _QUIET,
    "RetireGrant": _ANY,
    "RevokeGrant": _ANY,
    "RotateKeyOnDemand": _QUIET,
    "ScheduleKeyDeletion": _NOT_DELETED - {UPDATING},
    "Sign": _WORKING,
    "TagResource": _MANAGED,
    "UntagResource": _MANAGED,
    "UpdateAlias": _MANAGED,
    "UpdateKeyDescription": _MANAGED,
    "UpdatePrimaryRegion": _QUIET,
    "Verify": _WORKING,
    "VerifyMac": _WORKING,
}

NOT_CONNECTED = (
    "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect "
    "the external key store and try the request again."
)

_TOLD = {
    DISABLED: "is disabled.",
    PENDING_DELETION: "is pending deletion.",
    PENDING_REPLICA_DELETION: "is pending replica deletion.",
    PENDING_IMPORT: "is pending import.",
    UNAVAILABLE: "is unavailable.",
    CREATING: "is creating.",
    UPDATING: "is updating.",
}


def check_origin(key: Key, *origins: str) -> None:
    """Go on only if the key's material is of one of these origins; else UnsupportedOperationException.

    The documentation's table has this among its footnotes, and it is looked at before the key state: a key
    with imported material is told that it can't rotate, rather than that it is pending import.
    """
    if key.Origin not in origins:
        raise faults.UnsupportedOperationException(
            f"{key.Arn} origin is {key.Origin} which is not valid for this operation."
        )


def sentence(state: str, operation: str) -> str:
    """What is said of a key in `state` by an operation that does not work in it, after the key's ARN."""
    return "is not pending deletion." if ALLOWED_IN[operation] == _DELETED else _TOLD[state]


def wrong_state(key: Key, operation: str) -> AwsError:
    """AWS's error for a key in a state that `operation` does not work in.

    It is DisabledException if the key is disabled, else KMSInvalidStateException.
    """
    told = sentence(key.KeyState, operation)
    if told == _TOLD[UNAVAILABLE] and key.XksKeyId:
        return faults.KMSInvalidStateException(NOT_CONNECTED)
    if told == _TOLD[DISABLED]:
        return faults.DisabledException(f"{key.Arn} {told}")
    return faults.KMSInvalidStateException(f"{key.Arn} {told}")
