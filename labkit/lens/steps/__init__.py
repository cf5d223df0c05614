"""One call as eight steps, from the wire to the wire, each told by one page of this folder.

`steps_of(call, recorded)` reads what the gateway noted in the call and puts it into words. Nothing here
changes anything, and nothing here holds a key; a new step is one page and one line below.
"""

from labkit.cloud.audit.log import Recorded
from labkit.cloud.core.call import Call
from labkit.lens.steps import audit, caller, decisions, hsm, parameters, state, wire
from labkit.lens.steps.step import Row, Step

__all__ = ["Row", "Step", "steps_of"]


def steps_of(call: Call, recorded: Recorded | None) -> list[Step]:
    """The steps of a call that has been answered; `recorded` is its event, None if there is none."""
    return [
        wire.request_step(call),
        caller.step(call),
        parameters.step(call),
        decisions.step(call),
        hsm.step(call),
        state.step(call),
        audit.step(recorded),
        wire.response_step(call),
    ]
