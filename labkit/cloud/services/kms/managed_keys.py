"""AWS managed keys, alias/aws/ssm and its like: KMS makes one when a service first needs it.

Nobody can delete, disable or share such a key. Its policy lets everybody of the account in, but only through
the one service it belongs to.
Source: KMS Developer Guide, "AWS managed keys"; DescribeKey, on predefined aliases.
"""

import json
from datetime import timedelta

from labkit.cloud.services.kms.key_specs import ENCRYPT_DECRYPT, KEY_SPECS
from labkit.cloud.services.kms.model import Alias, Key, RotationSchedule
from labkit.cloud.services.kms.rotation import DEFAULT_PERIOD, rotation_plan
from labkit.cloud.services.kms.service import KmsService
from labkit.cloud.state.arns import arn, partition_of
from labkit.crypto.randomness import random_uuid

PREFIX = "alias/aws/"
AWS = "AWS"

# By the name after alias/aws/: the service that such a key is used through, and that service's name.
SERVICES = {
    "acm": ("acm", "ACM"),
    "backup": ("backup", "Backup"),
    "dynamodb": ("dynamodb", "Amazon DynamoDB"),
    "ebs": ("ec2", "EBS"),
    "elasticfilesystem": ("elasticfilesystem", "EFS"),
    "es": ("es", "Elasticsearch"),
    "fsx": ("fsx", "FSx"),
    "glue": ("glue", "Glue"),
    "kinesis": ("kinesis", "Kinesis"),
    "lambda": ("lambda", "AWS Lambda"),
    "rds": ("rds", "RDS"),
    "redshift": ("redshift", "Redshift"),
    "s3": ("s3", "S3"),
    "secretsmanager": ("secretsmanager", "AWS Secrets Manager"),
    "sns": ("sns", "SNS"),
    "sqs": ("sqs", "SQS"),
    "ssm": ("ssm", "SSM"),
    "xray": ("xray", "XRay"),
}


class ManagedKeys(KmsService):
    """The predefined aliases, and the keys behind them."""

    def find_alias(self, AliasName: str, account: str = "") -> Alias:
        """An alias; one that AWS has predefined gets its key now, if it has none yet."""
        own = account in ("", self.account)
        if own and AliasName.removeprefix(PREFIX) in SERVICES and AliasName not in self.tables.aliases:
            return self._make_managed(AliasName)
        return super().find_alias(AliasName, account)

    def _make_managed(self, alias_name: str) -> Alias:
        name = alias_name.removeprefix(PREFIX)
        key_id = random_uuid()
        material = self.hsm.create_material(key_id, KEY_SPECS["SYMMETRIC_DEFAULT"], self.now)
        due = self.now + timedelta(days=DEFAULT_PERIOD)
        key = Key(
            KeyId=key_id,
            Arn=self.arn(f"key/{key_id}"),
            CreationDate=self.now,
            KeySpec="SYMMETRIC_DEFAULT",
            KeyUsage=ENCRYPT_DECRYPT,
            Policy=managed_policy(name, self.account, self.region),
            Description=f"Default key that protects my {SERVICES[name][1]} data when no other key is defined",
            KeyManager=AWS,
            CurrentKeyMaterialId=material.KeyMaterialId,
            Rotation=RotationSchedule(DEFAULT_PERIOD, due),
        )
        alias = Alias(alias_name, self.arn(alias_name), key_id, self.now, self.now)
        self.tables.materials.put(material)
        self.tables.keys.put(key)
        self.tables.aliases.put(alias)
        self.plan(rotation_plan(key), due, "rotate_key", {"KeyId": key_id})
        return alias


def managed_policy(name: str, account: str, region: str) -> str:
    """The key policy of an AWS managed key: through its service for all, its metadata for the account."""
    host, title = SERVICES[name]
    partition = partition_of(region)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    through = {"kms:CallerAccount": account, "kms:ViaService": f"{host}.{region}.{suffix}"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": f"auto-{name}-2",
            "Statement": [
                {
                    "Sid": f"Allow access through {title} for all principals in the account that are "
                    f"authorized to use {title}",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [
                        "kms:Encrypt",
                        "kms:Decrypt",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:CreateGrant",
                        "kms:DescribeKey",
                    ],
                    "Resource": "*",
                    "Condition": {"StringEquals": through},
                },
                {
                    "Sid": "Allow direct access to key metadata to the account",
                    "Effect": "Allow",
                    "Principal": {"AWS": arn("iam", "", account, "root", partition=partition)},
                    "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                    "Resource": "*",
                },
            ],
        }
    )
