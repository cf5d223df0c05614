"""Scalars as text: how XML elements, form fields, headers and query strings spell numbers, blobs and times.

Parsers raise ValueError for text that does not fit; writers raise WrongType for a value that does not.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape

from labkit.cloud.protocols import results, scalars

TextParser = Callable[[str], Any]
TextWriter = Callable[[Any], str]


def text_parser(shape: Shape, timestamps: str = "iso8601") -> TextParser:
    """The function from a scalar's text to its value; `timestamps` is the protocol's default spelling."""
    kind = shape.type_name
    if kind == "timestamp":
        form = scalars.timestamp_form(shape, timestamps)
        return lambda text: scalars.read_timestamp(text, form)
    if kind in ("integer", "long"):
        return lambda text: scalars.fit_integer(scalars.read_integer(text), kind)
    return _PARSERS.get(kind, str)


def text_writer(shape: Shape, timestamps: str = "iso8601") -> TextWriter:
    """The function from a scalar to its text."""
    if shape.type_name == "timestamp":
        form = scalars.timestamp_form(shape, timestamps)
        return lambda value: scalars.write_timestamp(results.moment(value), form)
    return _WRITERS.get(shape.type_name, results.text)


_PARSERS: Mapping[str, TextParser] = {
    "blob": scalars.read_blob,
    "boolean": scalars.read_boolean,
    "float": scalars.read_float,
    "double": scalars.read_float,
}

_WRITERS: Mapping[str, TextWriter] = {
    "blob": lambda value: scalars.write_blob(results.blob(value)),
    "boolean": lambda value: "true" if results.boolean(value) else "false",
    "integer": lambda value: str(results.integer(value)),
    "long": lambda value: str(results.integer(value)),
    "float": lambda value: scalars.write_float(results.number(value)),
    "double": lambda value: scalars.write_float(results.number(value)),
}
