"""labkit: an AWS key-management service in a notebook, with the lid off.

This first page must load on a bare Python of any version, because `python3 -m labkit lab` passes through
it before anything is installed. So the names below arrive only when they are asked for.
"""

__version__ = "0.1.0"
__all__ = ["Lab", "check", "esdk", "lens", "mock_aws", "viz", "widgets"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from labkit import esdk, lens, viz, widgets
    from labkit.exercises import check
    from labkit.lab import Lab
    from labkit.mock import mock_aws

_HOME = {"Lab": "labkit.lab", "check": "labkit.exercises", "mock_aws": "labkit.mock"}
_PACKAGES = ("esdk", "lens", "viz", "widgets")


def __getattr__(name):  # type: ignore[no-untyped-def]
    """Import a name of `__all__` at its first use (PEP 562)."""
    from importlib import import_module

    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _PACKAGES:
        return import_module("labkit." + name)
    raise AttributeError("module 'labkit' has no attribute " + repr(name))
