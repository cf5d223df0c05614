"""A yes or no that can say why, statement by statement. AWS shows only the last line of this."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatementOutcome:
    """What one statement contributed: its policy and place, its effect, why it did or didn't match."""

    policy: str
    statement: str
    effect: str
    matched: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """May `principal` do `action` on `resource`? `reason` is the rule that decided; of a no, it is
    the end of AWS's own sentence ("because no identity-based policy allows the kms:Encrypt action")."""

    principal: str
    action: str
    resource: str
    allowed: bool
    reason: str
    statements: tuple[StatementOutcome, ...] = ()
