"""Finding an exercise by its name, and loading no other for it."""

import subprocess
import sys

import pytest

from labkit.exercises.registry import every, find, names

ONLY_ONE = """
import sys
from labkit.exercises.registry import find, names
find("00-key-state"), names()
print([name for name in sys.modules if name.startswith("labkit.exercises.nb")])
"""


def test_names_are_in_the_order_of_the_notebooks() -> None:
    assert names() == sorted(names())
    assert "00-key-state" in names()
    assert [exercise.name for exercise in every()] == names()


def test_finding_one_loads_no_other() -> None:
    ran = subprocess.run([sys.executable, "-c", ONLY_ONE], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['labkit.exercises.nb00', 'labkit.exercises.nb00.key_state']"


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(LookupError, match=r"no exercise '00-key-stat'\. Is it '00-key-state'\?"):
        find("00-key-stat")
