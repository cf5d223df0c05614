"""A yes or no that can say why, statement by statement. AWS shows only the last line of this."""

from labkit.records import Record


class StatementOutcome(Record):
    """What one statement contributed.

    `policy` is the name of the policy it stands in and `kind` what sort that is: "identity", "resource",
    "boundary", "session" or "grant". `statement` is its Sid or its place. Where it did not match, `element`
    is the element that decided so ("Principal", "Condition StringEquals kms:ViaService"); `reason` is a
    sentence with what was asked for and what was found.
    """

    policy: str
    kind: str
    statement: str
    effect: str
    matched: bool
    element: str
    reason: str


class Decision(Record):
    """May `principal` do `action` on `resource`? `reason` is the rule that decided; of a no, it is
    the end of AWS's own sentence ("because no identity-based policy allows the kms:Encrypt action")."""

    principal: str
    action: str
    resource: str
    allowed: bool
    reason: str
    statements: tuple[StatementOutcome, ...] = ()
