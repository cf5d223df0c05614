"""What if? A question put to the policy engine that decides every real call, about a call that nobody makes.

Every policy of the question has a name and a text; an answer points at the statements that decided.
Source: IAM User Guide, "IAM policy testing with the IAM policy simulator"; IAM API Reference,
EvaluationResult.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.cloud.policy.documents import statements
from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.matching import Pending, judge
from labkit.cloud.policy.principal import AttachedPolicy, Principal
from labkit.cloud.policy.question import Facts, Question
from labkit.cloud.services.iam.context_keys import keys_of
from labkit.cloud.services.iam.positions import statement_positions
from labkit.records import Record, field, replace

EVERYTHING = "*"


class Cited(NamedTuple):
    """One policy that takes part: how the answer calls it, what kind it is, its text."""

    source: str
    kind: str
    document: str


class Simulator(Record):
    """The policies and circumstances of a simulation; `ask` puts one action on one resource to it.

    `caller` says who asks; the policies it has do not count, those of `identity` and `boundary` do.
    """

    caller: Principal
    identity: tuple[Cited, ...]
    boundary: Cited | None = None
    resource: Cited | None = None
    owner: str = ""
    facts: Facts = field(default_factory=dict)

    def ask(self, action: str, resource: str) -> dict[str, Any]:
        """The EvaluationResult for `action` on `resource`."""
        question = self._question(action, resource)
        decision = decide(question, lambda: self.facts)
        told = {
            "MatchedStatements": self._matched(decision),
            "MissingContextValues": self._missing(question),
        }
        if self.boundary is not None:
            told["PermissionsBoundaryDecisionDetail"] = {
                "AllowedByPermissionsBoundary": _allows(decision.statements, "boundary")
            }
        result: dict[str, Any] = {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": _verdict(decision),
        }
        if resource != EVERYTHING:
            specific = {"EvalResourceName": resource, "EvalResourceDecision": _verdict(decision), **told}
            result["ResourceSpecificResults"] = [specific]
        return {**result, **told}

    def _question(self, action: str, resource: str) -> Question:
        principal = replace(
            self.caller,
            policies=tuple(AttachedPolicy(one.source, one.document) for one in self.identity),
            boundary=AttachedPolicy(self.boundary.source, self.boundary.document) if self.boundary else None,
        )
        policy = self.resource.document if self.resource else None
        return Question(principal, action, resource, policy, owner=self.owner)

    def _in_order(self) -> list[Cited]:
        """The policies in the order in which the engine looks at them."""
        ends = [self.resource], self.identity, [self.boundary]
        return [one for group in ends for one in group if one is not None]

    def _matched(self, decision: Decision) -> list[dict[str, Any]]:
        """The statements that decided: those that deny, or else those that allow; none if nobody did."""
        places = [
            {"SourcePolicyId": cited.source, "SourcePolicyType": cited.kind, **position}
            for cited in self._in_order()
            for position in statement_positions(cited.document)
        ]
        verdict = _verdict(decision)
        effect = {"allowed": "Allow", "explicitDeny": "Deny"}.get(verdict)
        return [
            place
            for place, outcome in zip(places, decision.statements, strict=True)
            if outcome.matched and outcome.effect == effect and outcome.kind != "boundary"
        ]

    def _missing(self, question: Question) -> list[str]:
        """The condition keys that the answer hangs on and that were not given."""
        given = {name.lower() for name in self.facts}
        wanted = (
            key
            for cited in self._in_order()
            for statement in statements(cited.document)
            if isinstance(judge(question, cited.source, _kind(cited, self), statement), Pending)
            for key in keys_of(statement)
        )
        return [key for key in dict.fromkeys(wanted) if key.lower() not in given]


def _kind(cited: Cited, simulator: Simulator) -> str:
    return "resource" if cited is simulator.resource else "identity"


def _allows(outcomes: Sequence[StatementOutcome], kind: str) -> bool:
    matched = {outcome.effect for outcome in outcomes if outcome.matched and outcome.kind == kind}
    return "Allow" in matched and "Deny" not in matched


def _verdict(decision: Decision) -> str:
    if decision.allowed:
        return "allowed"
    denied = any(outcome.matched and outcome.effect == "Deny" for outcome in decision.statements)
    return "explicitDeny" if denied else "implicitDeny"


def given_facts(entries: Sequence[Mapping[str, Any]]) -> Facts:
    """ContextEntries as the facts of a request; types that end in List keep all of their values."""
    return {
        entry["ContextKeyName"]: tuple(entry["ContextKeyValues"])
        if entry.get("ContextKeyType", "string").endswith("List")
        else entry["ContextKeyValues"][0]
        for entry in entries
        if entry.get("ContextKeyName") and entry.get("ContextKeyValues")
    }
