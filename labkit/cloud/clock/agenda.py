"""What AWS does later, by itself: delete a key after its waiting period, rotate one after a year.

An entry is data, so it prints, it is kept in the lab's file, and cancelling it is deleting a record.
"""

from collections.abc import Mapping
from datetime import datetime

from labkit.records import Record


class AgendaEntry(Record):
    """Call `Method` of `Service` with `Arguments` at `Due`, as the service itself.

    `Name` is the entry's identity: planning another one with the same name replaces it.
    """

    Name: str
    Due: datetime
    Service: str
    Account: str
    Region: str
    Method: str
    Arguments: Mapping[str, str] = {}
