"""Things to touch: each widget is a model that knows everything, and a view that only draws it.

Predict, Quiz, Inventory        say what you expect before you see it; answer; see how sure you were
ProgressPage, World             what you have done so far; what the lab holds now
PictureToggle, NonceReuse       what a mode of encryption lets through, and what a repeated nonce does
Base64Pipeline, KeySorter       bytes and their spelling; who holds which key
ByteInspector                   every byte of a message, and what happens if one changes
KeyStateMachine, PolicyDesk     a key's states; who may do what, and which statement says so
EnvelopeStepper                 envelope encryption, step by step
CacheExplorer                   data key caching: three limits, their price, and what they expose
RotationTimeline, AuditTimeline backing keys and ciphertexts over time; who did what, when
IngestTimeline                  log events on the lines of their keys, and which of them can be read
ParameterTree, ParameterTimeline names as paths, and what a call reaches; versions, labels, and when it ends
StagingLabels, Availability     a rotation step by step; who is refused while it happens
RequestMatrix                   four real requests: HTTP and HTTPS, nobody and a user
RegionMap                       keys and snapshots of several regions, and which open
StagingLabels                   a rotation, step by step

All that a click does is a method of `widget.model`, so nothing needs a click. A widget is imported when it is
first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.widgets.audit_timeline import AuditTimeline
    from labkit.widgets.availability import Availability
    from labkit.widgets.base64_pipeline import Base64Pipeline
    from labkit.widgets.byte_inspector import ByteInspector
    from labkit.widgets.cache_explorer import CacheExplorer
    from labkit.widgets.envelope_stepper import EnvelopeStepper
    from labkit.widgets.ingest_timeline import IngestTimeline
    from labkit.widgets.inventory import Inventory
    from labkit.widgets.key_sorter import KeySorter
    from labkit.widgets.key_state_machine import KeyStateMachine
    from labkit.widgets.nonce_reuse import NonceReuse
    from labkit.widgets.parameter_timeline import ParameterTimeline
    from labkit.widgets.parameter_tree import ParameterTree
    from labkit.widgets.picture_toggle import PictureToggle
    from labkit.widgets.policy_desk import PolicyDesk
    from labkit.widgets.predict import Predict
    from labkit.widgets.progress_page import ProgressPage
    from labkit.widgets.quiz import Question, Quiz
    from labkit.widgets.region_map import RegionMap
    from labkit.widgets.request_matrix import RequestMatrix
    from labkit.widgets.rotation_timeline import RotationTimeline
    from labkit.widgets.staging_labels import StagingLabels
    from labkit.widgets.world import World

__all__ = [
    "AuditTimeline",
    "Availability",
    "Base64Pipeline",
    "ByteInspector",
    "CacheExplorer",
    "EnvelopeStepper",
    "IngestTimeline",
    "Inventory",
    "KeySorter",
    "KeyStateMachine",
    "NonceReuse",
    "ParameterTimeline",
    "ParameterTree",
    "PictureToggle",
    "PolicyDesk",
    "Predict",
    "ProgressPage",
    "Question",
    "Quiz",
    "RegionMap",
    "RequestMatrix",
    "RotationTimeline",
    "StagingLabels",
    "World",
]

_HOME = {
    "AuditTimeline": "audit_timeline",
    "Availability": "availability",
    "Base64Pipeline": "base64_pipeline",
    "ByteInspector": "byte_inspector",
    "CacheExplorer": "cache_explorer",
    "EnvelopeStepper": "envelope_stepper",
    "IngestTimeline": "ingest_timeline",
    "Inventory": "inventory",
    "KeySorter": "key_sorter",
    "KeyStateMachine": "key_state_machine",
    "NonceReuse": "nonce_reuse",
    "ParameterTimeline": "parameter_timeline",
    "ParameterTree": "parameter_tree",
    "PictureToggle": "picture_toggle",
    "PolicyDesk": "policy_desk",
    "Predict": "predict",
    "ProgressPage": "progress_page",
    "Question": "quiz",
    "Quiz": "quiz",
    "RegionMap": "region_map",
    "RequestMatrix": "request_matrix",
    "RotationTimeline": "rotation_timeline",
    "StagingLabels": "staging_labels",
    "World": "world",
}


def __getattr__(name: str) -> Any:
    """Import a widget at its first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'labkit.widgets' has no widget {name!r}")
    return getattr(import_module(f"labkit.widgets.{_HOME[name]}"), name)
