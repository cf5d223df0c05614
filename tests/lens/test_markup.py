import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab, lens
from tests.lens.html_reader import Page


def encrypted(kms: Any, key_id: str) -> None:
    kms.encrypt(KeyId=key_id, Plaintext=b"salaries", EncryptionContext={"<b>": "</td>&"})


def denied(kms: Any, key_id: str) -> None:
    policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
    policy["Statement"].append(
        {"Sid": "<i>no</i>", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}
    )
    kms.put_key_policy(KeyId=key_id, Policy=json.dumps(policy))
    with pytest.raises(ClientError):
        kms.encrypt(KeyId=key_id, Plaintext=b"x")


def nothing_more(kms: Any, key_id: str) -> None:
    """CreateKey, with a script for a description, was the last call."""


@pytest.mark.parametrize("act", [encrypted, denied, nothing_more])
def test_the_html_is_well_formed_and_says_all_that_the_text_says(
    lab: Lab, kms: Any, key_id: str, act: Callable[[Any, str], None]
) -> None:
    act(kms, key_id)
    traced = lab.trace[-1]
    page = Page(traced._repr_html_())
    assert page.count("details") == page.count("summary") == 8
    for step in traced.steps:
        assert step.title in page.text
        assert step.gist in page.text
        assert step.explanation in page.text
        for row in step.rows:
            assert row.label in page.text
            assert row.value in page.text
            assert all(line in str(traced) for line in row.value.splitlines())


@pytest.mark.parametrize("act", [encrypted, denied, nothing_more])
def test_nothing_sent_by_a_client_becomes_markup(
    lab: Lab, kms: Any, key_id: str, act: Callable[[Any, str], None]
) -> None:
    act(kms, key_id)
    page = Page(lab.trace._repr_html_())
    ours = "section header span strong details summary div p table tbody tr th td pre"
    assert {tag for tag, _ in page.tags} <= set(ours.split())
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)


def test_yes_is_solid_with_a_tick_and_no_is_hatched_with_a_cross(lab: Lab, kms: Any, key_id: str) -> None:
    encrypted(kms, key_id)
    allowed = lab.trace._repr_html_()
    denied(kms, key_id)
    refused = lab.trace._repr_html_()
    assert "✓" in allowed
    assert not any(sign in allowed for sign in ("✗", "repeating-linear-gradient"))
    assert "✗" in refused
    assert "repeating-linear-gradient" in refused


def test_a_no_stands_open_and_all_else_is_closed(lab: Lab, kms: Any, key_id: str) -> None:
    encrypted(kms, key_id)
    assert not any("open" in attributes for _, attributes in Page(lab.trace._repr_html_()).tags)
    denied(kms, key_id)
    opened = [tag for tag, attributes in Page(lab.trace._repr_html_()).tags if "open" in attributes]
    assert opened == ["details"]


def test_every_row_is_headed_and_every_scrolling_box_is_reachable_and_named(
    lab: Lab, kms: Any, key_id: str
) -> None:
    page = Page(lab.trace._repr_html_())
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    boxes = [
        attributes
        for tag, attributes in page.tags
        if "overflow:auto" in (attributes.get("style") or "") and tag == "pre"
    ]
    assert boxes
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in boxes)


def test_the_text_takes_the_theme_s_colours(lab: Lab, kms: Any, key_id: str) -> None:
    html = lab.trace._repr_html_() + lens.reveal(lab, key_id)._repr_html_()
    styles = [attributes.get("style") or "" for _, attributes in Page(html).tags]
    colours = {rule for style in styles for rule in style.split(";") if rule.startswith("color:")}
    assert colours == {"color:inherit"}
