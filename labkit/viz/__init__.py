"""Plots: each is a picture, the words for those who can't see it, and the same numbers as a table.

bytes_histogram, collisions       what bytes look like; when random nonces meet
key_specs                         time and size of every key spec of KMS, measured in the lab
kms_bytes, sizes                  bytes sent to KMS against bytes of data; what KMS takes and what not
decrypt_matrix                    which ciphertext opens in which region
backing_keys, api_timeline        ciphertexts a backing key; calls over time
availability, Login               logins while a password changes
cache_pareto, cache_ages          data key caching: price, exposure, and the limit that binds
data_key_lifetimes, latency_cdf   data keys and a DisableKey; who waits for KMS
context_hits                      contexts that do not fit into a cache
log_keys                          log events a key, and which of them can be read now
confidence                        how sure we were, and how often right

matplotlib is imported when a plot is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.viz.ages import cache_ages
    from labkit.viz.birthday import collisions
    from labkit.viz.certainty import confidence
    from labkit.viz.contexts import context_hits
    from labkit.viz.histogram import bytes_histogram
    from labkit.viz.key_costs import key_specs
    from labkit.viz.latency import latency_cdf
    from labkit.viz.lifetimes import data_key_lifetimes
    from labkit.viz.log_lines import log_keys
    from labkit.viz.materials import backing_keys
    from labkit.viz.matrix import decrypt_matrix
    from labkit.viz.pareto import cache_pareto
    from labkit.viz.plot import Plot
    from labkit.viz.timeline import api_timeline
    from labkit.viz.traffic import kms_bytes
    from labkit.viz.visits import Login, availability
    from labkit.viz.wall import sizes

__all__ = [
    "Login",
    "Plot",
    "api_timeline",
    "availability",
    "backing_keys",
    "bytes_histogram",
    "cache_ages",
    "cache_pareto",
    "collisions",
    "confidence",
    "context_hits",
    "data_key_lifetimes",
    "decrypt_matrix",
    "key_specs",
    "kms_bytes",
    "latency_cdf",
    "log_keys",
    "sizes",
]

_HOME = {
    "Login": "visits",
    "Plot": "plot",
    "api_timeline": "timeline",
    "availability": "visits",
    "backing_keys": "materials",
    "bytes_histogram": "histogram",
    "cache_ages": "ages",
    "cache_pareto": "pareto",
    "collisions": "birthday",
    "confidence": "certainty",
    "context_hits": "contexts",
    "data_key_lifetimes": "lifetimes",
    "decrypt_matrix": "matrix",
    "key_specs": "key_costs",
    "kms_bytes": "traffic",
    "latency_cdf": "latency",
    "log_keys": "log_lines",
    "sizes": "wall",
}


def __getattr__(name: str) -> Any:
    """Import a plot at its first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'labkit.viz' has no plot {name!r}")
    return getattr(import_module(f"labkit.viz.{_HOME[name]}"), name)
