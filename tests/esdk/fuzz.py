"""Look for messages on which the readers break or differ, guided by coverage. Not a test: it takes hours.

    uv run --with atheris python -m tests.esdk.fuzz FOLDER -max_total_time=3600

FOLDER keeps what was found worth going on from; it begins with a message of each kind. A message that breaks
something is written to the working folder as crash-*. atheris has wheels for Linux alone.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["labkit.esdk"]):
    from tests.esdk import readers
    from tests.esdk.test_tampering import MESSAGES


def main() -> None:
    """Run until the time is over, or something is found."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, message in enumerate(MESSAGES):
        (folder / f"message-{number}").write_bytes(message)
    atheris.Setup(sys.argv, readers.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
