"""A key's life as a machine: its states, what leads from one to another, and what works in each.

    lens.key_states()             shows itself in a notebook
    lens.key_states().table()     operations x states, as KMS itself looks them up

Source: KMS Developer Guide, "Key states of AWS KMS keys".
"""

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from labkit.cloud.services.kms import key_states as kms
from labkit.lens.frames import TEXT, frame

if TYPE_CHECKING:
    import pandas as pd

NEW, GONE = "(new)", "(gone)"
WORKS = "works"

STATES = (
    kms.CREATING,
    kms.ENABLED,
    kms.DISABLED,
    kms.PENDING_IMPORT,
    kms.PENDING_DELETION,
    kms.PENDING_REPLICA_DELETION,
    kms.UPDATING,
    kms.UNAVAILABLE,
)


class Transition(NamedTuple):
    """One arrow. `by` is an operation, or in brackets what happens by itself; `note` says when it applies."""

    before: str
    after: str
    by: str
    note: str = ""


TRANSITIONS = (
    Transition(NEW, kms.ENABLED, "CreateKey"),
    Transition(NEW, kms.PENDING_IMPORT, "CreateKey", "with Origin EXTERNAL: there is no material yet"),
    Transition(NEW, kms.CREATING, "ReplicateKey", "the replica, in the other region"),
    Transition(kms.CREATING, kms.ENABLED, "(replica is ready)"),
    Transition(kms.ENABLED, kms.DISABLED, "DisableKey"),
    Transition(kms.DISABLED, kms.ENABLED, "EnableKey"),
    Transition(kms.PENDING_IMPORT, kms.ENABLED, "ImportKeyMaterial"),
    Transition(kms.ENABLED, kms.PENDING_IMPORT, "DeleteImportedKeyMaterial"),
    Transition(kms.ENABLED, kms.PENDING_IMPORT, "(material expires)"),
    Transition(kms.ENABLED, kms.PENDING_DELETION, "ScheduleKeyDeletion"),
    Transition(kms.DISABLED, kms.PENDING_DELETION, "ScheduleKeyDeletion"),
    Transition(kms.PENDING_IMPORT, kms.PENDING_DELETION, "ScheduleKeyDeletion"),
    Transition(kms.ENABLED, kms.PENDING_REPLICA_DELETION, "ScheduleKeyDeletion", "a primary with replicas"),
    Transition(kms.PENDING_REPLICA_DELETION, kms.PENDING_DELETION, "(last replica is deleted)"),
    Transition(kms.PENDING_DELETION, kms.DISABLED, "CancelKeyDeletion", "whatever it was before"),
    Transition(kms.PENDING_REPLICA_DELETION, kms.DISABLED, "CancelKeyDeletion"),
    Transition(kms.PENDING_DELETION, GONE, "(waiting period ends)", "7 to 30 days; nothing brings it back"),
    Transition(kms.ENABLED, kms.UPDATING, "UpdatePrimaryRegion"),
    Transition(kms.UPDATING, kms.ENABLED, "(primary has moved)"),
    Transition(kms.ENABLED, kms.UNAVAILABLE, "DisconnectCustomKeyStore", "a key in a custom key store"),
    Transition(kms.UNAVAILABLE, kms.ENABLED, "ConnectCustomKeyStore"),
)


class KeyStates:
    """The machine: `states`, `transitions`, and `table()`, what works in which state."""

    states = STATES
    transitions = TRANSITIONS

    def works(self, operation: str, state: str) -> bool:
        """Whether an operation of KMS works on a key in this state. KeyError if states don't matter to it."""
        return state in kms.ALLOWED_IN[operation]

    def table(self) -> "pd.DataFrame":
        """One row an operation, one column a state: "works", or the end of the sentence that refuses it."""
        columns = {"operation": TEXT, **dict.fromkeys(STATES, TEXT)}
        return frame(
            columns,
            [(operation, *(_cell(operation, state) for state in STATES)) for operation in kms.ALLOWED_IN],
        )

    def __repr__(self) -> str:
        return f"<KeyStates: {len(STATES)} states, {len(TRANSITIONS)} transitions>"

    def __str__(self) -> str:
        lines = [
            f"{one.before:>22} -> {one.after:22} {one.by}{f': {one.note}' if one.note else ''}"
            for one in TRANSITIONS
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in _HEADINGS)
        rows = "".join(_row(one) for one in TRANSITIONS)
        return (
            '<table style="border-collapse:collapse;color:inherit">'
            '<caption style="text-align:left;font-weight:bold;padding:4px 0">A KMS key\'s states: what leads '
            "from one to the next. In brackets: what happens by itself.</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def key_states() -> KeyStates:
    """The state machine of KMS keys."""
    return KeyStates()


def _cell(operation: str, state: str) -> str:
    return WORKS if state in kms.ALLOWED_IN[operation] else kms.sentence(state, operation)


_HEADINGS = ("from", "", "to", "by", "when")
_CELL = "text-align:left;vertical-align:top;padding:3px 8px"
_CHIP = "border-radius:.7em;padding:1px 8px;color:#1a1a1a;white-space:nowrap"
# Okabe and Ito's colours, mixed with white; the word beside the colour says the same.
_FILLS = {kms.ENABLED: "#aadfd0", kms.DISABLED: "#f7dfaa", kms.PENDING_DELETION: "#f1c9aa", GONE: "#eed2e2"}
_OTHER = "#c7e6f8"


def _row(one: Transition) -> str:
    cells = (_chip(one.before), "&rarr;", _chip(one.after), escape(one.by), escape(one.note))
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _chip(state: str) -> str:
    return f'<span style="{_CHIP};background:{_FILLS.get(state, _OTHER)}">{escape(state)}</span>'
