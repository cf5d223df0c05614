"""Four small demonstrations: modes on a picture, a repeated nonce, base64, and who holds which key."""

from pathlib import Path
from typing import Any

import pytest

from labkit import Lab
from labkit.widgets.base64_pipeline import Base64Pipeline, Pipeline
from labkit.widgets.key_sorter import HOLDERS, KEYS, KeySorter, Sorting
from labkit.widgets.nonce_reuse import FIRST, SECOND, Intercepted, NonceReuse
from labkit.widgets.picture_toggle import MODES, Pictures, PictureToggle

PICTURE = Path(__file__).parents[2] / "data" / "picture.png"


def test_ecb_keeps_equal_blocks_equal_and_gcm_does_not() -> None:
    model = Pictures(PICTURE)
    plain, ecb, gcm = (model.show(mode) for mode in MODES)
    assert plain.repeated == ecb.repeated > plain.blocks / 2
    assert gcm.repeated == 0
    assert len({len(seen.pixels) for seen in (plain, ecb, gcm)}) == 1


def test_the_picture_shown_is_the_one_chosen(tell: Any) -> None:
    toggle = PictureToggle(PICTURE)
    assert "The picture as it is." in toggle.picture.value
    before = toggle.model.png()
    tell(toggle.toggle, {"index": 1})
    assert "AES-256-ECB: Its outlines are still there." in toggle.picture.value
    assert toggle.model.png() != before
    with pytest.raises(KeyError):
        toggle.model.show("ROT13")


def test_a_right_guess_reads_the_other_message_if_the_nonce_was_repeated() -> None:
    model = Intercepted()
    at = FIRST.index("salary")
    assert model.slide(at, "salary") == SECOND[at : at + 6]
    model.same_nonce = False
    assert model.slide(at, "salary") != SECOND[at : at + 6]


def test_a_guess_that_does_not_fit_is_refused() -> None:
    model = Intercepted("short", "other")
    with pytest.raises(ValueError, match="does not fit"):
        model.slide(0, "much too long")


def test_the_slider_moves_the_guess(tell: Any) -> None:
    reuse = NonceReuse()
    tell(reuse.place, {"value": FIRST.index("salary")})
    assert SECOND[FIRST.index("salary") :][:6] in reuse.answer.value
    tell(reuse.crib, {"value": "x" * 500})
    assert "no longer than the message" in reuse.answer.value
    tell(reuse.same, {"value": False})
    assert reuse.model.same_nonce is False
    assert all(control.description for control in (reuse.crib, reuse.place, reuse.same))


def test_three_bytes_become_four_characters() -> None:
    assert Pipeline("hello").groups == [(b"hel", "aGVs"), (b"lo", "bG8=")]
    assert Pipeline("").groups == []


def test_base64_where_bytes_should_be_is_refused(lab: Lab, tell: Any) -> None:
    pipeline = Base64Pipeline("hello", lab)
    pipeline.right._handle_custom_msg({"event": "click"}, [])
    assert "gives back: hello" in pipeline.answer.value
    pipeline.wrong._handle_custom_msg({"event": "click"}, [])
    assert "InvalidCiphertextException" in pipeline.answer.value
    tell(pipeline.field, {"value": "<b>"})
    assert "PGI+" in pipeline.picture.value
    assert "<b>" not in pipeline.picture.value


def test_without_a_lab_there_is_no_way_through_kms() -> None:
    with pytest.raises(RuntimeError, match="no lab"):
        Pipeline("hello").decrypt(decoded=True)


def test_every_key_has_its_holders_and_a_reason() -> None:
    model = Sorting()
    for kind in KEYS:
        assert model.give(kind.name, HOLDERS) is False
        assert not model.solved
    for kind in KEYS:
        assert model.give(kind.name, kind.holders)
    assert model.solved
    with pytest.raises(KeyError):
        model.give("the cellar key", [])
    with pytest.raises(ValueError, match="the holders are"):
        model.give(KEYS[0].name, ["Mallory"])


def test_the_boxes_do_what_the_model_does(tell: Any) -> None:
    sorter = KeySorter()
    tell(sorter.boxes["a KMS key", "Alice"], {"value": True})
    assert "Not these alone." in sorter.verdicts["a KMS key"].value
    tell(sorter.boxes["a KMS key", "Alice"], {"value": False})
    assert "Somebody has to have it." in sorter.verdicts["a KMS key"].value
    tell(sorter.boxes["a KMS key", "KMS"], {"value": True})
    assert "never leave KMS" in sorter.verdicts["a KMS key"].value
    assert all(box.description for box in sorter.boxes.values())
