"""Message authentication codes: both sides ask KMS, as both would need the secret.

Source: KMS API Reference, "GenerateMac", "VerifyMac"; FIPS 198-1.
"""

from collections.abc import Sequence
from typing import Any, cast

from labkit.cloud.services.kms.key_specs import GENERATE_VERIFY_MAC
from labkit.cloud.services.kms.model import Key
from labkit.cloud.services.kms.service import KmsService, faults, would_succeed
from labkit.crypto import mac
from labkit.crypto.digests import HashName
from labkit.crypto.errors import AuthenticationFailed


class Macs(KmsService):
    """HMACs under HMAC keys."""

    def generate_mac(
        self,
        Message: bytes,
        KeyId: str,
        MacAlgorithm: str,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """The HMAC of a message of up to 4096 bytes."""
        key, secret = self._mac_key(KeyId, MacAlgorithm, "generate mac", DryRun)
        code = mac.generate(secret, Message, _hash_of(MacAlgorithm))
        return {"Mac": code, "MacAlgorithm": MacAlgorithm, "KeyId": key.Arn}

    def verify_mac(
        self,
        Message: bytes,
        KeyId: str,
        MacAlgorithm: str,
        Mac: bytes,
        GrantTokens: Sequence[str] = (),
        DryRun: bool = False,
    ) -> dict[str, Any]:
        """Check an HMAC; KMSInvalidMacException if it is not this message's under this key."""
        key, secret = self._mac_key(KeyId, MacAlgorithm, "verify mac", DryRun)
        try:
            mac.verify(secret, Message, Mac, _hash_of(MacAlgorithm))
        except AuthenticationFailed:
            raise faults.KMSInvalidMacException() from None
        return {"KeyId": key.Arn, "MacValid": True, "MacAlgorithm": MacAlgorithm}

    def _mac_key(self, KeyId: str, algorithm: str, action: str, dry_run: bool) -> tuple[Key, bytes]:
        key = self.find_key(KeyId)
        self.allow_key(key)
        self.check_use(key, GENERATE_VERIFY_MAC, algorithm)
        if dry_run:
            raise would_succeed()
        return key, cast(bytes, self.hsm.use(self.material_of(key), action, algorithm, {}))


def _hash_of(algorithm: str) -> HashName:
    return cast(HashName, f"SHA-{algorithm[-3:]}")
