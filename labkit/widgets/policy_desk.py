"""Who may do what with a key, and which statement says so: ask, change the key policy, ask again.

The questions are answered by the lab's own policy engine, with the key's policy, IAM's and the grants, and
nothing is done. A changed policy is tried in a copy of the lab's mind only: until it is put, nothing changes.
Source: IAM User Guide, "Policy evaluation logic".
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import boto3
import ipywidgets
from botocore.exceptions import ClientError
from traitlets import HasTraits, Int, Unicode

from labkit.lab import Lab
from labkit.lens import Explanation, decision
from labkit.palette import ALLOW, DENY, rgba
from labkit.records import replace
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, heading, told

ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:PutKeyPolicy")


class Desk(HasTraits):
    """Questions about one key. `policy` is the key policy that is supposed, as JSON text.

    `said` is what came of the last change, and `changes` counts them.
    """

    policy = Unicode("")
    said = Unicode("")
    changes = Int(0)

    def __init__(self, lab: Lab, key_id: str = "") -> None:
        super().__init__()
        self.lab = lab
        self._kms, self._iam = boto3.client("kms"), boto3.client("iam")
        self.keys = [str(arn) for arn in lab.keys()["Arn"]]
        if not self.keys:
            raise ValueError("there is no key to ask about yet")
        self.key = self.keys[0]
        self.choose_key(key_id or self.key)

    @property
    def principals(self) -> list[str]:
        """The ARNs of the administrator and of all users and roles of the account."""
        own = self._iam.get_paginator
        users = [one["Arn"] for page in own("list_users").paginate() for one in page["Users"]]
        roles = [one["Arn"] for page in own("list_roles").paginate() for one in page["Roles"]]
        administrator = f"arn:aws:iam::{self.key.split(':')[4]}:user/Administrator"
        return list(dict.fromkeys([administrator, *users, *roles]))

    def choose_key(self, key_id: str) -> None:
        """Ask about another key from now on; its policy is read."""
        self.key = self._kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
        text = self._kms.get_key_policy(KeyId=self.key)["Policy"]
        self.policy = json.dumps(json.loads(text), indent=2)

    def ask(self, who: str, action: str, context: Mapping[str, str] | None = None) -> Explanation:
        """What would be decided under the policy that is supposed; nothing is done."""
        parameters = {"EncryptionContext": dict(context)} if context else {}
        return self._supposing(lambda: decision(self.lab, who, action, self.key, parameters=parameters))

    def matrix(self, context: Mapping[str, str] | None = None) -> dict[str, dict[str, bool]]:
        """Principal -> action -> whether it would be allowed."""
        return {
            who: {action: self.ask(who, action, context).allowed for action in ACTIONS}
            for who in self.principals
        }

    def suppose(self, policy: str) -> str:
        """Ask under another key policy from now on; returns "" or what is wrong with the text."""
        try:
            json.loads(policy)
        except ValueError as error:
            self._tell(f"This is not JSON: {error}")
            return str(self.said)
        self.policy = policy
        self._tell("Supposed, not put: the lab's key still has its own policy.")
        return ""

    def put(self) -> str:
        """Put the supposed policy on the key; returns "" or AWS's error, and then nothing has changed."""
        try:
            self._kms.put_key_policy(KeyId=self.key, Policy=self.policy)
        except ClientError as error:
            self._tell(str(error))
            return str(error)
        self._tell("PutKeyPolicy: done.")
        return ""

    def _tell(self, text: str) -> None:
        self.said = text
        self.changes += 1

    def _supposing(self, ask: Any) -> Explanation:
        """Ask with the supposed policy in the key's place, and put everything back."""
        from labkit.cloud.services.kms.model import KmsTables

        _, _, _, region, account, resource = self.key.split(":", 5)
        with self.lab.gateway.lock, self.lab.cloud.store.transaction as changes:
            mark = len(changes)
            keys = self.lab.cloud.store.tables(KmsTables, account, region).keys
            key = keys.get(resource.removeprefix("key/"))
            assert key is not None
            if json.loads(key.Policy) != json.loads(self.policy):
                keys.put(replace(key, Policy=self.policy, PolicyNames=()))
            try:
                answer: Explanation = ask()
            finally:
                self.lab.cloud.store.undo(changes, mark)
        return answer


