"""Amazon RDS, with real PostgreSQL servers behind it, and Amazon DocumentDB, whose API is RDS's.

Each module here is a chapter; the class below is the book they are bound into. A client of DocumentDB signs
for `rds`, calls rds.<region>.amazonaws.com, and is answered here: the engine tells its clusters apart.
"""

from labkit.cloud.services.rds.clusters import Clusters
from labkit.cloud.services.rds.copying import Copying
from labkit.cloud.services.rds.creating import Creating
from labkit.cloud.services.rds.deleting import Deleting
from labkit.cloud.services.rds.describing import Describing
from labkit.cloud.services.rds.modifying import Modifying
from labkit.cloud.services.rds.restoring import Restoring
from labkit.cloud.services.rds.running import Running
from labkit.cloud.services.rds.sharing import Sharing
from labkit.cloud.services.rds.snapshots import Snapshots
from labkit.cloud.services.rds.tags import Tags


class Rds(
    Creating, Describing, Modifying, Running, Deleting, Clusters, Tags, Snapshots, Copying, Restoring, Sharing
):
    """Every operation of RDS that the lab answers."""


__all__ = ["Rds"]
