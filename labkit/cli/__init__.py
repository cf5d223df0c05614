"""The `labkit` command line: a table of words, each leading to the module that does the work.

A command's module is imported when the command is called, so `labkit lab` does not wait for what
`labkit serve` needs.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

COMMANDS = {
    "lab": "labkit.cli.lab:lab",
    "present": "labkit.cli.present:present",
    "test": "labkit.cli.suite:suite",
    "serve": "labkit.cli.serve:serve",
    "aws": "labkit.cli.aws:aws",
    "build": "labkit.cli.build:build",
    "doctor": "labkit.cli.doctor:doctor",
}


class LazyGroup(click.Group):
    """A click group that finds its commands in `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words of the table, in its order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module behind a word; None for a word that is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kms-labkit", prog_name="labkit")
def labkit() -> None:
    """A lab kit with an emulated AWS KMS whose every byte, key and decision can be seen."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line on `arguments`, by default the process's own, and exit with its exit code."""
    # Windows shells hand `*` over as typed, and an AWS query such as `Keys[*]` wants it that way.
    labkit.main(arguments, prog_name="labkit", windows_expand_args=False)