class PolicyDesk(Panel):
    """Choices for principal, action, key, context; the decision; the matrix; the key policy to edit."""

    def __init__(self, lab: Lab, key_id: str = "") -> None:
        self.model = Desk(lab, key_id)
        wide = ipywidgets.Layout(width="34em")
        self.who = ipywidgets.Dropdown(options=self.model.principals, description="Who", layout=wide)
        self.action = ipywidgets.Dropdown(options=ACTIONS, description="does")
        self.key = ipywidgets.Dropdown(
            options=self.model.keys, value=self.model.key, description="with", layout=wide
        )
        self.context = ipywidgets.Text(
            value="{}", description="context", tooltip="encryption context, as JSON"
        )
        self.policy = ipywidgets.Textarea(
            value=self.model.policy,
            description="Key policy",
            layout=ipywidgets.Layout(width="46em", height="16em"),
        )
        self.suppose = ipywidgets.Button(
            description="What if?", tooltip="ask under this text, change nothing"
        )
        self.put = ipywidgets.Button(description="Put it on the key", layout=ipywidgets.Layout(width="auto"))
        self.answer, self.matrix, self.said = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        for control in (self.who, self.action, self.context):
            control.observe(self._draw, "value")
        self.key.observe(self._another_key, "value")
        self.suppose.on_click(lambda _: self.model.suppose(self.policy.value))
        self.put.on_click(lambda _: self.model.suppose(self.policy.value) or self.model.put())
        self.model.observe(self._changed, "changes")
        self._draw()
        super().__init__(
            [
                ipywidgets.HBox([self.who, self.action]),
                ipywidgets.HBox([self.key, self.context]),
                self.matrix,
                self.answer,
                self.policy,
                ipywidgets.HBox([self.suppose, self.put]),
                self.said,
            ]
        )

    def _another_key(self, change: dict[str, Any]) -> None:
        self.model.choose_key(change["new"])
        self.policy.value = self.model.policy
        self._draw()

    def _changed(self, _: object) -> None:
        wrong = "error" in self.model.said.lower() or "not JSON" in self.model.said
        self.said.value = told("wrong" if wrong else "told", self.model.said)
        self._draw()

    def _draw(self, _: object = None) -> None:
        try:
            context = json.loads(self.context.value or "{}")
        except ValueError as error:
            self.answer.value = told("wrong", f"The context is not JSON: {error}")
            return
        asked = self.model.ask(self.who.value, self.action.value, context)
        self.answer.value = asked._repr_html_()
        self.matrix.value = heading("Who may do what with this key", "kms:…") + table(
            self.model.matrix(context)
        )


def table(matrix: Mapping[str, Mapping[str, bool]]) -> str:
    """The matrix as HTML: a tick or a cross in every cell, hatched where it is a no."""
    heads = "".join(
        f'<th scope="col" style="padding:2px 10px">{escape(action.removeprefix("kms:"))}</th>'
        for action in ACTIONS
    )
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="text-align:left;padding:2px 10px">'
        f"{escape(who.rsplit(':', 1)[-1])}</th>{''.join(cell(one) for one in answers.values())}</tr>"
        for who, answers in matrix.items()
    )
    return (
        f'<table style="border-collapse:collapse;color:inherit;{STYLE};font-size:13px">'
        f"<thead><tr><th></th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def cell(allowed: bool) -> str:
    """One answer."""
    if allowed:
        fill, sign, word = f"background:{rgba(ALLOW.color, 0.25)}", ALLOW.sign, "yes"
    else:
        stripes = f"repeating-linear-gradient(45deg,{rgba(DENY.color, 0.25)} 0 5px,transparent 0 10px)"
        fill, sign, word = f"background:{stripes}", DENY.sign, "no"
    return f'<td style="text-align:center;padding:2px 10px;{fill}">{sign} {word}</td>'
