"""The MD5 sums by which a sender and a receiver know that SQS has understood them.

    0006 colour  0006 String  1  0004 blue      one message attribute (lengths have four bytes)

Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
"""

import hashlib
from collections.abc import Mapping
from typing import Any

TEXT, BINARY = b"\x01", b"\x02"


def md5(data: bytes) -> str:
    """The sum, as hexadecimal digits. It protects against mistakes, and against nobody."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The sum over message attributes, in the order of their names; None without any."""
    if not attributes:
        return None
    data = b""
    for name, value in sorted(attributes.items()):
        data += _measured(name.encode()) + _measured(value["DataType"].encode())
        if "StringValue" in value:
            data += TEXT + _measured(value["StringValue"].encode())
        else:
            data += BINARY + _measured(value["BinaryValue"])
    return md5(data)


def _measured(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part
