"""The keeper of one server: a small program that ends the server when the lab ends, however that ends.

    python keeper.py USER GROUP FOLDER PROGRAM ARGUMENT...

A lab holds the other end of this program's standard input. One letter there means: stop the server. The
end of it means that the lab is gone, killed perhaps: stop the server, and remove FOLDER, where all databases
of the lab are, if one is named.
It runs as a script, on nothing but the standard library. "-" leaves USER, GROUP or FOLDER out.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

NONE = "-"


def keep(user: str, group: str, folder: str, *command: str) -> int:
    """Run `command` until it ends, or until the lab wants it to; return its exit code."""
    account: dict[str, Any] = {}
    if user != NONE:
        account = {"user": int(user), "group": int(group), "extra_groups": []}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, **account)  # noqa: S603 - the lab's own
    heard: list[bytes] = []

    def listen() -> None:
        heard.append(os.read(0, 1))
        _stop(server, command[0])

    threading.Thread(target=listen, daemon=True).start()
    code = server.wait()
    if heard == [b""] and folder != NONE:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _stop(server: subprocess.Popen[bytes], program: str) -> None:
    """PostgreSQL's "fast shutdown": sessions are cut off, and all that was committed is on the disk."""
    if os.name == "nt":
        control = str(Path(program).with_name("pg_ctl"))
        subprocess.run([control, "kill", "INT", str(server.pid)], check=False)  # noqa: S603
    else:
        server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    os._exit(keep(*sys.argv[1:]))
