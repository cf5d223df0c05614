"""Why may they, or why not? Every statement that was held against the question, and by which element it fell.

    lab.explain(error)                                        a call that was made
    lens.decision(lab, user_arn, "kms:Decrypt", key_arn)      one that was not

AWS tells its callers the last line of this at most; its policy simulator knows no grants.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from labkit.cloud.policy.decision import Decision
from labkit.lens.frames import TEXT, YES_NO, frame
from labkit.lens.markup import to_html
from labkit.lens.plain import to_text
from labkit.lens.steps.decisions import step_of
from labkit.lens.steps.step import Heading
from labkit.lens.trace import Trace, TracedCall

if TYPE_CHECKING:
    import pandas as pd


class Explanation:
    """The decisions that a call needed: `decisions` as data, `table()` as a DataFrame, or shown as it is."""

    def __init__(self, heading: Heading, decisions: Sequence[Decision]) -> None:
        self.decisions = tuple(decisions)
        self._heading = heading

    @property
    def allowed(self) -> bool:
        """Whether everything that was asked for was allowed."""
        return bool(self.decisions) and all(decision.allowed for decision in self.decisions)

    def table(self) -> "pd.DataFrame":
        """One row a statement. `element` is what made it fit or not; `outcome` the whole decision's."""
        columns = {
            "action": TEXT,
            "resource": TEXT,
            "policy": TEXT,
            "kind": TEXT,
            "statement": TEXT,
            "effect": TEXT,
            "matched": YES_NO,
            "element": TEXT,
            "reason": TEXT,
            "outcome": TEXT,
        }
        return frame(
            columns,
            [
                (
                    decision.action,
                    decision.resource,
                    one.policy,
                    one.kind,
                    one.statement,
                    one.effect,
                    one.matched,
                    one.element or None,
                    one.reason,
                    f"{'allowed' if decision.allowed else 'denied'}: {decision.reason}",
                )
                for decision in self.decisions
                for one in decision.statements
            ],
        )

    def __repr__(self) -> str:
        return f"<Explanation of {self._heading.name}: {self._heading.outcome}>"

    def __str__(self) -> str:
        return to_text(self._heading, [step_of(self.decisions)])

    def _repr_html_(self) -> str:
        return to_html(self._heading, [step_of(self.decisions)])


def explain(trace: Trace, call: TracedCall | str | BaseException | None) -> Explanation:
    """The decisions of a call that was made, those of the calls made to answer it included."""
    traced = _found(trace, call)
    heading = Heading(traced.name, traced.outcome, traced.call.time, traced.error_code is not None)
    decisions = [decision for one in traced.call.with_inner() for decision in one.decisions]
    return Explanation(heading, decisions)


def _found(trace: Trace, call: TracedCall | str | BaseException | None) -> TracedCall:
    if isinstance(call, TracedCall):
        return call
    if isinstance(call, str):
        return trace.last(call)
    if call is None:
        if not trace:
            raise LookupError("there have been no calls yet")
        return trace[-1]
    told: Any = getattr(call, "response", {})
    request_id = told.get("ResponseMetadata", {}).get("RequestId", "")
    for traced in reversed(trace):
        if traced.call.request_id == request_id:
            return traced
    raise LookupError(f"no call with request id {request_id!r} among the last {len(trace)}")
