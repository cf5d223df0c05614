"""The services keep the contract: an operation takes what the model says, and answers where it does."""

import ast
import inspect
import itertools
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from botocore import xform_name
from botocore.model import OperationModel, Shape

from labkit.cloud import services
from labkit.cloud.core.faults import Faults
from labkit.cloud.core.service import Service
from labkit.cloud.gateway.directory import BUILT, operations_built, service_class
from labkit.cloud.protocols import contract
from labkit.cloud.protocols.bodies import Body
from labkit.cloud.protocols.errors import AwsError

OPERATIONS = [(service, name) for service in sorted(BUILT) for name in operations_built(service)]

PYTHON_TYPES = {
    "string": str,
    "blob": bytes,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": datetime,
    "list": Sequence,
    "map": Mapping,
    "structure": Mapping,
}

# Services whose operations have parameters that the lab does not take: the gateway says so by name.
PARTLY = {"ec2", "rds", "redshift"}

# What a service does by itself, as planned in the agenda: nobody can call it.
UNTOLD = {
    "kms": {"delete_expired_key_material", "delete_key", "rotate_key", "synchronize_multi_region_key"},
}


def model_of(service: str, name: str) -> OperationModel:
    return contract(service).model.operation_model(name)


def members_of(shape: Shape | None) -> dict[str, Shape]:
    return dict(shape.members) if shape else {}  # type: ignore[attr-defined]


def parameters_of(service: str, name: str) -> dict[str, inspect.Parameter]:
    method = getattr(service_class(service), xform_name(name))
    found = dict(inspect.signature(method).parameters)
    del found["self"]
    return found


def plain_type(hint: Any) -> Any:
    """`str | None` is a str here, `Mapping[str, str]` a Mapping."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [one for one in get_args(hint) if one is not type(None)]
    return get_origin(hint) or hint


def test_every_built_service_has_operations() -> None:
    assert {service for service, _ in OPERATIONS} == set(BUILT)
    assert len([one for one in OPERATIONS if one[0] == "kms"]) == 56


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_the_parameters_are_the_input_members(service: str, name: str) -> None:
    parameters = parameters_of(service, name)
    members = set(members_of(model_of(service, name).input_shape))
    assert set(parameters) <= members if service in PARTLY else set(parameters) == members
    assert {one.kind for one in parameters.values()} <= {inspect.Parameter.POSITIONAL_OR_KEYWORD}


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_required_members_have_no_default_and_all_others_have_one(service: str, name: str) -> None:
    without = {
        one.name for one in parameters_of(service, name).values() if one.default is inspect.Parameter.empty
    }
    shape = model_of(service, name).input_shape
    assert without == set(shape.required_members if shape else ())


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_types_and_defaults_fit_the_members(service: str, name: str) -> None:
    hints = get_type_hints(getattr(service_class(service), xform_name(name)))
    members = members_of(model_of(service, name).input_shape)
    for parameter in parameters_of(service, name).values():
        wanted = PYTHON_TYPES[members[parameter.name].type_name]
        if service == "s3" and members[parameter.name].serialization.get("streaming"):
            wanted = Body
        assert plain_type(hints[parameter.name]) is wanted, parameter
        if parameter.default not in (inspect.Parameter.empty, None):
            assert isinstance(parameter.default, wanted), parameter
            allowed = members[parameter.name].metadata.get("enum")
            assert allowed is None or parameter.default in allowed, parameter


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
def test_what_is_promised_to_answer_is_an_output_of_the_model(service: str, name: str) -> None:
    returned = get_type_hints(getattr(service_class(service), xform_name(name)))["return"]
    answers = model_of(service, name).output_shape is not None
    assert (returned is not type(None)) == answers


@pytest.mark.parametrize("service", sorted(BUILT))
def test_a_service_has_no_public_method_that_is_no_operation(service: str) -> None:
    kind = service_class(service)
    assert kind is not None
    chapters = [one for one in kind.__mro__ if one.__module__.startswith("labkit") and one is not Service]
    operations = {xform_name(name) for name in operations_built(service)}
    helpers = {name for one in chapters if not operations & set(vars(one)) for name in vars(one)}
    public = {name for one in chapters for name in vars(one) if not name.startswith("_")}
    assert (
        public
        - helpers
        - {"name", "reads", "regional", "data_events", "event_names", "tables"}
        - UNTOLD.get(service, set())
        == operations
    )


@pytest.mark.parametrize("service", sorted(BUILT))
def test_no_chapter_hides_what_another_one_means_by_a_name(service: str) -> None:
    kind = service_class(service)
    assert kind is not None
    chapters = [one for one in kind.__mro__ if one.__module__.startswith("labkit")]
    for first, second in itertools.combinations(chapters, 2):
        if not issubclass(first, second):
            shared = {name for name in vars(first).keys() & vars(second).keys() if name[:2] != "__"}
            assert not shared, (first, second)


def errors_named(file: Path) -> set[str]:
    """The errors that a module raises as `faults.SomeException`."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "faults"
    }


@pytest.mark.parametrize("service", sorted(BUILT))
def test_every_error_that_a_service_names_exists(service: str) -> None:
    folder = Path(services.__path__[0]) / service
    names = set[str]().union(*map(errors_named, folder.glob("*.py")))
    for name in names:
        assert issubclass(getattr(Faults(service), name), AwsError)
