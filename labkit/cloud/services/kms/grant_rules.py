"""What a grant may be: which operations go with which key, which constraints, which principals.

Source: KMS API Reference, "CreateGrant", "GrantConstraints"; KMS Developer Guide, "Grants in AWS KMS"
("Grant operations").
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.services.kms.granting import constraints_from
from labkit.cloud.services.kms.known_principals import SERVICE_HOST, is_principal
from labkit.cloud.services.kms.model import Grant, GrantConstraints, Key

faults = Faults("kms")

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
CONTEXT_PAIRS = 8
CONTEXT_LENGTH = 384

OF_ANY_KEY = ("CreateGrant", "DescribeKey", "RetireGrant")
OF_SYMMETRIC_KEYS = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
)
BY_USAGE = {
    "ENCRYPT_DECRYPT": ("Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"),
    "SIGN_VERIFY": ("Sign", "Verify", "GetPublicKey"),
    "GENERATE_VERIFY_MAC": ("GenerateMac", "VerifyMac"),
    "KEY_AGREEMENT": ("DeriveSharedSecret", "GetPublicKey"),
    "ENCAPSULATE_DECAPSULATE": ("Encapsulate", "Decapsulate", "GetPublicKey"),
}


def operations_of(key: Key) -> tuple[str, ...]:
    """The operations that a grant on `key` may permit."""
    own = OF_SYMMETRIC_KEYS if key.KeySpec == SYMMETRIC_DEFAULT else BY_USAGE[key.KeyUsage]
    return (*own, *OF_ANY_KEY)


def checked_operations(operations: Sequence[str], key: Key) -> tuple[str, ...]:
    """The operations of a new grant, each once.

    Raises:
        ValidationException: there are none, or only CreateGrant, or some that the key does not do.
    """
    wanted = tuple(dict.fromkeys(operations))
    if not wanted:
        raise faults.ValidationException("Grants must contain at least one operation.")
    if wanted == ("CreateGrant",):
        raise faults.ValidationException("Grants must not contain only the CreateGrant operation.")
    beyond = [name for name in wanted if name not in operations_of(key)]
    if beyond:
        raise faults.ValidationException(
            f"The following operations are not valid for this key: {', '.join(beyond)}"
        )
    return wanted


def checked_constraints(given: Mapping[str, Any], key: Key) -> GrantConstraints | None:
    """The constraints of a new grant, None if there are none.

    Raises:
        ValidationException: two on the encryption context, one on that of a key without any, or too long.
    """
    constraints = constraints_from(dict(given))
    if constraints is None:
        return None
    equals, subset = constraints.EncryptionContextEquals, constraints.EncryptionContextSubset
    if equals is not None and subset is not None:
        raise faults.ValidationException(
            "You cannot specify both EncryptionContextEquals and EncryptionContextSubset in a grant."
        )
    pairs = equals or subset or ()
    if pairs and key.KeySpec != SYMMETRIC_DEFAULT:
        raise faults.ValidationException(
            "Encryption context grant constraints are supported on symmetric encryption keys only."
        )
    if len(pairs) > CONTEXT_PAIRS:
        raise faults.ValidationException(
            f"A grant constraint can have at most {CONTEXT_PAIRS} encryption context pairs."
        )
    if any(len(value) > CONTEXT_LENGTH for _, value in pairs):
        raise faults.ValidationException(
            f"An encryption context value in a grant constraint can have at most {CONTEXT_LENGTH} characters."
        )
    return constraints


def checked_principals(cloud: Cloud, grant: Grant, partition: str) -> None:
    """Go on only if the grant has one grantee and at most one retiring principal, and there are such.

    Raises:
        ValidationException: it has none or two. InvalidArnException: one of them is no principal.
    """
    if (grant.GranteePrincipal is None) == (grant.GranteeServicePrincipal is None):
        raise faults.ValidationException(
            "You must specify either GranteePrincipal or GranteeServicePrincipal, but not both."
        )
    if grant.RetiringPrincipal and grant.RetiringServicePrincipal:
        raise faults.ValidationException(
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both."
        )
    if grant.GranteeServicePrincipal:
        constrained = grant.Constraints is not None and grant.Constraints.SourceArn is not None
        if not constrained or not grant.retiring:
            raise faults.ValidationException(
                "A grant to a GranteeServicePrincipal must have a SourceArn constraint, and a "
                "RetiringPrincipal or RetiringServicePrincipal."
            )
    for name in (grant.GranteePrincipal, grant.RetiringPrincipal):
        if name and not SERVICE_HOST.fullmatch(name) and not is_principal(cloud, name, partition):
            raise faults.InvalidArnException(f"ARN does not refer to a valid principal: {name}")
