"""The check of a policy that is attached to a resource: a role's trust policy, a KMS key's policy, others.

A statement of it has to say whom it means. A trust policy has no Resource, since it speaks of its role. A
key policy may lack Action or Resource: such a statement just has no effect.
Source: IAM User Guide, "Grammar of the IAM JSON policy language", "AWS JSON policy elements: Principal"; KMS
API Reference, "PutKeyPolicy"; the sentences as public reports quote them. AWS says at which place its
parser stopped; the lab only knows the end of the word, or of the text, that is wrong.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from labkit.cloud.policy.documents import listed
from labkit.cloud.policy.malformed import (
    DOCUMENT,
    EFFECTS,
    STATEMENT,
    VERSIONS,
    MalformedPolicyError,
    is_condition_values,
    is_operator,
    is_texts,
)

INVALID_JSON = "This policy contains invalid Json"
INVALID_KEY_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
PRINCIPALS = {
    "AWS": re.compile(
        r"\*|\d{12}|A[A-Z]{3}[A-Z0-9]{12,}"
        r"|arn:aws[a-z-]*:iam::\d{12}:(root|user/[\w+=,.@/-]+|role/[\w+=,.@/-]+)"
        r"|arn:aws[a-z-]*:sts::\d{12}:(assumed-role/[\w+=,.@-]+|federated-user)/[\w+=,.@:-]+"
    ),
    "Service": re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)"),
    "Federated": re.compile(r"\S+"),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}
ACTION = re.compile(r"\*|(\*|[A-Za-z0-9.-]+):[A-Za-z0-9*?_-]+")
TRUST_ACTIONS = re.compile(
    r"sts:(AssumeRole|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|TagSession|SetSourceIdentity|SetContext|\*)",
    re.IGNORECASE,
)


def check_resource_policy(text: str, kind: str) -> None:
    """Go on only if AWS would attach `text` to a resource; `kind` is "trust", "key" or "resource".

    Raises:
        MalformedPolicyError: it would not.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicyError(INVALID_JSON) from None
    if document is None:
        raise MalformedPolicyError("This text appears not to be a policy")
    if not isinstance(document, dict):
        raise MalformedPolicyError(INVALID_JSON)
    for name in document.keys() - DOCUMENT:
        raise MalformedPolicyError(f"Unknown field {name}")
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        raise MalformedPolicyError("The policy must contain a valid version string")
    if "Statement" not in document or not isinstance(document.get("Id", ""), str):
        raise _syntax(text, "")
    statements = listed(document["Statement"])
    if not statements:
        raise MalformedPolicyError("Could not parse the policy: Statement is empty!")
    for statement in statements:
        if not isinstance(statement, dict):
            raise _syntax(text, "Statement")
        _Checker(text, kind, statement).check()
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise MalformedPolicyError("The Statement Ids in the policy are not unique")


class _Checker:
    """Checks one statement, element by element."""

    def __init__(self, text: str, kind: str, statement: dict[str, Any]) -> None:
        self._text = text
        self._kind = kind
        self._statement = statement

    def check(self) -> None:
        for name in self._statement.keys() - STATEMENT:
            raise MalformedPolicyError(f"Unknown field {name}")
        if not isinstance(self._statement.get("Sid", ""), str):
            raise _syntax(self._text, "Sid")
        effect = self._required("Effect")
        if effect not in EFFECTS:
            raise MalformedPolicyError(f"Invalid effect: {effect}")
        self._check_principal()
        self._check_texts("Action", required=self._kind != "key", check=self._check_action)
        if self._kind == "trust" and {"Resource", "NotResource"} & self._statement.keys():
            raise MalformedPolicyError("Has prohibited field Resource")
        self._check_texts("Resource", required=self._kind == "resource", check=_check_resource)
        self._check_condition(self._statement.get("Condition", {}))

    def _required(self, name: str) -> Any:
        if name not in self._statement:
            raise MalformedPolicyError(f"Missing required field {name}")
        return self._statement[name]

    def _check_principal(self) -> None:
        if {"Principal", "NotPrincipal"} <= self._statement.keys():
            raise _syntax(self._text, "NotPrincipal")
        if "NotPrincipal" in self._statement and self._kind == "trust":
            raise MalformedPolicyError("AssumeRole policy must not contain NotPrincipal field.")
        negated = "NotPrincipal" in self._statement
        element = self._required("NotPrincipal" if negated else "Principal")
        if element in ({}, [], ""):
            raise MalformedPolicyError("Missing required field Principal cannot be empty!")
        if element == "*" and self._kind == "trust":
            raise MalformedPolicyError('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
        if element == "*":
            return
        if not isinstance(element, dict):
            raise self._invalid_principal("STAR", element)
        for kind, names in element.items():
            if kind not in PRINCIPALS or not is_texts(names):
                raise _syntax(self._text, kind)
            for name in listed(names):
                if not PRINCIPALS[kind].fullmatch(name):
                    raise self._invalid_principal(kind, name)

    def _invalid_principal(self, kind: str, name: Any) -> MalformedPolicyError:
        if self._kind == "key":
            return MalformedPolicyError(INVALID_KEY_PRINCIPAL)
        return MalformedPolicyError(f'Invalid principal in policy: "{kind}":"{name}"')

    def _check_texts(self, element: str, required: bool, check: Callable[[str], None]) -> None:
        names = {element, f"Not{element}"} & self._statement.keys()
        if len(names) > 1:
            raise _syntax(self._text, f"Not{element}")
        if not names and required:
            raise MalformedPolicyError(f"Missing required field {element}")
        for name in names:
            texts = self._statement[name]
            if not is_texts(texts):
                raise _syntax(self._text, name)
            for text in listed(texts):
                check(text)

    def _check_action(self, action: str) -> None:
        if self._kind == "trust" and not TRUST_ACTIONS.fullmatch(action):
            raise MalformedPolicyError("AssumeRole policy may only specify STS AssumeRole actions.")
        if not ACTION.fullmatch(action):
            raise MalformedPolicyError("Policy has invalid action")

    def _check_condition(self, block: Any) -> None:
        if not isinstance(block, dict):
            raise _syntax(self._text, "Condition")
        for written, keys in block.items():
            if not isinstance(keys, dict):
                raise _syntax(self._text, written)
            if not is_operator(written):
                raise MalformedPolicyError(f"Invalid Condition type : {written}")
            for key, values in keys.items():
                if not is_condition_values(values):
                    raise _syntax(self._text, key)


def _check_resource(resource: str) -> None:
    if resource != "*" and not resource.startswith("arn:"):
        raise MalformedPolicyError("Policy has invalid resource")


def _syntax(text: str, word: str) -> MalformedPolicyError:
    """The complaint that something is wrong after `word`, or after the whole text, counted from 1."""
    at = text.find(json.dumps(word)) if word else -1
    read = text if at < 0 else text[: at + len(json.dumps(word))]
    row, column = read.count("\n") + 1, len(read) - read.rfind("\n")
    return MalformedPolicyError(f"Syntax error at position ({row},{column})")
