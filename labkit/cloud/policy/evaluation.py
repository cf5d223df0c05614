"""May this principal do this? Statements are matched one by one, then combined by AWS's rule.

    1. A matching Deny, in whichever policy, ends it.
    2. A resource in another account, and a KMS key even in one's own, must be allowed by its own policy.
    3. A resource's policy that names the caller itself, in its own account, is all that is needed.
    4. One that names the caller's role stands in for the identity policies. Otherwise, and always in another
       account, an identity policy must allow.
    5. Then a permissions boundary and session policies, where there are any, must allow as well.

The account's root user needs no identity policy; services and anonymous callers have none, and depend on
the resource's policy. Service and resource control policies of AWS Organizations are not part of the lab.
Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access",
"Cross-account policy evaluation logic"; KMS Developer Guide, "Key policies in AWS KMS".
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.cloud.policy.documents import statements
from labkit.cloud.policy.matching import Pending, Verdict, judge
from labkit.cloud.policy.naming import Naming
from labkit.cloud.policy.principal import ANONYMOUS, FEDERATED_USER, ROOT, SERVICE, AttachedPolicy, Principal
from labkit.cloud.policy.question import Context, Facts, Question
from labkit.records import Record, replace

A_POLICY = {
    "resource": "a resource-based policy",
    "identity": "an identity-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
}
NO_POLICY = {
    "resource": "resource-based policy",
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
}
RESOURCE_POLICIES = {"kms": "key policy", "sts": "trust policy", "s3": "bucket policy"}
ROOT_USER = Verdict(
    StatementOutcome("root user", "identity", "implicit", "Allow", True, "", "the root user needs no policy"),
    Naming.CALLER,
)


class Plan(Record):
    """A question, answered as far as it can be without facts.

    `pending` are those of the `verdicts` that depend on facts; `decision` is the answer if all of them fit.
    """

    decision: Decision
    verdicts: tuple[Verdict | Pending, ...]
    pending: tuple[Pending, ...]


def decide(question: Question, facts: Callable[[], Facts]) -> Decision:
    """Answer a question; `facts` is called only if a statement that fits otherwise depends on it.

    Returns the Decision, with the outcome of every statement that was looked at.
    """
    plan = _plan(question)
    if not plan.pending:
        return plan.decision
    context = Context(facts())
    settled = [one.settle(context) for one in plan.pending]
    if all(verdict is one.fits for verdict, one in zip(settled, plan.pending, strict=True)):
        return plan.decision
    found = iter(settled)
    return _combine(
        question, tuple(next(found) if isinstance(one, Pending) else one for one in plan.verdicts)
    )


def with_grants(denied: Decision, grants: Callable[[], Iterable[StatementOutcome]]) -> Decision:
    """What becomes of a no that grants may yet turn into a yes: a grant that matches allows, without any
    policy, but an explicit deny stands, and then nobody asks for `grants`.

    Source: KMS Developer Guide, "Grants in AWS KMS".
    """
    if any(outcome.matched and outcome.effect == "Deny" for outcome in denied.statements):
        return denied
    outcomes = tuple(grants())
    statements = (*denied.statements, *outcomes)
    granting = next((outcome for outcome in outcomes if outcome.matched), None)
    if granting is None:
        return replace(denied, statements=statements)
    reason = f"grant {granting.statement} allows it"
    return replace(denied, allowed=True, reason=reason, statements=statements)


@lru_cache(maxsize=4096)
def _plan(question: Question) -> Plan:
    """The part of the answer that is the same for every such question, so that it is worked out once."""
    verdicts = tuple(_judged(question))
    pending = tuple(one for one in verdicts if isinstance(one, Pending))
    best = tuple(one.fits if isinstance(one, Pending) else one for one in verdicts)
    return Plan(_combine(question, best), verdicts, pending)


def _judged(question: Question) -> Iterator[Verdict | Pending]:
    for kind, policy in _policies(question):
        # A managed policy is called by the last part of its ARN.
        name = policy.name.rpartition("/")[2]
        for statement in statements(policy.document):
            yield judge(question, name, kind, statement)
    if question.principal.kind == ROOT:
        yield ROOT_USER


def _policies(question: Question) -> Iterator[tuple[str, AttachedPolicy]]:
    principal = question.principal
    if question.resource_policy is not None:
        name = RESOURCE_POLICIES.get(question.action.partition(":")[0], "resource policy")
        yield "resource", AttachedPolicy(name, question.resource_policy)
    for policy in principal.policies:
        yield "identity", policy
    if principal.boundary is not None:
        yield "boundary", principal.boundary
    for policy in principal.session_policies:
        yield "session", policy


def _combine(question: Question, verdicts: tuple[Verdict, ...]) -> Decision:
    matched = [verdict for verdict in verdicts if verdict.outcome.matched]
    denying = {verdict.outcome.kind for verdict in matched if verdict.outcome.effect == "Deny"}
    allowing = {verdict.outcome.kind for verdict in matched if verdict.outcome.effect == "Allow"}
    named = max(
        (verdict.naming for verdict in matched if verdict.outcome.kind == "resource"), default=Naming.NOT
    )
    if denying:
        first = next(kind for kind in A_POLICY if kind in denying)
        allowed, reason = False, f"with an explicit deny in {A_POLICY[first]}"
    elif missing := _missing(question, allowing, named):
        allowed, reason = False, f"because no {NO_POLICY[missing]} allows the {question.action} action"
    else:
        allowed, reason = True, _who_allowed(question, allowing, named)
    outcomes = tuple(verdict.outcome for verdict in verdicts)
    return Decision(question.principal.arn, question.action, question.resource, allowed, reason, outcomes)


def _missing(question: Question, allowing: set[str], named: Naming) -> str:
    """The kind of policy that would have to allow this and does not; "" if none is missing."""
    principal = question.principal
    if principal.kind in (SERVICE, ANONYMOUS):
        return "" if named else "resource"
    own = question.resource_account == principal.account
    if not named and (question.rooted or not own):
        return "resource"
    if own and named is Naming.CALLER:
        return ""
    if not (own and named is Naming.ROLE) and "identity" not in allowing:
        return "identity"
    return next((kind for kind in _limits(principal) if kind not in allowing), "")


def _limits(principal: Principal) -> Iterator[str]:
    """The kinds of policy that grant nothing, and without which nothing is granted."""
    if principal.boundary is not None:
        yield "boundary"
    # A federated user has no more than what was passed when its session was made, even if that is nothing.
    if principal.session_policies or principal.kind == FEDERATED_USER:
        yield "session"


def _who_allowed(question: Question, allowing: set[str], named: Naming) -> str:
    if named is Naming.NOT:
        return "the identity-based policy allows it"
    if question.resource_account != question.principal.account and "identity" in allowing:
        return f"the resource-based policy allows {WHOM[named]}, and so does the caller's own account"
    if named is Naming.ACCOUNT:
        return "the resource-based policy allows the account, and the identity-based policy the caller"
    return f"the resource-based policy allows {WHOM[named]}"


WHOM = {
    Naming.CALLER: "the caller",
    Naming.ROLE: "the caller's role",
    Naming.ACCOUNT: "the account",
}
