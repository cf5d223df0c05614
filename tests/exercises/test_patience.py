"""An endless loop ends, and nothing is left ticking afterwards."""

import threading
import time

import pytest

from labkit.exercises.exercise import Missed
from labkit.exercises.patience import run


@pytest.mark.parametrize(
    "loop", ["while True: pass", "while True:\n        try: 1 / 0\n        except Exception: pass"]
)
def test_an_endless_loop_ends(loop: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"def f():\n    {loop}", namespace)
    with pytest.raises(Missed) as missed:
        run(namespace["f"], (), {}, seconds=0.05)  # type: ignore[arg-type]
    assert missed.value.came == "it was still running after 0.05 seconds"


def test_a_function_that_is_in_time_is_not_interrupted_later() -> None:
    before = threading.active_count()
    assert run(lambda: 1, (), {}, seconds=0.02) == (1, "")
    end = time.monotonic() + 0.06
    while time.monotonic() < end:
        pass
    assert threading.active_count() == before
