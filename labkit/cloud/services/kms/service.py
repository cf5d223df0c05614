"""What every chapter of KMS begins with: find the key, may I, is it fit for this.

Source: KMS Developer Guide, "Key identifiers (KeyId)".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.pagination import BadMarkerError, page_of, page_of_list
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.kms.authorisation import Authorisation
from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.hsm_keys import HsmKeys
from labkit.cloud.services.kms.key_specs import KEY_SPECS
from labkit.cloud.services.kms.key_states import ALLOWED_IN, wrong_state
from labkit.cloud.services.kms.model import Alias, Key, KeyMaterial, KmsTables
from labkit.cloud.services.kms.quotas import Quotas, quota_of
from labkit.cloud.state.arns import Arn, arn
from labkit.cloud.state.tables import Table
from labkit.records import replace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

faults = Faults("kms")

KEY_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32}")


class KmsService(Authorisation):
    """Base of KMS's chapters."""

    name = "kms"
    reads = frozenset(
        {"Decapsulate", "Decrypt", "DeriveSharedSecret", "Encapsulate", "Encrypt", "GenerateDataKey"}
        | {"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext"}
        | {"GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac"}
    )

    def __init__(self, cloud: Cloud, call: Call, principal: Principal) -> None:
        super().__init__(cloud, call, principal)
        self.tables = cloud.store.tables(KmsTables, self.account, self.region)
        self.hsm = Hsm(cloud.hsm_memory.root, cloud.part(HsmKeys), call)
        quotas = cloud.part(Quotas)
        if quotas.enforced and self.operation:
            quotas.take(self.account, self.region, self._quota(self.operation), self.now)

    def tables_in(self, region: str) -> KmsTables:
        """The keys of the caller's account in another region."""
        return self.cloud.store.tables(KmsTables, self.account, region)

    def related_keys(self, key: Key) -> list[Key]:
        """A multi-Region key and all its relatives, by region; nothing for any other key."""
        if key.PrimaryRegion is None:
            return []
        account = key_account(key)
        tables = (
            self.cloud.store.tables(KmsTables, *scope)
            for scope in self.cloud.store.scopes(KmsTables)
            if scope.account == account
        )
        return [found for table in tables if (found := table.keys.get(key.KeyId)) is not None]

    def share_material(self, key: Key, material: KeyMaterial) -> None:
        """Copy new material of a multi-Region primary to its replicas, current there from now on."""
        for replica in self.related_keys(key):
            if replica.Arn != key.Arn:
                there = self.tables_in(key_region(replica))
                there.materials.put(self.hsm.rewrap(material, key_region(replica), self.now))
                there.keys.put(replace(replica, CurrentKeyMaterialId=material.KeyMaterialId))

    def find_key(self, KeyId: str) -> Key:
        """The key that a key id, key ARN, alias name or alias ARN stands for.

        Raises:
            NotFoundException: nothing goes by this name in this region.
            AccessDeniedException: it is a name in another account, which has no such key.
        """
        own = self.tables.keys.get(KeyId)
        if own is not None:
            return own
        account, resource = self._address(KeyId)
        if resource.startswith("alias/"):
            return self._key_named(self.find_alias(resource, account).TargetKeyId, account)
        if resource.startswith("key/"):
            return self._key_named(resource[4:], account, in_arn=True)
        return self._key_named(resource, account)

    def find_key_not_alias(self, KeyId: str) -> Key:
        """The key that a key id or key ARN stands for, in the operations that take no alias.

        Raises:
            InvalidArnException: it is an alias. NotFoundException: there is no such key.
        """
        _, resource = self._address(KeyId)
        if resource.startswith("alias/"):
            raise faults.InvalidArnException("Key Aliases are not supported for this operation.")
        return self.find_key(KeyId)

    def find_own_key(self, KeyId: str) -> Key:
        """The key that a key id or key ARN stands for, in the operations that no other account may ask for.

        Raises:
            AccessDeniedException: it is in another account, whatever its key policy says.
            InvalidArnException: it is an alias. NotFoundException: there is no such key.
        """
        account, _ = self._address(KeyId)
        self.check_within_reach(account)
        return self.find_key_not_alias(KeyId)

    def find_alias(self, AliasName: str, account: str = "") -> Alias:
        """The alias of this name in `account`, by default the caller's; else NotFoundException."""
        account = account or self.account
        alias = self.tables_of(account).aliases.get(AliasName)
        if alias is None:
            self.check_within_reach(account)
            raise faults.NotFoundException(f"Alias {self._arn(account, AliasName)} is not found.")
        return alias

    def check_state(self, key: Key) -> None:
        """Go on only if this operation works on a key in its present state.

        Raises:
            DisabledException: the key is disabled. KMSInvalidStateException: it is in another wrong state.
        """
        if key.KeyState not in ALLOWED_IN[self.operation]:
            raise wrong_state(key, self.operation)

    def check_use(self, key: Key, usage: str, algorithm: str) -> None:
        """Go on only if the key is of this usage, in working state, and knows the algorithm; in AWS's order.

        Raises:
            InvalidKeyUsageException, DisabledException, KMSInvalidStateException.
        """
        if key.KeyUsage != usage:
            raise faults.InvalidKeyUsageException(
                f"{key.Arn} key usage is {key.KeyUsage} which is not valid for {self.operation}."
            )
        self.check_state(key)
        if algorithm not in KEY_SPECS[key.KeySpec].algorithms[usage]:
            raise faults.InvalidKeyUsageException(
                f"Algorithm {algorithm} is incompatible with key spec {key.KeySpec}."
            )

    def find_maker(self, material_id: str) -> tuple[Key | None, KeyMaterial | None]:
        """The key, in any account of this region, that has the backing key a ciphertext names, and that."""
        own = self.tables.materials.get(material_id)
        if own is not None:
            return self.tables.keys.get(own.KeyId), own
        for account, region in self.cloud.store.scopes(KmsTables):
            tables = self.tables_of(account)
            if region == self.region and (material := tables.materials.get(material_id)) is not None:
                return tables.keys.get(material.KeyId), material
        return None, None

    def material_of(self, key: Key) -> KeyMaterial:
        """The backing key that works now. A key pair is made when it is first needed: RSA takes its time."""
        held = self.tables.materials.get(key.CurrentKeyMaterialId)
        if held is not None:
            return held
        tables = self.tables_of(key_account(key))
        held = tables.materials.get(key.CurrentKeyMaterialId)
        if held is not None:
            return held
        made = self.hsm.create_material(key.KeyId, KEY_SPECS[key.KeySpec], self.now)
        tables.materials.put(made)
        tables.keys.put(replace(key, CurrentKeyMaterialId=made.KeyMaterialId))
        return made

    def finish(self, DryRun: bool, Recipient: Mapping[str, Any]) -> None:
        """Stop here if the caller wanted only to know whether the call would succeed.

        Raises:
            DryRunOperationException: it would have.
            ValidationException: the answer is to be sealed for an enclave whose document is not good.
        """
        if Recipient:
            self._attested_key(Recipient)
        if DryRun:
            raise would_succeed()

    def for_recipient(
        self, answer: dict[str, Any], name: str, Recipient: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer, its secret member `name` sealed for the enclave that attested itself."""
        sealed = self.hsm.seal_for(self._attested_key(Recipient), answer[name])
        return {**answer, name: None, "CiphertextForRecipient": sealed}

    def attestation(self) -> Facts:
        """What the attestation document in this request says, as condition keys."""
        recipient = self.call.parameters.get("Recipient")
        if not recipient:
            return {}
        from labkit.cloud.services.kms.recipients import attested_facts

        return attested_facts(self.cloud, recipient, self.now)

    def _attested_key(self, recipient: Mapping[str, Any]) -> "RSAPublicKey":
        # Certificates take long to import, and few calls come from an enclave.
        from labkit.cloud.services.kms.recipients import attested_key

        return attested_key(self.cloud, recipient, self.now)

    def page(self, table: Table[Any], Marker: str | None, Limit: int) -> tuple[list[Any], dict[str, Any]]:
        """One page of a table, and the Truncated and NextMarker that go with it; InvalidMarkerException."""
        try:
            records, marker = page_of(table, Marker, Limit)
        except BadMarkerError:
            raise faults.InvalidMarkerException("Invalid marker.") from None
        return records, _more(marker)

    def page_of_list(
        self, items: Sequence[Any], name_of: Callable[[Any], str], Marker: str | None, Limit: int
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """One page of a short list, and its Truncated and NextMarker; InvalidMarkerException."""
        try:
            page, marker = page_of_list(items, name_of, Marker, Limit)
        except BadMarkerError:
            raise faults.InvalidMarkerException("Invalid marker.") from None
        return page, _more(marker)

    def _quota(self, operation: str) -> str:
        """The request quota that this call counts against."""
        asked = self.call.parameters
        try:
            key = self.find_key(asked["KeyId"]) if asked.get("KeyId") else None
        except AwsError:
            key = None  # a call that will fail counts, too
        spec, store = (key.KeySpec, key.CustomKeyStoreId) if key else ("SYMMETRIC_DEFAULT", None)
        return quota_of(operation, spec, store is not None, asked.get("KeyPairSpec", ""))

    def _address(self, name: str) -> tuple[str, str]:
        parsed = Arn.parse(name)
        if parsed is None:
            return self.account, name
        if parsed.region != self.region:
            raise faults.NotFoundException(f"Invalid arn {parsed.region}")
        return parsed.account, parsed.resource

    def _key_named(self, key_id: str, account: str, *, in_arn: bool = False) -> Key:
        key = self.tables_of(account).keys.get(key_id)
        if key is not None:
            return key
        if KEY_ID.fullmatch(key_id):
            self.check_within_reach(account)
            raise faults.NotFoundException(f"Key '{self._arn(account, 'key/' + key_id)}' does not exist")
        raise faults.NotFoundException(f"Invalid keyId {key_id}" if in_arn else f"Invalid keyId '{key_id}'")

    def _arn(self, account: str, resource: str) -> str:
        return arn("kms", self.region, account, resource)


def would_succeed() -> AwsError:
    """What a caller is told at the end who wanted only to know whether the call would succeed."""
    return faults.DryRunOperationException("The request would have succeeded, but the DryRun option is set.")


def key_account(key: Key) -> str:
    """The account that owns a key."""
    return key.Arn.split(":", 5)[4]


def key_region(key: Key) -> str:
    """The region that a key is in."""
    return key.Arn.split(":", 4)[3]


def _more(marker: str | None) -> dict[str, Any]:
    return {"Truncated": False} if marker is None else {"Truncated": True, "NextMarker": marker}
