"""What a target is sent: the event, a part of it, a fixed text, or a template filled from it.

    {"InputPathsMap": {"name": "$.detail.name"}, "InputTemplate": "{\\"parameter\\": <name>}"}

Between quotation marks a variable becomes text; elsewhere it becomes JSON.
Source: EventBridge User Guide, "Amazon EventBridge input transformation".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
STRING_OR_VARIABLE = re.compile(r'"(?:[^"\\]|\\.)*"|<[A-Za-z0-9_.-]+>', re.DOTALL)
STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]")
PATH = re.compile(r"\$(?:\.[A-Za-z0-9_-]+|\[\d+\]|\['[^']+'\])*")


def input_for(target: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """The text that a target is sent. `rule` has EventBridge's own variables, such as aws.events.rule-arn."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(part_of(event, target["InputPath"]))
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event, rule)
    return json.dumps(event)


def part_of(event: Mapping[str, Any], path: str) -> Any:
    """What stands at a path such as $.detail.name or $.resources[0]; None if nothing does."""
    found: Any = event
    for step in STEP.finditer(path):
        name = step[1] or step[3]
        try:
            found = found[name] if name is not None else found[int(step[2])]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def check_transformer(transformer: Mapping[str, Any]) -> str:
    """What is wrong with an input transformer; empty if nothing is."""
    paths = transformer.get("InputPathsMap", {})
    for path in paths.values():
        if not PATH.fullmatch(path):
            return f"Invalid JSON path {path}"
    for name in VARIABLE.findall(transformer["InputTemplate"]):
        if name not in paths and not name.startswith("aws.events."):
            return f"Variable {name} is not defined in InputPathsMap"
    return ""


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    values = {name: part_of(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= rule

    def fill(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith("<"):
            value = values.get(text[1:-1])
            return "" if value is None else json.dumps(value)
        return VARIABLE.sub(lambda one: _within(values.get(one[1])), text)

    return STRING_OR_VARIABLE.sub(fill, transformer["InputTemplate"])


def _within(value: Any) -> str:
    """A value inside quotation marks: text as it is, everything else as JSON; what text must escape, is."""
    if value is None:
        return ""
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
