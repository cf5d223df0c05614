"""Step 3: the call that the request means, with each parameter in the type that the model gives it."""

from labkit.cloud.core.call import Call
from labkit.lens.steps.step import Row, Step
from labkit.lens.steps.values import counted, shown


def step(call: Call) -> Step:
    """The operation and its parameters. Blobs are shown by their length and first bytes."""
    name = call.operation.name if call.operation else ""
    rows = [Row("operation", f"{call.service}:{name}" if name else "the request names none that exists")]
    rows += [
        Row(parameter, shown(value), "text" if isinstance(value, bool | int) else "code")
        for parameter, value in call.parameters.items()
    ]
    return Step(
        3,
        "What it means",
        "The request is routed to an operation, and its body is read by the service model that the clients "
        "use, too: base64 becomes bytes again, and every value is checked against the model's limits.",
        tuple(rows),
        f"{name} with {counted(len(call.parameters), 'parameter')}" if name else "no such operation",
    )
