"""Where a lab is found: on this machine, at these ports, under these paths.

Servers and clients both read this page, so it imports nothing of the emulator.
"""

from urllib.parse import urlsplit

# Where `labkit serve` listens unless told otherwise, and so where `labkit aws` looks. Kept clear of
# LocalStack (4510-4566), moto's server (5000), PostgreSQL (5432), Kibana (5601) and the ports that systems
# hand out themselves (32768 and up).
DEFAULT_PORT = 5599
DEFAULT_TLS_PORT = 5600

# The lab takes any credentials, so its door must never be reachable from another machine. There is no option.
LOOPBACK = "127.0.0.1"
THIS_MACHINE = frozenset({"localhost", LOOPBACK, "::1"})

# The lab's own paths, beside AWS's. No AWS path begins so: a bucket's name has no underscore.
CONTROL = "/_labkit/"
HEALTH = CONTROL + "health"
RESET = CONTROL + "reset"


def host_name(url: str) -> str | None:
    """The host a URL names, in lower case; None if it names none or is malformed."""
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as "//[::1", a bracket that never closes
        return None
