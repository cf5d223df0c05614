"""Step 6: what the service remembers now that it did not before, field by field."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
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
        "A call is one transaction: all of its changes are kept, or, after an error, none. The wrapped form of a "
        "key is all that is ever stored of it.",
        tuple(row for change in changes for row in _rows(change)),
        ", ".join(_heading(change) for change in changes) or "nothing",
    )


def net_changes(changes: Iterable[Change]) -> list[Change]:
    """One change a record, from how it was at first to how it is at last."""
    found: dict[Hashable, Change] = {}
    for change in changes:
        address = (change.scope, change.service, change.table, change.key)
        first = found.get(address, change)
        found[address] = replace(change, before=first.before)
    return [change for change in found.values() if change.before != change.after]


def _rows(change: Change) -> list[Row]:
    changed = fields_changed(change).items()
    return [
        Row(f"{_heading(change)}, {change.key}", "", "heading"),
        *(Row(name, _field(change, name, before, after), "code") for name, (before, after) in changed),
    ]


def _heading(change: Change) -> str:
    what = "changed" if change.before and change.after else "added" if change.after else "removed"
    return f"{change.service} {change.table}: 1 {what}"


def _field(change: Change, name: str, before: Any, after: Any) -> str:
    old = _value(name, before) if change.before else _ABSENT
    new = _value(name, after) if change.after else _ABSENT
    return f"{old} -> {new}"


def _value(name: str, value: Any) -> str:
    if name == "Token":
        return f"wrapped, {counted(len(value), 'byte')}"
    return short_id(value) if name.endswith("KeyMaterialId") and value else shown(value)
