"""Run an `aws` command line as the terminal would, without a shell: for exercises whose answer is a command.

It is Amazon's own program, called inside this process, so that a check needs no second Python to start.
"""

import shlex
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import NamedTuple


class Ended(NamedTuple):
    """How a command ended: its exit status, and what it wrote on its two outputs."""

    status: int
    output: str
    errors: str


def run_aws(line: str) -> Ended:
    """Run one command line such as `aws kms list-keys`. Nothing else than `aws` is ever started.

    Raises:
        ValueError: the line has a quote without its partner, or is no command of `aws`.
    """
    # It takes a moment to load, and few checks need it.
    from awscli.clidriver import create_clidriver

    words = shlex.split(line)
    if words[:1] != ["aws"]:
        raise ValueError(f"a command that begins with aws, and not with {' '.join(words[:1])!r}")
    output, errors = StringIO(), StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            status = create_clidriver().main(words[1:])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    return Ended(status, output.getvalue(), errors.getvalue())
