"""Step 4: which statements decided. AWS tells its callers only the last line of this."""

from collections.abc import Sequence
from dataclasses import replace

from labkit.cloud.core.call import Call
from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.lens.steps.step import Mark, Row, Step

DENIED = "denied"


def step(call: Call) -> Step:
    """Every decision that was asked for, each with the statements that were looked at.

    What one service asks of another on the caller's behalf is decided once more, for that one.
    """
    told = step_of([decision for one in call.with_inner() for decision in one.decisions])
    if told.gist == DENIED and call.error is None:
        return replace(told, gist="allowed; something that was asked within was denied")
    return told


def step_of(decisions: Sequence[Decision]) -> Step:
    """Decisions, whoever asked for them."""
    return Step(
        4,
        "Which statements decided",
        "The service asks whether the caller may do this. Every statement of every policy that applies is "
        "held against the question; one Deny that matches ends it, otherwise somebody has to allow it.",
        tuple(row for decision in decisions for row in _rows(decision)),
        _gist(decisions),
    )


def _rows(decision: Decision) -> list[Row]:
    on = "" if decision.resource == "*" else f" on {decision.resource}"
    question = Row(f"{decision.action}{on}", "", "heading")
    verdict = "allowed" if decision.allowed else "denied"
    answer = Row("decision", f"{verdict}: {decision.reason}", "allow" if decision.allowed else "deny")
    return [question, *map(_statement, decision.statements), answer]


def _statement(outcome: StatementOutcome) -> Row:
    matched = "matches" if outcome.matched else "does not match"
    mark: Mark = "unmatched"
    if outcome.matched:
        mark = "deny" if outcome.effect == "Deny" else "allow"
    return Row(
        f"{outcome.policy}, {outcome.statement}", f"{outcome.effect} {matched}: {outcome.reason}", mark
    )


def _gist(decisions: Sequence[Decision]) -> str:
    if not decisions:
        return "never asked: the call was refused before"
    if all(decision.allowed for decision in decisions):
        return "allowed"
    return DENIED
