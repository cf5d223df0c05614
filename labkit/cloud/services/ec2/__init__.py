"""Amazon EC2, as far as disks go: EBS volumes, their snapshots, and copies of these in other regions.

There are no instances. What is on a disk is written and read through EBS's direct APIs.
"""

from labkit.cloud.services.ec2.copying import Copying
from labkit.cloud.services.ec2.defaults import Defaults
from labkit.cloud.services.ec2.sharing import Sharing
from labkit.cloud.services.ec2.snapshots import Snapshots
from labkit.cloud.services.ec2.tags import Tags
from labkit.cloud.services.ec2.volumes import Volumes


class Ec2(Volumes, Snapshots, Copying, Sharing, Defaults, Tags):
    """Every operation of EC2 that the lab answers."""


__all__ = ["Ec2"]
