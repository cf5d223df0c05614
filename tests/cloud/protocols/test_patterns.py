"""The models' patterns are Java's; each becomes one of Python's that accepts the same whole strings."""

import warnings

import pytest
from botocore.loaders import Loader

from labkit.cloud.protocols import patterns
from tests.cloud.protocols.test_round_trip import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_a_service_compiles_without_a_warning(service: str) -> None:
    shapes = Loader().load_service_model(service, "service-2")["shapes"].values()
    with warnings.catch_warnings(action="error"):
        compiled = [patterns.compiled(shape["pattern"]) for shape in shapes if "pattern" in shape]
    assert compiled


TAG = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
XML_TEXT = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        (
            TAG,
            ["", "Größe 3", "東京", "a\N{NO-BREAK SPACE}b", "½"],
            ["a,b", "a\tb", "\N{GRINNING FACE}", "a\n"],
        ),
        (r"[\p{Lu}]+", ["ÀB"], ["a"]),
        (r"\d{12}", ["123456789012"], ["12345678901\N{ARABIC-INDIC DIGIT TWO}", "1234567890123"]),
        (r"[\w-_]*", ["a-b_c"], ["é", "a.b"]),
        (r"[\w+=,.@-]*", ["a@b-c"], ["a/b"]),
        (XML_TEXT, ["text\N{GRINNING FACE}", "\t"], ["\x00", "\ud800"]),
    ],
)
def test_a_translated_pattern_means_what_java_means(
    pattern: str, accepted: list[str], refused: list[str]
) -> None:
    compiled = patterns.compiled(pattern)
    assert [text for text in accepted if not compiled.fullmatch(text)] == []
    assert [text for text in refused if compiled.fullmatch(text)] == []
