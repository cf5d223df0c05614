"""When an access key was last used, and for what: the audit log knows.

AWS remembers it for 400 days, the lab for as long as its event history goes back, which is 90.
Source: IAM API Reference, "GetAccessKeyLastUsed".
"""

from datetime import datetime
from typing import NamedTuple

from labkit.cloud.audit.log import EventLog
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import Credential

HOST = ".amazonaws.com"


class LastUse(NamedTuple):
    """A call that was signed with an access key: when, of which service ("kms"), in which region."""

    time: datetime
    service: str
    region: str


def last_use(cloud: Cloud, credential: Credential) -> LastUse | None:
    """The last call that was signed with `credential`, denied ones too; None if none is on record."""
    uses = [
        LastUse(event.EventTime, event.Action.EventSource.removesuffix(HOST), log.scope.region)
        for log in cloud.store.logs(EventLog)
        if log.scope.account == credential.Account
        for _, event in log.page(attribute=("AccessKeyId", credential.AccessKeyId), limit=1)
    ]
    return max(uses, default=None)
