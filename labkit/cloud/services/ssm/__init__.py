"""Parameter Store, the part of AWS Systems Manager that keeps configuration and secrets under paths.

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.ssm.deleting import Deleting
from labkit.cloud.services.ssm.describing import Describing
from labkit.cloud.services.ssm.history import History
from labkit.cloud.services.ssm.labels import Labels
from labkit.cloud.services.ssm.paths import Paths
from labkit.cloud.services.ssm.settings import Settings
from labkit.cloud.services.ssm.sharing import Sharing
from labkit.cloud.services.ssm.tags import Tags
from labkit.cloud.services.ssm.writing import Writing


class Ssm(Writing, Paths, Describing, History, Labels, Deleting, Tags, Sharing, Settings):
    """Every operation of Systems Manager that the lab answers: those that touch Parameter Store."""


__all__ = ["Ssm"]
