"""A bucket policy, put to the test by four real requests: HTTP and HTTPS, nobody and a user.

Say what each will get, then send them through the sockets of `lab.serve()`. What the cells show is what came
back; the sentence below each is the rule that decided, read from the lab's trace.
Source: IAM User Guide, "Policy evaluation logic"; S3 User Guide, "Bucket policies".
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

import boto3
import ipywidgets
from botocore.exceptions import ClientError
from traitlets import HasTraits, Int, Unicode

from labkit import lens
from labkit.lab import Lab
from labkit.palette import ALLOW, DENY, rgba
from labkit.widgets.panel import Panel
from labkit.widgets.view import STYLE, code, heading, told

WIRES = ("http", "https")
WHO = ("anonymous", "user")
CELLS = tuple((wire, who) for wire in WIRES for who in WHO)
UNSAID, YES, NO = "?", "200", "403"


class Sent(NamedTuple):
    """One request: what came back, and the rule that decided."""

    status: int
    why: str


def policies(bucket: str) -> dict[str, str]:
    """The policies of this notebook for a bucket, as JSON, by what they are called; "" is none."""
    objects = f"arn:aws:s3:::{bucket}/*"
    deny = {
        "Sid": "DenyIfNotTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", objects],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {
        "Sid": "AllowIfTls",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": objects,
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    return {
        "no policy": "",
        "deny if not TLS": _policy(deny),
        "allow if TLS": _policy(allow),
        "both": _policy(deny, allow),
    }


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


class Wires(HasTraits):
    """A bucket, its policy, and what four requests for one object get.

    `said` is what came of the last change; `changes` counts changes and rounds of requests. `sent` has the
    answers of the last round, by wire and who; it is empty while nothing has been asked under this policy.
    """

    said = Unicode("")
    changes = Int(0)

    def __init__(self, lab: Lab, bucket: str, key: str, access_key: Mapping[str, str]) -> None:
        super().__init__()
        self.lab, self.bucket, self.key, self._access_key = lab, bucket, key, access_key
        self._s3 = boto3.client("s3")
        self.policies = policies(bucket)
        self.sent: dict[tuple[str, str], Sent] = {}

    @property
    def blocked(self) -> bool:
        """Whether the bucket has its public access block."""
        try:
            found = self._s3.get_public_access_block(Bucket=self.bucket)["PublicAccessBlockConfiguration"]
        except ClientError:
            return False
        return bool(found["BlockPublicPolicy"])

    def block(self, on: bool) -> None:
        """Put the public access block back as a new bucket has it, or take it away."""
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        if on:
            self._s3.put_public_access_block(
                Bucket=self.bucket, PublicAccessBlockConfiguration=dict.fromkeys(names, True)
            )
        else:
            self._s3.delete_public_access_block(Bucket=self.bucket)
        self._changed(f"The public access block is {'on' if on else 'off'}.")

    def put(self, policy: str) -> str:
        """Put a policy on the bucket, or take it off for ""; returns "" or AWS's error."""
        try:
            if policy.strip():
                self._s3.put_bucket_policy(Bucket=self.bucket, Policy=policy)
            else:
                self._s3.delete_bucket_policy(Bucket=self.bucket)
        except ClientError as error:
            self._changed(str(error))
            return str(error)
        self._changed("PutBucketPolicy: done." if policy.strip() else "DeleteBucketPolicy: done.")
        return ""

    def send(self) -> dict[tuple[str, str], Sent]:
        """Ask four times, over both wires, by nobody and by the user."""
        doors = self.lab.serve()
        for wire, who in CELLS:
            access_key = self._access_key if who == "user" else None
            answer = lens.ask(doors, wire, self.bucket, self.key, access_key)
            decisions = self.lab.trace[-1].call.decisions
            self.sent[wire, who] = Sent(answer.status, decisions[-1].reason if decisions else answer.code)
        self.said = ""
        self.changes += 1
        return self.sent

    def curl(self, wire: str) -> str:
        """The command that asks the same as nobody."""
        doors = self.lab.serve()
        if wire == "http":
            return f"curl -i {doors.url}/{self.bucket}/{self.key}"
        return f"curl -i --cacert {doors.ca_bundle} {doors.tls_url}/{self.bucket}/{self.key}"

    def _changed(self, text: str) -> None:
        self.sent = {}
        self.said = text
        self.changes += 1


