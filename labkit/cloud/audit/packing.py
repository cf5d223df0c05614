"""How a log holds a million events in memory: about two hundred bytes each.

    packed event = 16 bytes of EventId, then a MessagePack array of what is this event's own; who, where
    from, what for and on which key are numbers, as most events share those with many others

A shared part is kept once and for as long as the log lives, whichever events are forgotten meanwhile.
Source: the MessagePack specification.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from labkit.cloud.audit.event import Event
from labkit.cloud.audit.parts import PartNumbers, Parts

EVENT_ID_BYTES = 16
ARN = "\0"  # in parameters: the first resource, which most of them repeat; JSON text has no such character
RARE = ("", "", b"")  # most events have no error, and concern one account: that is not written down
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Any, ...]).decode


class Packer:
    """Packs events, and unpacks them again, with the parts that they share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def pack(self, event: Event, parts: PartNumbers) -> bytes:
        """The event in few bytes. It begins with the event's id."""
        own: tuple[Any, ...] = (
            round(event.EventTime.timestamp() * 1e6),
            *parts,
            uuid_bytes(event.RequestId),
            event.Parameters.replace(event.Resources[0], ARN) if event.Resources else event.Parameters,
            event.Answer,
        )
        if event.ErrorMessage or event.ErrorCode or event.SharedEventId:
            own = (*own, event.ErrorCode, event.ErrorMessage, uuid_bytes(event.SharedEventId))
        return uuid_bytes(event.EventId) + _encode(own)

    def unpack(self, packed: bytes) -> Event:
        """The event that was packed."""
        own = _decode(packed[EVENT_ID_BYTES:])
        time, action, identity, origin, resources, additional, request_id, parameters, answer, *rare = own
        code, message, shared = rare or RARE
        parts = self._parts
        arns = parts[resources]
        return Event(
            EventId=uuid_text(packed[:EVENT_ID_BYTES]),
            EventTime=EPOCH + time * MICROSECOND,
            Action=parts[action],
            Identity=parts[identity],
            Origin=parts[origin],
            RequestId=uuid_text(request_id),
            Resources=arns,
            Parameters=parameters.replace(ARN, arns[0]) if arns else parameters,
            Answer=answer,
            Additional=parts[additional],
            ErrorCode=code,
            ErrorMessage=message,
            SharedEventId=uuid_text(shared),
        )


def uuid_bytes(text: str) -> bytes:
    """The 16 bytes of a UUID's text; none for none. ValueError if it is no UUID."""
    return bytes.fromhex(text.replace("-", "")) if text else b""


def uuid_text(raw: bytes) -> str:
    """The text of a UUID's 16 bytes; none for none."""
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}" if digits else ""
