"""Amazon Resource Names, the one way AWS names a thing: arn:partition:service:region:account:resource.

Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
"""

from typing import NamedTuple


class Arn(NamedTuple):
    """An ARN in its six parts; `resource` may hold further colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @classmethod
    def parse(cls, text: str) -> "Arn | None":
        """The parts of `text`, or None if it is not an ARN."""
        parts = text.split(":", 5)
        return cls(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None


def partition_of(region: str) -> str:
    """The partition a region belongs to: aws, aws-cn or aws-us-gov."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def arn(service: str, region: str, account: str, resource: str, *, partition: str = "") -> str:
    """The ARN of a resource; the partition follows from the region unless it is given."""
    return str(Arn(partition or partition_of(region), service, region, account, resource))
