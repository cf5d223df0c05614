"""`python3 -m labkit ...`: the door that opens on a bare Python.

Nothing here needs more than Python 3.6's grammar, so that an older Python can say what is missing.
"""

import platform
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line exists for the Pythons that pyproject.toml rules out
    sys.exit(
        "labkit needs Python 3.11 or newer; this is "
        + platform.python_version()
        + " ("
        + sys.executable
        + ")."
    )

try:
    from labkit.bootstrap import main
except ImportError as missing:
    sys.exit(
        "labkit needs all of Python's standard library; this one lacks its module " + str(missing.name) + "."
    )

sys.exit(main(sys.argv[1:]))
