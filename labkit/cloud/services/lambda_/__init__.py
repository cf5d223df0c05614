"""AWS Lambda: code that runs when it is called, as a role, and nowhere that its owner has to look after.

Each module here is a chapter; the class below is the book they are bound into. The code itself runs in a
process of its own, see `cloud/endpoints/worker`.
"""

from labkit.cloud.services.lambda_.aliases import Aliases
from labkit.cloud.services.lambda_.concurrency import Concurrency
from labkit.cloud.services.lambda_.functions import Functions
from labkit.cloud.services.lambda_.invoking import Invoking
from labkit.cloud.services.lambda_.permissions import Permissions
from labkit.cloud.services.lambda_.tags import Tags
from labkit.cloud.services.lambda_.updating import Updating
from labkit.cloud.services.lambda_.versions import Versions


class Lambda(Functions, Updating, Versions, Aliases, Permissions, Concurrency, Tags, Invoking):
    """Every operation of Lambda that the lab answers."""


__all__ = ["Lambda"]
