"""What the Encryption SDK's format refuses, each error with the field and the byte that it is about.

    EsdkError
    ├── NotAllowed              a commitment policy or a rule for encryption contexts forbids it
    ├── CannotUnwrap            one keyring can't open one encrypted data key; the next one may
    └── MessageError            the message is wrong: `field` and `offset` say where
        ├── MalformedMessage    these bytes cannot be what the format puts here
        ├── TooLarge            a limit of the caller's: encrypted data keys, or the length of a frame
        ├── ContextMismatch     its encryption context is not the one that the reader expects
        ├── NoDataKey           none of its encrypted data keys could be opened
        └── NotAuthentic        the bytes are well formed, and not those that were written
            ├── CommitmentMismatch
            ├── HeaderNotAuthentic
            ├── FrameNotAuthentic
            └── SignatureNotValid

None of them ever holds a key or a plaintext.
"""


class EsdkError(Exception):
    """Everything that this chapter refuses."""


class NotAllowed(EsdkError):
    """A policy of the caller's, or a rule about encryption contexts, forbids it."""


class CannotUnwrap(EsdkError):
    """This keyring does not open this encrypted data key, for the reason given."""


class MessageError(EsdkError):
    """A message is wrong: `field` names the part of it, `offset` its first byte."""

    def __init__(self, field: str, offset: int, reason: str) -> None:
        super().__init__(f"{field}, byte {offset}: {reason}")
        self.field = field
        self.offset = offset
        self.reason = reason


class MalformedMessage(MessageError):
    """The bytes cannot be what the format puts there."""


class TooLarge(MessageError):
    """More than the caller wants to read."""


class ContextMismatch(MessageError):
    """The encryption context in the message is not the one that the reader expects."""


class NoDataKey(MessageError):
    """None of the encrypted data keys could be opened; the reasons are told, one for each attempt."""


class NotAuthentic(MessageError):
    """Well-formed bytes that are not those that were written."""


class CommitmentMismatch(NotAuthentic):
    """The data key is not the one that the message was made with: another message is hidden behind it."""


class HeaderNotAuthentic(NotAuthentic):
    """The header, or the encryption context that was left out of it, is another."""


class FrameNotAuthentic(NotAuthentic):
    """A frame was changed, or stands where another belongs."""


class SignatureNotValid(NotAuthentic):
    """The signature at the end is not by the key that the header names, or not over these bytes."""
