"""The house keeps its floors: imports run downwards only, in no circle, and no file is too long to read.

Every `import` counts, also one inside a function or under `if TYPE_CHECKING`: a reader follows those, too.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 300

# From the roof to the ground. A module stands on the floor with the longest name that begins its own.
FLOORS = (
    ("labkit", "labkit.__main__", "labkit.bootstrap"),
    ("labkit.cli",),
    ("labkit.editions",),
    ("labkit.exercises",),
    ("labkit.widgets",),
    ("labkit.viz",),
    ("labkit.progress",),
    ("labkit.lab", "labkit.mock", "labkit.views", "labkit.waiting"),
    ("labkit.lens",),
    ("labkit.cloud.endpoints",),
    ("labkit.cloud.gateway",),
    ("labkit.cloud.services",),
    ("labkit.cloud.identity", "labkit.cloud.nitro", "labkit.cloud.postgres", "labkit.cloud.ebs"),
    ("labkit.cloud.core",),
    ("labkit.cloud.audit",),
    ("labkit.cloud.policy",),
    ("labkit.cloud.state",),
    ("labkit.cloud.clock",),
    ("labkit.cloud.protocols",),
    ("labkit.esdk",),
    ("labkit.crypto",),
    ("labkit.process", "labkit.palette", "labkit.records", "labkit.shipped"),
    ("labkit.cloud",),
)
FRONT_PAGES = ("labkit", "labkit.cloud")


def module_name(file: Path) -> str:
    """Return the dotted name of a module, such as labkit.cloud.state.store."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(file): file for file in sorted((ROOT / "labkit").rglob("*.py"))}


def imports(module: str) -> Iterator[str]:
    """Yield the modules of labkit that `module` names in its import statements."""
    source = SOURCES[module]
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in SOURCES)
        elif isinstance(node, ast.ImportFrom) and node.module in SOURCES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in SOURCES else node.module


ARROWS = {module: frozenset(imports(module)) - {module} for module in SOURCES}


def storey(module: str) -> int:
    """Return the number of a module's floor, 0 being the roof."""
    fitting = [
        (len(name), number)
        for number, floor in enumerate(FLOORS)
        for name in floor
        if module == name or (module.startswith(f"{name}.") and name not in FRONT_PAGES)
    ]
    assert fitting, f"{module} is on no floor: say in FLOORS where it belongs"
    return max(fitting)[1]


def service(module: str) -> str:
    """Return the service that a module is a part of, or nothing."""
    return module.split(".")[3] if module.startswith("labkit.cloud.services.") else ""


def test_every_module_of_the_package_is_read() -> None:
    assert {"labkit", "labkit.lab", "labkit.cloud.services.kms.hsm"} <= SOURCES.keys()
    assert "labkit.crypto.aead" in ARROWS["labkit.cloud.services.kms.hsm"]
    assert "labkit.cloud.endpoints.http" in ARROWS["labkit.lab"]


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_imports_from_its_own_floor_and_those_below(module: str) -> None:
    assert [target for target in ARROWS[module] if storey(target) < storey(module)] == []


@pytest.mark.parametrize("module", [module for module in SOURCES if service(module)])
def test_a_service_imports_no_other_service(module: str) -> None:
    assert [target for target in ARROWS[module] if service(target) not in ("", service(module))] == []


def test_no_imports_run_in_a_circle() -> None:
    try:
        TopologicalSorter(ARROWS).prepare()
    except CycleError as circle:
        pytest.fail(" <- ".join(circle.args[1]))


@pytest.mark.parametrize("module", SOURCES)
def test_a_file_holds_one_idea(module: str) -> None:
    lines = SOURCES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE
