"""`labkit test`: everything that must hold before a change is good, in one command.

Style and types first, since they take seconds; then the tests, on every core. A check that fails does not
hide the others: all run, and the exit code tells.
"""

import importlib.util
import subprocess
import sys

import click

from labkit.cli.browser import can_install_chromium, find_chromium, install_chromium
from labkit.cli.home import clone

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)
TOOLS = ("ruff", "mypy", "pytest", "xdist")


@click.command(name="test", context_settings={"ignore_unknown_options": True})
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def suite(pytest_arguments: tuple[str, ...]) -> None:
    """Run the whole suite; with PYTEST_ARGUMENTS, run only pytest, with these."""
    root = clone()
    if root is None:
        raise click.ClickException(
            "the tests are in the repository: clone it and type `python3 -m labkit test` there."
        )
    if missing := [tool for tool in TOOLS if importlib.util.find_spec(tool) is None]:
        raise click.ClickException(
            f"{', '.join(missing)} not installed here; type `python3 -m labkit test` in {root}."
        )

    def run(*command: str) -> int:
        click.echo(f"$ {' '.join(command)}")
        return subprocess.run([sys.executable, "-m", *command], cwd=root).returncode

    if pytest_arguments:
        sys.exit(run("pytest", *pytest_arguments))
    failed = [" ".join(check) for check in CHECKS if run(*check)]
    bring_browser()
    # The last tests take long, and a worker that is done takes over what another has left.
    exit_code = run("pytest", "-n", "auto", "--dist", "worksteal")
    if failed:
        raise click.ClickException(f"failed above: {', '.join(failed)}")
    sys.exit(exit_code)


def bring_browser() -> None:
    """Have a browser for the notebook tests, or say why they will be skipped."""
    if find_chromium() or (can_install_chromium() and install_chromium()):
        return
    click.echo("No Chromium or Chrome here, and none could be installed: the browser tests will be skipped.")
