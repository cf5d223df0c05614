"""How a log holds a million events in memory: about two hundred bytes each.

    packed event = EventId and RequestId, 16 bytes each, then a MessagePack array of what else is this event's
    own; who, where from, what for and on which key are numbers, as most events share those with others

A shared part is kept once and for as long as the log lives, whichever events are forgotten meanwhile.
Source: the MessagePack specification.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from labkit.cloud.audit.event import Event
from labkit.cloud.audit.parts import PartNumbers, Parts

EVENT_ID_BYTES, IDS_BYTES = 16, 32
NO_ID = "00000000-0000-0000-0000-000000000000"  # what a service does by itself is no request
ARN = "\0"  # in parameters: the first resource, which most of them repeat; JSON text has no such character
RARE = ("", "", b"")  # most events have no error, and concern one account: that is not written down

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Any, ...]).decode


class Packer:
    """Packs events, and unpacks them again, with the parts that they share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def pack(self, events: Iterable[Event], parts: PartNumbers) -> list[bytes]:
        """Each of these events, which are of the same parts, in few bytes. It begins with its id."""
        resources: tuple[str, ...] = self._parts[parts[3]]
        packed = []
        for event in events:
            asked = event.Parameters.replace(resources[0], ARN) if resources else event.Parameters
            own: tuple[Any, ...] = event.EventTime, *parts, asked, event.Answer
            if event.ErrorMessage or event.ErrorCode or event.SharedEventId:
                own = (*own, event.ErrorCode, event.ErrorMessage, uuid_bytes(event.SharedEventId))
            packed.append(uuid_bytes(event.EventId + (event.RequestId or NO_ID)) + _encode(own))
        return packed

    def unpack(self, packed: bytes) -> Event:
        """The event that was packed."""
        time, action, identity, origin, resources, additional, parameters, answer, *rare = _decode(
            packed[IDS_BYTES:]
        )
        code, message, shared = rare or RARE
        parts = self._parts
        arns = parts[resources]
        return Event(
            EventId=uuid_text(packed[:EVENT_ID_BYTES]),
            EventTime=time,
            Action=parts[action],
            Identity=parts[identity],
            Origin=parts[origin],
            RequestId="" if (text := uuid_text(packed[EVENT_ID_BYTES:IDS_BYTES])) == NO_ID else text,
            Resources=arns,
            Parameters=parameters.replace(ARN, arns[0]) if arns else parameters,
            Answer=answer,
            Additional=parts[additional],
            ErrorCode=code,
            ErrorMessage=message,
            SharedEventId=uuid_text(shared),
        )


def uuid_bytes(text: str) -> bytes:
    """The bytes of the text of UUIDs, 16 for each; none for none. ValueError if it is none of them."""
    return bytes.fromhex(text.replace("-", ""))


def uuid_text(raw: bytes) -> str:
    """The text of a UUID's 16 bytes; none for none."""
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}" if digits else ""
