"""The table of commands: complete, lazy, and polite to a wrong word."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from labkit.cli import COMMANDS, labkit, main


@pytest.mark.parametrize("word", COMMANDS)
def test_a_word_of_the_table_leads_to_a_command_of_that_name(word: str) -> None:
    command = labkit.get_command(click.Context(labkit), word)
    assert command is not None
    assert command.name == word
    assert command.help


def test_an_unknown_word_is_refused_by_name() -> None:
    answer = CliRunner().invoke(labkit, ["decrpyt"])
    assert answer.exit_code == 2
    assert "No such command 'decrpyt'" in answer.output


def test_help_lists_every_command() -> None:
    answer = CliRunner().invoke(labkit, ["--help"])
    assert answer.exit_code == 0
    assert [
        line.split()[0] for line in answer.output.partition("Commands:\n")[2].splitlines() if line
    ] == list(COMMANDS)


@pytest.mark.parametrize("module", ["labkit.cli", "labkit.cli.lab"])
def test_starting_imports_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(answer.stdout.split())
    assert module in imported
    assert imported.isdisjoint({"boto3", "botocore", "cryptography", "jupyterlab", "pandas", "tornado"})


def test_main_ends_the_process_with_the_commands_exit_code() -> None:
    with pytest.raises(SystemExit) as ending:
        main(["no-such-command"])
    assert ending.value.code == 2
