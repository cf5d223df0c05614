"""The README tells the truth: its code runs and prints what stands below it, and its paths exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TASTE, MOCKED = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PRINTED = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def test_the_taste_prints_what_stands_below_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    exec(TASTE, {})
    assert [capsys.readouterr().out] == PRINTED


def test_the_example_test_passes() -> None:
    names: dict[str, object] = {}
    exec(MOCKED, names)
    example = names["test_a_new_key_is_enabled"]
    assert callable(example)
    example()


def test_the_files_it_names_exist() -> None:
    named = {name for name in re.findall(r"\(([\w./-]+)\)", README) if "." in name}
    named.update(re.findall(r"`((?:labkit|tests|notebooks|\.ci)/[\w./-]*)`", README))
    assert {".github/pictures/dissect.png", "labkit/cloud/gateway/gateway.py", "LICENSE"} & named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
