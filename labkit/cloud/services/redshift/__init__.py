"""Amazon Redshift, which clients reach as they reach PostgreSQL: here it is one.

What is taught with it is its admin user's password, and who keeps that. Its own SQL, such as DISTKEY, COPY or
UNLOAD, PostgreSQL does not know.
"""

from labkit.cloud.services.redshift.clusters import Clusters
from labkit.cloud.services.redshift.modifying import Modifying
from labkit.cloud.services.redshift.running import Running
from labkit.cloud.services.redshift.tags import Tags


class Redshift(Clusters, Modifying, Running, Tags):
    """Every operation of Redshift that the lab answers."""


__all__ = ["Redshift"]
