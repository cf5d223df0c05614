"""Going on as another program: the last act of the bootstrap, of `labkit lab` and of `labkit aws`."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping


def become(command: list[str], environment: Mapping[str, str] | None = None) -> int:
    """Go on as `command`; on Windows, where a process cannot be replaced, run it and return its exit code.

    Ctrl-C, pipes and the exit code are then the program's own. `environment` is this process's unless given.
    """
    sys.stdout.flush()
    if os.name != "nt":
        # No shell takes part, which is the safe way.
        os.execve(command[0], command, os.environ if environment is None else environment)  # noqa: S606
    # Ctrl-C reaches the child as well, and it is the child's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command, env=environment)  # noqa: S603 - the command is the caller's, not a user's
