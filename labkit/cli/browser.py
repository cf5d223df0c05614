"""The browser that the notebook tests drive: find one, or have Debian's package manager bring Chromium.

Playwright can download browsers too, but from a host of its own; the system's Chromium needs none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)


def find_chromium() -> Path | None:
    """The path of an installed Chromium or Chrome, or None."""
    on_path = (shutil.which(program) for program in PROGRAMS)
    found = [path for path in (*on_path, *PLACES) if path and Path(path).is_file()]
    return Path(found[0]) if found else None


def can_install_chromium() -> bool:
    """Whether this is root on a system of Debian's family."""
    return sys.platform != "win32" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_chromium() -> Path | None:
    """Install Debian's chromium through apt; its path, or None where apt could not."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
    for command in (["apt-get", "update", "--quiet"], install):
        if subprocess.run(command, env=quiet).returncode:
            return None
    return find_chromium()
