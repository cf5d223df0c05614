"""Step 6: what the service remembers now that it did not before, field by field."""

from collections.abc import Hashable, Iterable
from difflib import ndiff
from typing import Any

from labkit.cloud.core.call import Call
from labkit.cloud.state.store import fields_changed
from labkit.cloud.state.tables import Change
from labkit.lens.steps.step import Row, Step
from labkit.lens.steps.values import counted, short_id, shown

_ABSENT = "(absent)"


def step(call: Call) -> Step:
    """The call's net changes. A call that fails has none: its transaction was undone."""
    changes = net_changes(call.changes)
    return Step(
        6,
        "What changed",
        "A call is one transaction: all of its changes are kept, or, after an error, none. The wrapped form "
        "of a key is all that is ever stored of it.",
        tuple(row for change in changes for row in _rows(change)),
        ", ".join(f"{change.service} {change.table}: {_verb(change)}" for change in changes) or "nothing",
    )


def net_changes(changes: Iterable[Change]) -> list[Change]:
    """One change a record, from how it was at first to how it is at last."""
    found: dict[Hashable, Change] = {}
    for change in changes:
        address = (change.scope, change.service, change.table, change.key)
        first = found.get(address, change)
        found[address] = change._replace(before=first.before)
    return [change for change in found.values() if change.before != change.after]


def _rows(change: Change) -> list[Row]:
    changed = fields_changed(change).items()
    return [
        Row(f"{change.service} {change.table}, {change.key}: {_verb(change)}", "", "heading"),
        *(Row(name, _field(change, name, before, after), "code") for name, (before, after) in changed),
    ]


def _verb(change: Change) -> str:
    if change.before is None:
        return "added"
    return "changed" if change.after else "removed"


def _field(change: Change, name: str, before: Any, after: Any) -> str:
    old = _value(name, before) if change.before else _ABSENT
    new = _value(name, after) if change.after else _ABSENT
    if change.before and change.after and "\n" in old + new:
        return _lines_changed(old, new)
    return f"{old} -> {new}"


def _lines_changed(old: str, new: str) -> str:
    """Two documents, such as key policies, line by line: `-` for a line that went, `+` for one that came."""
    lines = ndiff(old.splitlines(), new.splitlines())
    return "\n".join(line for line in lines if not line.startswith("?"))


def _value(name: str, value: Any) -> str:
    if name == "Token":
        return f"wrapped, {counted(len(value), 'byte')}"
    return short_id(value) if name.endswith("KeyMaterialId") and value else shown(value)
