"""Ids that RDS makes, such as DbiResourceId: no two databases ever have the same."""

from labkit.crypto.randomness import random_bytes

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # 32, so five bits choose one
RESOURCE_LETTERS = 26


def new_resource_id(kind: str) -> str:
    """A new id, such as db-ABCDEFGHIJKLMNOPQRSTUVWXYZ."""
    return f"{kind}-" + "".join(LETTERS[octet % len(LETTERS)] for octet in random_bytes(RESOURCE_LETTERS))
