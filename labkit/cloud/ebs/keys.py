"""How EBS comes by the keys of disks: it asks KMS, in the caller's name, and later by a grant in its own.

    GenerateDataKeyWithoutPlaintext   a data key for a new volume or copy; nobody sees it, it is stored
    CreateGrant                       lets EC2 open it later, when the caller is gone
    Decrypt                           opens it, while bytes are read or written
    RetireGrant                       when EC2 needs it no longer

The data key is bound to its disk by the encryption context {"aws:ebs:id": ...}. On AWS the grantee is a
role of EC2's infrastructure; here it is ec2.amazonaws.com.
Source: KMS Developer Guide, "How Amazon EBS uses AWS KMS"; Amazon EBS User Guide, "Requirements".
"""

from contextlib import suppress

from labkit.cloud.ebs.disks import Disks
from labkit.cloud.ebs.model import DataKey
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.state.arns import Arn

DATA_KEY_BYTES = 64  # AES-256-XTS takes two keys of 32 bytes
MANAGED_KEY = "alias/aws/ebs"
EC2 = "ec2.amazonaws.com"
BY_DEFAULT, DEFAULT_KEY = "EbsEncryptionByDefault", "EbsDefaultKmsKeyId"


class Keys(Disks):
    """Base of the services that read and write encrypted disks."""

    @property
    def encrypts_by_default(self) -> bool:
        """Whether this account encrypts new volumes and copies in this region without being asked."""
        return BY_DEFAULT in self.tables.settings

    def key_arn(self, KmsKeyId: str | None) -> str:
        """The ARN of the key to be used: the one that is named, or the account's default.

        The AwsError that KMS answers with is raised: no such key, or not for this caller.
        """
        default = self.tables.settings.get(DEFAULT_KEY)
        named = KmsKeyId or (default.Value if default else MANAGED_KEY)
        arn: str = self.ask("kms", "DescribeKey", KeyId=named)["KeyMetadata"]["Arn"]
        return arn

    def new_data_key(self, key_arn: str, disk_id: str) -> DataKey:
        """A data key for this volume or snapshot, encrypted under that KMS key."""
        made = self.ask(
            "kms",
            "GenerateDataKeyWithoutPlaintext",
            KeyId=key_arn,
            NumberOfBytes=DATA_KEY_BYTES,
            EncryptionContext={"aws:ebs:id": disk_id},
        )
        return DataKey(made["CiphertextBlob"], made["KeyId"], disk_id)

    def grant(self, key: DataKey) -> str:
        """Let EC2 open this data key later on; returns the key's ARN and the grant's id, for `retire`."""
        made = self.ask(
            "kms",
            "CreateGrant",
            region=region_of(key),
            KeyId=key.KmsKeyId,
            GranteePrincipal=EC2,
            RetiringPrincipal=EC2,
            Operations=["Decrypt"],
            Constraints={"EncryptionContextSubset": key.context},
        )
        return f"{key.KmsKeyId} {made['GrantId']}"

    def retire(self, grant: str) -> None:
        """Give a grant back; with a key that was deleted meanwhile it is gone already."""
        arn, _, grant_id = grant.partition(" ")
        region = arn.split(":")[3]
        with suppress(AwsError):
            self.ask("kms", "RetireGrant", itself=True, region=region, KeyId=arn, GrantId=grant_id)

    def open_key(self, key: DataKey | None, *, itself: bool = False) -> bytes | None:
        """The data key in plaintext, None for a disk that is not encrypted; `itself` needs a grant.

        The AwsError that KMS answers with is raised.
        """
        if key is None:
            return None
        opened = self.ask(
            "kms",
            "Decrypt",
            itself=itself,
            region=region_of(key),
            KeyId=key.KmsKeyId,
            CiphertextBlob=key.Ciphertext,
            EncryptionContext=key.context,
        )
        plaintext: bytes = opened["Plaintext"]
        return plaintext


def region_of(key: DataKey) -> str:
    """The region of the KMS key, to which the data key is bound."""
    parsed = Arn.parse(key.KmsKeyId)
    assert parsed is not None
    return parsed.region
