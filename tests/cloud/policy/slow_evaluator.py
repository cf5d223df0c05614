"""AWS's rules once more, slow and obvious: no compiling, no caching, one plain question after another.

It is written from the documentation alone and shares nothing with `labkit.cloud.policy` but the questions.
It knows the part of the language that the random policies of the tests use.
"""

import json
from collections.abc import Mapping
from typing import Any

from labkit.cloud.policy.question import Question


def verdict(question: Question, facts: Mapping[str, Any]) -> str:
    """ "allowed", or the kind of policy that denies explicitly or lacks an Allow."""
    who = question.principal
    boundary = [who.boundary.document] if who.boundary else []
    piles = {
        "resource": [question.resource_policy] if question.resource_policy is not None else [],
        "identity": [policy.document for policy in who.policies],
        "boundary": boundary,
        "session": [policy.document for policy in who.session_policies],
    }
    for kind, pile in piles.items():
        if any(says("Deny", document, kind, question, facts) for document in pile):
            return f"explicit {kind}"

    def allows(kind: str) -> bool:
        return any(says("Allow", document, kind, question, facts) for document in piles[kind])

    direct, by_role, by_account = (
        any(says("Allow", document, "resource", question, facts, how) for document in piles["resource"])
        for how in ("direct", "role", "account")
    )
    named = direct or by_role or by_account
    if who.kind in ("AWSService", "Anonymous"):
        return "allowed" if named else "resource"

    owner = question.owner
    if not owner and question.resource.count(":") >= 5:
        owner = question.resource.split(":")[4]
    same_account = owner in ("", who.account)

    if not same_account:
        if not named:
            return "resource"
        if not (allows("identity") or who.kind == "Root"):
            return "identity"
    else:
        if question.rooted and not named:
            return "resource"
        if direct:
            return "allowed"
        if not by_role and not (allows("identity") or who.kind == "Root"):
            return "identity"
    if who.boundary and not allows("boundary"):
        return "boundary"
    if (who.session_policies or who.kind == "FederatedUser") and not allows("session"):
        return "session"
    return "allowed"


def says(
    effect: str, document: str, kind: str, question: Question, facts: Mapping[str, Any], how: str = ""
) -> bool:
    """Whether a statement of this effect matches; of resource policies, only one that names so, if asked."""
    body = json.loads(document)
    variables = body.get("Version") == "2012-10-17"
    for statement in body["Statement"]:
        if statement["Effect"] != effect:
            continue
        if kind == "resource":
            way = naming(statement, question)
            if not way or (how and way != how):
                continue
        if fits(statement, question, facts, variables):
            return True
    return False


def naming(statement: Mapping[str, Any], question: Question) -> str:
    who = question.principal
    root = f"arn:aws:iam::{who.account}:root"
    if "NotPrincipal" in statement:
        names = statement["NotPrincipal"]
        if names != "*" and "*" in names.get("AWS", []):
            names = "*"
        listed = [] if names == "*" else names.get("AWS", [])
        services = [] if names == "*" else names.get("Service", [])
        if statement["Effect"] == "Deny":
            if who.boundary:
                return "direct"
            if who.kind == "AWSService":
                return "" if who.name in services or names == "*" else "direct"
            if who.kind == "Anonymous":
                return "" if names == "*" else "direct"
            if names == "*":
                return ""
            has_account = root in listed or who.account in listed
            if who.kind == "Root":
                return "" if has_account else "direct"
            has_self = who.arn in listed and (not who.issuer or who.issuer in listed)
            return "" if has_account and has_self else "direct"
        if names == "*" or who.arn in listed or (who.issuer and who.issuer in listed):
            return ""
        if who.kind == "AWSService" and who.name in services:
            return ""
        return "" if who.kind == "Root" and who.account in listed else "direct"
    names = statement["Principal"]
    if names == "*" or "*" in names.get("AWS", []):
        return "direct"
    if who.kind == "Anonymous":
        return ""
    if who.kind == "AWSService":
        return "direct" if who.name in names.get("Service", []) else ""
    listed = names.get("AWS", [])
    if who.arn in listed:
        return "direct"
    if who.issuer and who.issuer in listed:
        return "role"
    if root in listed or who.account in listed:
        return "direct" if who.kind == "Root" else "account"
    return ""


def fits(statement: Mapping[str, Any], question: Question, facts: Mapping[str, Any], variables: bool) -> bool:
    if "Action" in statement:
        if not any(like(one.lower(), question.action.lower()) for one in statement["Action"]):
            return False
    elif any(like(one.lower(), question.action.lower()) for one in statement["NotAction"]):
        return False
    if "Resource" in statement:
        if not any(resource_like(one, question.resource, facts, variables) for one in statement["Resource"]):
            return False
    elif any(resource_like(one, question.resource, facts, variables) for one in statement["NotResource"]):
        return False
    for operator, block in statement.get("Condition", {}).items():
        for key, values in block.items():
            if not condition(operator, find(key, facts), values):
                return False
    return True


def find(key: str, facts: Mapping[str, Any]) -> list[str]:
    for name, value in facts.items():
        if name.lower() == key.lower():
            found = value if isinstance(value, list) else [value]
            return [str(one).lower() if isinstance(one, bool) else str(one) for one in found]
    return []


def condition(operator: str, actual: list[str], values: list[str]) -> bool:
    if operator == "Null":
        return (not actual) == ("true" in values) if len(set(values)) == 1 else True
    if operator.endswith("IfExists"):
        present = [one for one in actual if one] if ":" in operator else actual
        return not present or condition(operator.removesuffix("IfExists"), actual, values)
    if operator.startswith("ForAllValues:"):
        return all(single(operator[13:], one, values) for one in actual if one)
    if operator.startswith("ForAnyValue:"):
        return any(single(operator[12:], one, values) for one in actual if one)
    if "Not" in operator:
        return all(single(operator, one, values) for one in actual)
    return any(single(operator, one, values) for one in actual)


def single(operator: str, actual: str, values: list[str]) -> bool:
    if operator == "StringEquals":
        return actual in values
    if operator == "StringNotEquals":
        return actual not in values
    if operator == "StringLike":
        return any(like(one, actual) for one in values)
    if operator == "StringNotLike":
        return not any(like(one, actual) for one in values)
    if operator == "NumericLessThan":
        return any(float(actual) < float(one) for one in values if actual.isdigit())
    if operator == "Bool":
        return actual in values
    raise AssertionError(operator)


def resource_like(pattern: str, resource: str, facts: Mapping[str, Any], variables: bool) -> bool:
    if variables and "${aws:username}" in pattern:
        name = find("aws:username", facts)
        if len(name) != 1:
            return False
        pattern = pattern.replace("${aws:username}", name[0])
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", 5), resource.split(":", 5)
    return len(wanted) == len(found) and all(like(one, two) for one, two in zip(wanted, found, strict=True))


def like(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return like(pattern[1:], text) or (bool(text) and like(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and like(pattern[1:], text[1:])
