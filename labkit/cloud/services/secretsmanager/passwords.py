"""GetRandomPassword: letters, digits and signs, each as likely as the other.

Source: Secrets Manager API Reference, "GetRandomPassword".
"""

from collections.abc import Sequence
from typing import Any

from labkit.cloud.services.secretsmanager.service import SecretsService, faults
from labkit.crypto.randomness import random_bytes

LOWER, UPPER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
NEW_LENGTH = 32
SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


class Passwords(SecretsService):
    """Make passwords. Nothing is kept of them."""

    def get_random_password(
        self,
        PasswordLength: int = 32,
        ExcludeCharacters: str = "",
        ExcludeNumbers: bool = False,
        ExcludePunctuation: bool = False,
        ExcludeUppercase: bool = False,
        ExcludeLowercase: bool = False,
        IncludeSpace: bool = False,
        RequireEachIncludedType: bool = True,
    ) -> dict[str, Any]:
        """A random password, by default of 32 characters with at least one of each kind.

        Raises:
            InvalidParameterException: nothing is left to choose from, or it is too short for every kind.
        """
        self.allow("*")
        wanted = (
            (LOWER, not ExcludeLowercase),
            (UPPER, not ExcludeUppercase),
            (DIGITS, not ExcludeNumbers),
            (SIGNS, not ExcludePunctuation),
            (" ", IncludeSpace),
        )
        kinds = [
            "".join(one for one in kind if one not in ExcludeCharacters)
            for kind, included in wanted
            if included
        ]
        if not any(kinds) or (RequireEachIncludedType and not all(kinds)):
            raise faults.InvalidParameterException(
                "The excluded characters leave no character of a type that the password must include."
            )
        if RequireEachIncludedType and PasswordLength < len(kinds):
            raise faults.InvalidParameterException(
                "Password length is too short based on the required types."
            )
        return {"RandomPassword": _draw(kinds, PasswordLength, RequireEachIncludedType)}


def new_password(excluded: str) -> str:
    """A password of 32 characters, of every kind some, and none of those that are `excluded`."""
    kinds = (LOWER, UPPER, DIGITS, SIGNS)
    allowed = ["".join(one for one in kind if one not in excluded) for kind in kinds]
    return _draw(allowed, NEW_LENGTH, every_kind=True)


def _draw(kinds: Sequence[str], length: int, every_kind: bool) -> str:
    alphabet = "".join(kinds)
    while True:  # to draw again is the only way in which all passwords of this kind are equally likely
        password = "".join(_choice(alphabet) for _ in range(length))
        if not every_kind or all(not set(kind).isdisjoint(password) for kind in kinds):
            return password


def _choice(alphabet: str) -> str:
    limit = 256 - 256 % len(alphabet)
    while True:
        byte = random_bytes(1)[0]
        if byte < limit:  # or the first letters would come more often
            return alphabet[byte % len(alphabet)]
