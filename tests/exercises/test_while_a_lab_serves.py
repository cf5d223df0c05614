"""A notebook's own lab may serve over HTTP while an answer is tried: a trial's clients must not go there."""

import pytest

from labkit.exercises import find, judge
from labkit.lab import Lab


@pytest.mark.parametrize("name", ["05-data-key", "05-two-party", "06-rewrap"])
def test_a_trial_reaches_its_own_lab_and_leaves_the_serving_one_alone(name: str) -> None:
    namespace: dict[str, object] = {}
    exec(find(name).solution, namespace)
    with Lab() as lab:
        lab.serve()
        assert judge(name, namespace | {"lab": lab}).passed
        assert len(lab.audit()) == 0
