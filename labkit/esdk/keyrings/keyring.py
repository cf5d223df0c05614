"""What a keyring is: it makes and wraps data keys when a message is written, and unwraps one when it is read.

A message may carry its data key wrapped in several ways. One that can be unwrapped is enough to read it.
Source: AWS Encryption SDK Developer Guide, "Keyrings".
"""

from collections.abc import Mapping
from typing import Protocol

from labkit.esdk.header import EncryptedDataKey


class Keyring(Protocol):
    """Anything with these three methods is a keyring."""

    def generate(self, size: int, context: Mapping[str, str]) -> tuple[bytes, tuple[EncryptedDataKey, ...]]:
        """A fresh data key of `size` bytes, and its wrappings. NotAllowed for a keyring that only reads."""

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> tuple[EncryptedDataKey, ...]:
        """The wrappings of a data key that another keyring has made."""

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> bytes:
        """The data key. CannotUnwrap, with the reason, if this keyring does not open this one."""
