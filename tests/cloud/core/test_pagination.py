"""Markers: only what a list has handed out leads on in it."""

import pytest

from labkit.cloud.core.pagination import BadMarkerError, make_marker, read_marker


def test_a_marker_is_read_as_it_was_made() -> None:
    assert read_marker(make_marker("alias/käse")) == "alias/käse"


@pytest.mark.parametrize("marker", ["x", "====", "käse", "\ud800", "/w==", "a b c d"])
def test_what_is_no_marker_is_refused(marker: str) -> None:
    with pytest.raises(BadMarkerError):
        read_marker(marker)
