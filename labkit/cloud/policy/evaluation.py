"""May this principal do this? Statements are matched one by one, then combined by AWS's rule.

    1. A matching Deny ends it.
    2. The key policy of a KMS key must allow, either the caller itself or the caller's account.
    3. Where it allows the account, the caller's own (identity) policy must allow as well.
    4. Resources that have no policy are left to the identity policy alone.

What this chapter does not do yet: Condition elements are not evaluated, a statement that has one is
passed over and says so. Identity policies are the administrator's only.
Source: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Default key policy".
"""

import json
from functools import lru_cache
from typing import Any

from labkit.cloud.policy.decision import Decision, StatementOutcome
from labkit.cloud.policy.patterns import matches_any
from labkit.cloud.policy.principal import Principal
from labkit.cloud.state.arns import arn

ADMINISTRATOR_ACCESS = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@lru_cache(maxsize=4096)
def evaluate(principal: Principal, action: str, resource: str, resource_policy: str | None) -> Decision:
    """Decide whether `principal` may do `action` on `resource` (an ARN, or "*").

    `resource_policy` is the JSON of the policy attached to the resource, None if it has none. The answer
    depends on the arguments alone, so repeated questions are answered from memory.
    """
    identity = _identity_outcomes(principal, action, resource)
    attached = _resource_outcomes(principal, action, resource, resource_policy)
    outcomes = (*attached, *identity)
    matched = [outcome for outcome in outcomes if outcome.matched]
    denying = [outcome for outcome in matched if outcome.effect == "Deny"]
    if denying:
        kind = "an identity-based" if denying[0] in identity else "a resource-based"
        allowed, reason = False, f"with an explicit deny in {kind} policy"
    elif resource_policy is None or not any(outcome.matched for outcome in attached):
        kind = "identity" if resource_policy is None else "resource"
        allowed = resource_policy is None and any(outcome.matched for outcome in identity)
        reason = (
            f"the {kind}-based policy allows it"
            if allowed
            else f"because no {kind}-based policy allows the {action} action"
        )
    elif any(outcome.reason == NAMES_THE_CALLER for outcome in attached):
        allowed, reason = True, "the resource-based policy allows the caller"
    else:
        allowed = any(outcome.matched for outcome in identity)
        reason = (
            "the resource-based policy allows the account, and the identity-based policy the caller"
            if allowed
            else f"because no identity-based policy allows the {action} action"
        )
    return Decision(principal.arn, action, resource, allowed, reason, outcomes)


NAMES_THE_CALLER = "the statement names the caller"
NAMES_THE_ACCOUNT = "the statement names the account, which leaves it to identity-based policies"


def _identity_outcomes(principal: Principal, action: str, resource: str) -> tuple[StatementOutcome, ...]:
    if not principal.administrator:
        return ()
    statements = _statements(ADMINISTRATOR_ACCESS)
    return tuple(
        _outcome("AdministratorAccess", place, statement, action, resource, "Action and Resource cover it")
        for place, statement in enumerate(statements)
    )


def _resource_outcomes(
    principal: Principal, action: str, resource: str, policy: str | None
) -> tuple[StatementOutcome, ...]:
    if policy is None:
        return ()
    outcomes = []
    for place, statement in enumerate(_statements(policy)):
        who = _names(statement.get("Principal"), principal)
        if who:
            outcomes.append(_outcome("key policy", place, statement, action, resource, who))
        else:
            outcomes.append(_miss("key policy", place, statement, "Principal does not name the caller"))
    return tuple(outcomes)


def _names(element: Any, principal: Principal) -> str:
    """How a Principal element names the caller: itself, its account, or not at all ("")."""
    if element == "*":
        return NAMES_THE_CALLER
    if not isinstance(element, dict):
        return ""
    if principal.kind == "AWSService":
        return NAMES_THE_CALLER if principal.name in _listed(element.get("Service", ())) else ""
    named = _listed(element.get("AWS", ()))
    if "*" in named or principal.arn in named:
        return NAMES_THE_CALLER
    root = arn("iam", "", principal.account, "root", partition=principal.arn.split(":")[1])
    return NAMES_THE_ACCOUNT if root in named or principal.account in named else ""


def _outcome(
    policy: str, place: int, statement: dict[str, Any], action: str, resource: str, who: str
) -> StatementOutcome:
    if "Action" in statement and not matches_any(_listed(statement["Action"]), action, fold_case=True):
        return _miss(policy, place, statement, f"Action does not cover {action}")
    if "NotAction" in statement and matches_any(_listed(statement["NotAction"]), action, fold_case=True):
        return _miss(policy, place, statement, f"NotAction excludes {action}")
    if "Resource" in statement and not matches_any(_listed(statement["Resource"]), resource):
        return _miss(policy, place, statement, "Resource does not cover it")
    if statement.get("Condition"):
        return _miss(policy, place, statement, "it has a Condition, which this lab does not evaluate yet")
    return StatementOutcome(policy, _label(place, statement), statement["Effect"], True, who)


def _miss(policy: str, place: int, statement: dict[str, Any], reason: str) -> StatementOutcome:
    return StatementOutcome(policy, _label(place, statement), statement["Effect"], False, reason)


def _label(place: int, statement: dict[str, Any]) -> str:
    return str(statement.get("Sid") or f"statement {place + 1}")


@lru_cache(maxsize=1024)
def _statements(policy: str) -> tuple[dict[str, Any], ...]:
    return tuple(_listed(json.loads(policy)["Statement"]))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
