"""Who did what, and when: the audit log as marks on a line of time, and each event as CloudTrail has it.

The newest events are shown, and older ones page by page, so a long history stays quick.
Source: CloudTrail User Guide, "CloudTrail record contents".
"""

import json
from html import escape
from typing import Any

import ipywidgets
from traitlets import HasTraits, Int, List, Unicode

from labkit.cloud.audit.log import newest_events
from labkit.cloud.audit.record import event_record
from labkit.lab import Lab
from labkit.palette import ALLOW, DENY
from labkit.widgets.panel import Panel
from labkit.widgets.view import frame, heading

PAGE = 100
ALL = "(all)"
WIDTH, ROW, LEFT = 860, 24, 210


class AuditModel(HasTraits):
    """The events that are looked at: `events` are CloudTrail records, newest first, as the filters let them.

    `who` and `what` are a user's name and an operation's, or "(all)"; `chosen` is the place of one event.
    """

    events: list[dict[str, Any]] = List()  # type: ignore[assignment]
    who = Unicode(ALL)
    what = Unicode(ALL)
    limit = Int(PAGE)
    chosen = Int(-1)

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self._all: list[dict[str, Any]] = []
        self.look()
        self.observe(lambda _: self._filter(), ["who", "what"])

    def look(self) -> int:
        """Read the log again; returns how many events there are to be seen."""
        with self.lab.gateway.lock:
            newest = newest_events(self.lab.cloud.store, self.limit)
            self._all = [event_record(one.event, *one.scope) for one in newest]
        self._filter()
        return len(self.events)

    def older(self) -> int:
        """Read as many again, going further back; returns how many events there are to be seen."""
        self.limit += PAGE
        return self.look()

    def choose(self, place: int) -> dict[str, Any]:
        """Look at one event, the newest being 0; returns its record. IndexError for none."""
        record = self.events[place]
        self.chosen = place
        return record

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Who and what there is to filter by."""
        return sorted({caller(one) for one in self._all}), sorted({one["eventName"] for one in self._all})

    def _filter(self) -> None:
        self.chosen = -1
        self.events = [
            one
            for one in self._all
            if self.who in (ALL, caller(one)) and self.what in (ALL, one["eventName"])
        ]


def caller(record: dict[str, Any]) -> str:
    """Who an event is about: the user's name, else the last part of the ARN, else the service."""
    identity = record.get("userIdentity", {})
    name = identity.get("userName") or str(identity.get("arn", "")).rsplit("/", 1)[-1]
    return str(name or identity.get("invokedBy") or record.get("eventSource", "?"))


class AuditTimeline(Panel):
    """Two filters, the line of time, and the record of the event that is chosen."""

    def __init__(self, lab: Lab) -> None:
        self.model = AuditModel(lab)
        self.who = ipywidgets.Dropdown(options=[ALL], description="Who")
        self.what = ipywidgets.Dropdown(options=[ALL], description="What")
        self.again = ipywidgets.Button(description="Look again", icon="refresh")
        self.more = ipywidgets.Button(description="Older events")
        self.event = ipywidgets.Dropdown(options=[("(none)", -1)], description="Event")
        self.picture, self.record = ipywidgets.HTML(), ipywidgets.HTML()
        self.again.on_click(lambda _: self.model.look())
        self.more.on_click(lambda _: self.model.older())
        self.who.observe(lambda change: setattr(self.model, "who", change["new"] or ALL), "value")
        self.what.observe(lambda change: setattr(self.model, "what", change["new"] or ALL), "value")
        self.event.observe(self._chosen, "value")
        self.model.observe(self._draw, "events")
        self._draw()
        super().__init__(
            [
                ipywidgets.HBox([self.who, self.what, self.again, self.more]),
                self.picture,
                self.event,
                self.record,
            ]
        )

    def _chosen(self, change: dict[str, Any]) -> None:
        if change["new"] is None or change["new"] < 0:
            self.record.value = ""
            return
        text = json.dumps(self.model.choose(change["new"]), indent=2, ensure_ascii=False)
        self.record.value = (
            '<pre tabindex="0" role="region" aria-label="CloudTrail record" style="font-size:12px;'
            "max-height:24em;overflow:auto;border:1px solid rgba(128,128,128,.35);padding:6px"
            f'">{escape(text)}</pre>'
            "<div>Neither plaintexts nor ciphertexts are in it; the encryption context is.</div>"
        )

    def _draw(self, _: object = None) -> None:
        events, (who, what) = self.model.events, self.model.names
        for control, names in ((self.who, who), (self.what, what)):
            if list(control.options) != [ALL, *names]:
                kept = control.value if control.value in names else ALL
                control.options, control.value = [ALL, *names], kept
        self.event.options = [
            ("(none)", -1),
            *(
                (f"{one['eventTime']} {one['eventName']} by {caller(one)}", at)
                for at, one in enumerate(events)
            ),
        ]
        refused = sum("errorCode" in one for one in events)
        label = f"{len(events)} events, {refused} of them refused"
        self.picture.value = heading("The audit log", label) + frame(svg(events), label)


def svg(events: list[dict[str, Any]]) -> str:
    """A line for each operation and caller, a mark for each event: a dot, or a cross if it was refused."""
    lanes = list(dict.fromkeys((one["eventName"], caller(one)) for one in reversed(events)))
    parts = [
        f'<text x="0" y="{ROW * at + 15}" font-size="11" fill="currentColor">'
        f"{escape(f'{name}, {who}'[:34])}</text>"
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{ROW * at + 11}" y2="{ROW * at + 11}" stroke="currentColor" '
        'stroke-opacity=".15"/>'
        for at, (name, who) in enumerate(lanes)
    ]
    # In the order of events, not to scale: a year between two calls would push all others together.
    step = (WIDTH - LEFT - 20) / max(len(events) - 1, 1)
    for place, one in enumerate(reversed(events)):
        x, y = LEFT + 10 + step * place, ROW * lanes.index((one["eventName"], caller(one))) + 11
        title = f"<title>{escape(one['eventTime'])} {escape(one.get('errorCode', 'answered'))}</title>"
        if "errorCode" in one:
            parts.append(
                f'<path d="M{x - 5:.1f},{y - 5} l10,10 m0,-10 l-10,10" stroke="{DENY.color}" '
                f'stroke-width="3">{title}</path>'
            )
        else:
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{ALLOW.color}">{title}</circle>')
    height = max(ROW * len(lanes), ROW)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" style="width:100%;max-width:{WIDTH}px">{"".join(parts)}</svg>'
    )
