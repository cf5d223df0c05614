"""Write what is made from something else: the notebooks from their sources, the README's table from the code.

    python .ci/generate.py            write what is out of date
    python .ci/generate.py --check    write nothing; exit code 1 if anything is out of date

How a notebook is made from its source stands in `labkit/editions`.
"""

import re
import sys
from pathlib import Path

import botocore

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from labkit.cloud.gateway.directory import BUILT, operations_built  # noqa: E402
from labkit.cloud.protocols import contract  # noqa: E402
from labkit.editions import edition  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
README = ROOT / "README.md"
TABLE = re.compile(
    r"(?<=<!-- operations: written by \.ci/generate\.py -->\n).*?(?=<!-- end of operations -->)", re.S
)


def operations() -> str:
    """Return the table of what is emulated: per service how many operations, and which."""
    rows = [f"| service | answered, of botocore {botocore.__version__}'s | operations |", "|---|---|---|"]
    for service in BUILT:
        built = operations_built(service)
        known = len(contract(service).model.operation_names)
        rows.append(f"| {service} | {len(built)} of {known} | {', '.join(built)} |")
    return "\n".join(rows) + "\n"


def generated() -> dict[Path, str]:
    """Return what each generated file should hold."""
    files = {
        NOTEBOOKS / f"{source.stem}.ipynb": edition(source)
        for source in sorted((NOTEBOOKS / "source").glob("*.py"))
    }
    files[README] = TABLE.sub(lambda _: operations(), README.read_text(encoding="utf-8"))
    return files


def outdated() -> list[Path]:
    """Return the files that are not what they should be, and the notebooks that have no source."""
    files = generated()
    changed = [
        path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    return changed + [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path not in files]


def main() -> int:
    """Write, or with --check only tell; returns the exit code."""
    files = generated()
    for path in outdated():
        print(path.relative_to(ROOT))
        if "--check" not in sys.argv and path in files:
            path.write_text(files[path], encoding="utf-8", newline="\n")
    return 1 if outdated() else 0


if __name__ == "__main__":
    sys.exit(main())
