"""Commitment policies: which suites may be written and which read, while a fleet moves to key commitment.

Without commitment one ciphertext can be made to decrypt to two plaintexts, under two data keys. A reader that
insists on commitment can't be deceived so, but reads no older messages.
Source: AWS Encryption SDK Developer Guide, "Setting your commitment policy".
"""

from enum import Enum

from labkit.esdk.errors import NotAllowed
from labkit.esdk.suites import COMMITTING_SIGNED, SIGNED, Suite


class CommitmentPolicy(Enum):
    """The three policies; REQUIRE_ENCRYPT_REQUIRE_DECRYPT is the SDK's own since version 2."""

    FORBID_ENCRYPT_ALLOW_DECRYPT = "forbid to write, allow to read without"
    REQUIRE_ENCRYPT_ALLOW_DECRYPT = "require to write, allow to read without"
    REQUIRE_ENCRYPT_REQUIRE_DECRYPT = "require both"

    @property
    def suite(self) -> Suite:
        """The suite for a message for which none is named."""
        return SIGNED if self is CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT else COMMITTING_SIGNED

    def check_encrypt(self, suite: Suite) -> None:
        """NotAllowed if this policy does not write messages of `suite`."""
        if suite.committing is (self is CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT):
            kind = "with" if suite.committing else "without"
            raise NotAllowed(f"{self.name} writes no messages {kind} key commitment; the suite is {suite}")

    def check_decrypt(self, suite: Suite) -> None:
        """NotAllowed if this policy does not read messages of `suite`."""
        if self is CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT and not suite.committing:
            raise NotAllowed(f"{self.name} reads no messages without key commitment; the suite is {suite}")


STRICTEST = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
