"""The ids that outlive names: AIDA... is one user for ever, though another may take the name tomorrow.

Their first four letters say what they name, and a policy's Principal is kept as such an id inside AWS.
Source: IAM User Guide, "IAM identifiers", "Unique identifiers".
"""

import base64

from labkit.crypto.randomness import random_bytes

GROUP, USER, POLICY, ROLE = "AGPA", "AIDA", "ANPA", "AROA"
ACCESS_KEY, TEMPORARY_KEY = "AKIA", "ASIA"
LETTERS = 17
ACCESS_KEY_LETTERS = 16


def fresh_id(prefix: str) -> str:
    """A new unique id: a prefix and 17 letters and digits, 16 if it is that of an access key."""
    letters = ACCESS_KEY_LETTERS if prefix in (ACCESS_KEY, TEMPORARY_KEY) else LETTERS
    return prefix + base32(random_bytes(11))[:letters]


def base32(data: bytes) -> str:
    """Letters A to Z and digits 2 to 7, five bits each (RFC 4648); unpadded."""
    return base64.b32encode(data).decode().rstrip("=")
