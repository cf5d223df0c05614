"""Request quotas: how many calls a second KMS takes before it says ThrottlingException.

Off unless they are switched on, as they would only be in the way: `lab.quotas.enforce()`. Each account and
region has a bucket for each quota; it holds a second's worth of calls, and fills as the lab's time passes.
Source: KMS Developer Guide, "Request quotas", as of November 2026, with the default of most regions.
"""

from datetime import datetime

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults

faults = Faults("kms")

SYMMETRIC = "Cryptographic operations (symmetric) request rate"
RSA = "Cryptographic operations (RSA) request rate"
ECC = "Cryptographic operations (ECC and SM2) request rate"
ML_DSA = "Cryptographic operations (ML-DSA) request rate"
ML_KEM = "Cryptographic operations (ML-KEM) request rate"
CUSTOM_KEY_STORE = "Custom key store request quotas"

CRYPTOGRAPHIC = frozenset(
    {"Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey"}
    | {"GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify"}
    | {"VerifyMac"}
)

# Calls a second, by the quota's name; the name of an operation stands for its own quota.
CALLS_A_SECOND = {
    SYMMETRIC: 10_000,
    RSA: 1_000,
    ECC: 1_000,
    ML_DSA: 1_000,
    ML_KEM: 1_000,
    CUSTOM_KEY_STORE: 1_800,
    "CancelKeyDeletion": 5,
    "ConnectCustomKeyStore": 5,
    "CreateAlias": 5,
    "CreateCustomKeyStore": 5,
    "CreateGrant": 50,
    "CreateKey": 5,
    "DeleteAlias": 15,
    "DeleteCustomKeyStore": 5,
    "DeleteImportedKeyMaterial": 15,
    "DescribeCustomKeyStores": 5,
    "DescribeKey": 2_000,
    "DisableKey": 5,
    "DisableKeyRotation": 5,
    "DisconnectCustomKeyStore": 5,
    "EnableKey": 5,
    "EnableKeyRotation": 15,
    "GenerateDataKeyPair (ECC_NIST_P256)": 100,
    "GenerateDataKeyPair (ECC_NIST_P384)": 100,
    "GenerateDataKeyPair (ECC_NIST_P521)": 100,
    "GenerateDataKeyPair (ECC_NIST_EDWARDS25519)": 100,
    "GenerateDataKeyPair (ECC_SECG_P256K1)": 100,
    "GenerateDataKeyPair (RSA_2048)": 20,
    "GenerateDataKeyPair (RSA_3072)": 4,
    "GenerateDataKeyPair (RSA_4096)": 1,
    "GenerateDataKeyPair (SM2)": 25,
    "GetKeyPolicy": 1_000,
    "GetKeyRotationStatus": 1_000,
    "GetParametersForImport": 0.25,
    "GetPublicKey": 2_000,
    "ImportKeyMaterial": 15,
    "ListAliases": 500,
    "ListGrants": 100,
    "ListKeyPolicies": 100,
    "ListKeyRotations": 100,
    "ListKeys": 500,
    "ListResourceTags": 2_000,
    "ListRetirableGrants": 100,
    "PutKeyPolicy": 15,
    "ReplicateKey": 5,
    "RetireGrant": 50,
    "RevokeGrant": 50,
    "RotateKeyOnDemand": 5,
    "ScheduleKeyDeletion": 15,
    "TagResource": 10,
    "UntagResource": 5,
    "UpdateAlias": 5,
    "UpdateCustomKeyStore": 5,
    "UpdateKeyDescription": 5,
    "UpdatePrimaryRegion": 5,
}


class Quotas:
    """The quotas of one lab, and how much of each is used."""

    def __init__(self, cloud: Cloud) -> None:
        self.enforced = False
        self.limits: dict[str, float] = {}
        self._buckets: dict[tuple[str, str, str], tuple[float, datetime]] = {}

    def enforce(self, **limits: float) -> None:
        """Refuse calls beyond the quotas from now on. `CreateKey=1` sets the quota of one operation."""
        self.limits = CALLS_A_SECOND | limits
        self._buckets.clear()
        self.enforced = True

    def lift(self) -> None:
        """Let every call through again."""
        self.enforced = False

    def take(self, account: str, region: str, quota: str, now: datetime) -> None:
        """Count one call.

        Raises:
            ThrottlingException: the bucket is empty.
        """
        limit = self.limits.get(quota)
        if limit is None:
            return
        full = max(limit, 1.0)
        left, since = self._buckets.get((account, region, quota), (full, now))
        left = min(full, left + limit * (now - since).total_seconds())
        if left < 1:
            self._buckets[account, region, quota] = left, now
            raise faults.ThrottlingException(
                "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
            )
        self._buckets[account, region, quota] = left - 1, now

    def __repr__(self) -> str:
        return f"<Quotas, {'enforced' if self.enforced else 'not enforced'}>"


def quota_of(operation: str, key_spec: str, in_key_store: bool, pair_spec: str) -> str:
    """The quota that a call counts against; what a cryptographic one counts against depends on its key."""
    if operation.startswith("GenerateDataKeyPair"):
        return f"GenerateDataKeyPair ({pair_spec})"
    if operation not in CRYPTOGRAPHIC:
        return operation
    if in_key_store:
        return CUSTOM_KEY_STORE
    families = {"RSA": RSA, "ECC": ECC, "SM2": ECC, "ML_DSA": ML_DSA, "ML_KEM": ML_KEM}
    return next((quota for family, quota in families.items() if key_spec.startswith(family)), SYMMETRIC)
