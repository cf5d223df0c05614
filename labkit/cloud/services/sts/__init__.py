"""AWS Security Token Service: who am I, and who may I be for an hour?

Each module here is a chapter; the class below is the book they are bound into.
"""

from labkit.cloud.services.sts.callers import Callers
from labkit.cloud.services.sts.roles import Roles
from labkit.cloud.services.sts.tokens import Tokens


class Sts(Callers, Roles, Tokens):
    """Every operation of STS that the lab answers."""


__all__ = ["Sts"]
