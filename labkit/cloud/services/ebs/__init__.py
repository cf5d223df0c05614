"""EBS's direct APIs: the blocks of a snapshot, read and written without a volume or an instance."""

from labkit.cloud.services.ebs.blocks import DirectBlocks


class Ebs(DirectBlocks):
    """Every operation of the EBS direct APIs."""


__all__ = ["Ebs"]
