"""One statement held against one question, element by element, with a sentence on the first that differs.

What does not depend on the facts of a request is settled first. If it fits, and the statement has
conditions or variables, what is left is a `Pending`, to be settled with the facts.
Source: IAM User Guide, "IAM JSON policy element reference"; KMS API Reference, "PutKeyPolicy" (a statement
of a key policy that lacks Action or Resource has no effect).
"""

from typing import NamedTuple

from labkit.cloud.policy.decision import StatementOutcome
from labkit.cloud.policy.documents import Principals, Resources, Statement
from labkit.cloud.policy.naming import HOW, Naming, naming, naming_of_all_but
from labkit.cloud.policy.patterns import Piece, Pieces, arn_pattern
from labkit.cloud.policy.question import Context, Question
from labkit.cloud.policy.variables import resolve
from labkit.cloud.state.arns import Arn


class Verdict(NamedTuple):
    """What a statement said, and how its Principal named the caller (identity policies always mean it)."""

    outcome: StatementOutcome
    naming: Naming


class Pending(NamedTuple):
    """A statement that fits as far as can be told without facts; `fits` is the verdict if all of it does."""

    question: Question
    policy: str
    kind: str
    statement: Statement
    fits: Verdict

    def settle(self, context: Context) -> Verdict:
        """The verdict, now that the facts are known."""
        statement = self.statement
        if statement.resources is not None and statement.resources.dynamic:
            fault = _resource_fault(statement.resources, self.question.resource, context)
            if fault:
                return _missed(self.policy, self.kind, statement, *fault)
        for condition in statement.conditions:
            if not condition.holds(context):
                return _missed(
                    self.policy, self.kind, statement, condition.element, condition.why_not(context)
                )
        return self.fits


def judge(question: Question, policy: str, kind: str, statement: Statement) -> Verdict | Pending:
    """Hold `statement`, of the policy called `policy`, against the question as far as facts aren't needed."""
    found = Naming.CALLER
    if kind == "resource":
        found = _naming(statement.principals, question, statement.effect)
        if not found:
            return _missed(policy, kind, statement, *_principal_fault(statement.principals, question))
    fault = _action_fault(statement, question.action)
    if not fault and statement.resources is None and not _is_trust(question, kind):
        fault = ("Resource", "the statement has no Resource, so it has no effect")
    if not fault and statement.resources is not None and not statement.resources.dynamic:
        fault = _resource_fault(statement.resources, question.resource, NO_FACTS)
    if fault:
        return _missed(policy, kind, statement, *fault)
    fits = _fits(policy, kind, statement, found)
    if statement.conditions or (statement.resources is not None and statement.resources.dynamic):
        return Pending(question, policy, kind, statement, fits)
    return fits


NO_FACTS = Context({})
EVERYTHING = (Piece("*"),)

Fault = tuple[str, str]


def _naming(principals: Principals | None, question: Question, effect: str) -> Naming:
    if principals is None:
        return Naming.NOT
    arn = Arn.parse(question.resource)
    region = arn.region if arn else ""
    if principals.negated:
        return naming_of_all_but(principals.named, question.principal, region, effect)
    return naming(principals.named, question.principal, region)


def _principal_fault(principals: Principals | None, question: Question) -> Fault:
    caller = question.principal.arn
    if principals is None:
        return "Principal", "the statement has no Principal, so it has no effect"
    if principals.negated:
        return "NotPrincipal", f"NotPrincipal leaves out {caller}"
    return "Principal", f"Principal does not name {caller}: it names {principals.named}"


def _action_fault(statement: Statement, action: str) -> Fault | None:
    actions = statement.actions
    if actions is None:
        return "Action", "the statement has no Action, so it has no effect"
    covered = any(pattern.fullmatch(action) for pattern in actions.patterns)
    if covered != actions.negated:
        return None
    listed = ", ".join(actions.listed)
    if actions.negated:
        return "NotAction", f"NotAction leaves out {action}: it lists {listed}"
    return "Action", f"Action does not cover {action}: it lists {listed}"


def _resource_fault(resources: Resources, resource: str, context: Context) -> Fault | None:
    resolved = [resolve(text, context) for text in resources.templates]
    covered = any(pieces is not None and _covers(pieces, resource) for pieces in resolved)
    if covered != resources.negated:
        return None
    listed = ", ".join(resources.listed)
    if resources.negated:
        return "NotResource", f"NotResource leaves out {resource}: it lists {listed}"
    return "Resource", f"Resource does not cover {resource}: it lists {listed}"


def _covers(pieces: Pieces, resource: str) -> bool:
    return pieces == EVERYTHING or arn_pattern(pieces).fullmatch(resource) is not None


def _is_trust(question: Question, kind: str) -> bool:
    """A role's trust policy has no Resource: it speaks of the role that it is attached to."""
    return kind == "resource" and question.action.startswith("sts:")


def _fits(policy: str, kind: str, statement: Statement, found: Naming) -> Verdict:
    parts = []
    if statement.principals is not None and kind == "resource":
        parts = [_who(statement.principals, found)]
    parts.append("Action and Resource cover the request")
    if statement.conditions:
        parts.append("every condition holds" if len(statement.conditions) > 1 else "its condition holds")
    reason = "; ".join(parts)
    return Verdict(StatementOutcome(policy, kind, statement.label, statement.effect, True, "", reason), found)


def _who(principals: Principals, found: Naming) -> str:
    if principals.negated:
        return "NotPrincipal does not leave out the caller"
    return "Principal names everybody" if "*" in principals.named.aws else HOW[found]


def _missed(policy: str, kind: str, statement: Statement, element: str, reason: str) -> Verdict:
    outcome = StatementOutcome(policy, kind, statement.label, statement.effect, False, element, reason)
    return Verdict(outcome, Naming.NOT)
