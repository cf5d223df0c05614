"""Amazon CloudWatch Logs: log groups and streams, and events that are encrypted where they lie.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.logs.filtering import Filtering
from labkit.cloud.services.logs.groups import Groups
from labkit.cloud.services.logs.ingesting import Ingesting
from labkit.cloud.services.logs.keys import Keys
from labkit.cloud.services.logs.reading import Reading
from labkit.cloud.services.logs.resource_policies import ResourcePolicies
from labkit.cloud.services.logs.retention import Retention
from labkit.cloud.services.logs.streams import Streams
from labkit.cloud.services.logs.tags import Tags


class Logs(Groups, Streams, Ingesting, Reading, Filtering, Retention, Keys, Tags, ResourcePolicies):
    """Every operation of CloudWatch Logs that the lab answers."""


__all__ = ["Logs"]
