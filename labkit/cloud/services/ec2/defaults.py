"""Encryption by default: an account may decide, region by region, that it makes no unencrypted disks.

What there is already stays as it is.
Source: Amazon EBS User Guide, "Enable Amazon EBS encryption by default".
"""

from typing import Any

from labkit.cloud.ebs.keys import BY_DEFAULT, DEFAULT_KEY, MANAGED_KEY
from labkit.cloud.ebs.model import Setting
from labkit.cloud.protocols.errors import AwsError
from labkit.cloud.services.ec2.service import Ec2Service, invalid


class Defaults(Ec2Service):
    """An account's settings for new volumes and copies in a region."""

    def enable_ebs_encryption_by_default(self, DryRun: bool = False) -> dict[str, Any]:
        """Encrypt new volumes and copies from now on."""
        self.allow_all(DryRun)
        self.tables.settings.put(Setting(BY_DEFAULT, "true"))
        return {"EbsEncryptionByDefault": True}

    def disable_ebs_encryption_by_default(self, DryRun: bool = False) -> dict[str, Any]:
        """Encrypt only what is asked for."""
        self.allow_all(DryRun)
        if self.encrypts_by_default:
            self.tables.settings.delete(BY_DEFAULT)
        return {"EbsEncryptionByDefault": False}

    def get_ebs_encryption_by_default(self, DryRun: bool = False) -> dict[str, Any]:
        """Whether new volumes and copies are encrypted without being asked."""
        self.allow_all(DryRun)
        return {"EbsEncryptionByDefault": self.encrypts_by_default, "SseType": None}

    def get_ebs_default_kms_key_id(self, DryRun: bool = False) -> dict[str, Any]:
        """The key that is taken where none is named: alias/aws/ebs unless it was changed."""
        self.allow_all(DryRun)
        setting = self.tables.settings.get(DEFAULT_KEY)
        return {"KmsKeyId": setting.Value if setting else MANAGED_KEY}

    def modify_ebs_default_kms_key_id(self, KmsKeyId: str, DryRun: bool = False) -> dict[str, Any]:
        """Take another key where none is named. InvalidParameterValue if the caller has no such key."""
        self.allow_all(DryRun)
        try:
            arn = self.key_arn(KmsKeyId)
        except AwsError:
            raise invalid(f"Value ({KmsKeyId}) for parameter KmsKeyId is invalid. Invalid key.") from None
        self.tables.settings.put(Setting(DEFAULT_KEY, arn))
        return {"KmsKeyId": arn}

    def reset_ebs_default_kms_key_id(self, DryRun: bool = False) -> dict[str, Any]:
        """Take alias/aws/ebs again where no key is named."""
        self.allow_all(DryRun)
        if DEFAULT_KEY in self.tables.settings:
            self.tables.settings.delete(DEFAULT_KEY)
        return {"KmsKeyId": self.key_arn(None)}