class RequestMatrix(Panel):
    """A policy to choose and edit; four predictions; four requests; who got what, and why."""

    def __init__(self, lab: Lab, bucket: str, key: str, access_key: Mapping[str, str]) -> None:
        self.model = Wires(lab, bucket, key, access_key)
        self.preset = ipywidgets.Dropdown(
            options=list(self.model.policies),
            value="deny if not TLS",
            description="Policy",
            tooltip="one of this notebook's policies",
        )
        self.blocked = ipywidgets.Checkbox(
            value=self.model.blocked, description="public access block", tooltip="on in every new bucket"
        )
        self.policy = ipywidgets.Textarea(
            value=self.model.policies["deny if not TLS"],
            description="as JSON",
            layout=ipywidgets.Layout(width="46em", height="21em"),
        )
        self.put = ipywidgets.Button(
            description="Put it on the bucket", layout=ipywidgets.Layout(width="auto")
        )
        self.guesses = {
            cell: ipywidgets.Dropdown(
                options=[UNSAID, YES, NO],
                description=f"{cell[1]}, {cell[0]}",
                tooltip=f"What will the {cell[1]} get over {cell[0]}?",
                style={"description_width": "11em"},
                layout=ipywidgets.Layout(width="18em"),
            )
            for cell in CELLS
        }
        self.ask = ipywidgets.Button(
            description="Send four requests", layout=ipywidgets.Layout(width="auto"), button_style="primary"
        )
        self.said, self.picture = ipywidgets.HTML(), ipywidgets.HTML()
        self.preset.observe(self._choose, "value")
        self.blocked.observe(lambda change: self.model.block(change["new"]), "value")
        self.put.on_click(lambda _: self.model.put(self.policy.value))
        self.ask.on_click(lambda _: self.model.send())
        self.model.observe(self._draw, "changes")
        self._draw()
        rows = [ipywidgets.HBox([self.guesses[wire, who] for who in WHO]) for wire in WIRES]
        super().__init__(
            [
                ipywidgets.HBox([self.preset, self.blocked]),
                self.policy,
                ipywidgets.HBox([self.put]),
                self.said,
                ipywidgets.HTML(heading("What will GET of the object answer?", "? is no guess")),
                *rows,
                ipywidgets.HBox([self.ask]),
                self.picture,
            ]
        )

    def _choose(self, change: dict[str, Any]) -> None:
        self.policy.value = self.model.policies[change["new"]]

    def _draw(self, _: object = None) -> None:
        wrong = "error" in self.model.said.lower()
        self.said.value = told("wrong" if wrong else "told", self.model.said) if self.model.said else ""
        guesses = {cell: str(guess.value) for cell, guess in self.guesses.items()}
        curls = "".join(f"<div>{code(self.model.curl(wire))}</div>" for wire in WIRES)
        self.picture.value = (table(self.model.sent, guesses) if self.model.sent else "") + (
            f'<details style="{STYLE};font-size:.93em"><summary>The same from a terminal, as nobody</summary>'
            f"{curls}</details>"
        )


def table(sent: Mapping[tuple[str, str], Sent], guesses: Mapping[tuple[str, str], str]) -> str:
    """The answers as HTML: a row a wire, a column a caller; beside each what was guessed, below it why."""
    heads = "".join(f'<th scope="col" style="padding:4px 12px;text-align:left">{who}</th>' for who in WHO)
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="text-align:left;padding:4px 12px">{wire}'
        f"</th>{''.join(_cell(sent[wire, who], guesses[wire, who]) for who in WHO)}</tr>"
        for wire in WIRES
    )
    return (
        f'<table style="border-collapse:collapse;color:inherit;{STYLE}"><thead><tr><th></th>{heads}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _cell(one: Sent, guess: str) -> str:
    if one.status == int(YES):
        fill, sign = f"background:{rgba(ALLOW.color, 0.25)}", ALLOW.sign
    else:
        stripes = f"repeating-linear-gradient(45deg,{rgba(DENY.color, 0.22)} 0 5px,transparent 0 10px)"
        fill, sign = f"background:{stripes}", DENY.sign
    as_said = "as you said" if guess == str(one.status) else f"you said {guess}"
    said = "" if guess == UNSAID else f" — {as_said}"
    return (
        f'<td style="padding:6px 12px;text-align:left;vertical-align:top;width:20em;white-space:normal;'
        f'{fill}">'
        f"<strong>{sign} {one.status}</strong>{escape(said)}"
        f'<div style="font-size:.87em">{escape(one.why)}</div></td>'
    )
