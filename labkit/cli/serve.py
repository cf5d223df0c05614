"""`labkit serve`: a lab with its doors open to this machine's programs, until Ctrl-C.

For the `aws` command, for clients in other languages, and for a class's work kept in a file between sessions.
"""

import shlex
import signal
import time
from contextlib import closing

import click

from labkit.cloud.endpoints.addresses import DEFAULT_PORT, DEFAULT_TLS_PORT
from labkit.cloud.endpoints.client import client_settings
from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.state.hsm_memory import CannotOpenLabError
from labkit.lab import Lab

PORT = click.IntRange(0, 65535)


@click.command(short_help="Run a lab as a server, for the AWS CLI and SDKs.")
@click.option("--port", type=PORT, default=DEFAULT_PORT, show_default=True, help="HTTP; 0 takes a free one.")
@click.option(
    "--tls-port", type=PORT, default=DEFAULT_TLS_PORT, show_default=True, help="HTTPS; 0 takes a free one."
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the lab in this file, such as class.lab; without it the lab is gone when the server stops.",
)
@click.option(
    "--strict", is_flag=True, help="Check every signature, and refuse access keys that nobody made."
)
def serve(port: int, tls_port: int, state: str | None, strict: bool) -> None:
    """Serve a lab on this machine, over HTTP and HTTPS, until Ctrl-C."""
    # A service manager's SIGTERM is to close as cleanly as the Ctrl-C of a student.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        lab = Lab(state, identities="strict" if strict else "easy")
    except CannotOpenLabError as error:
        raise click.ClickException(f"{error}") from error
    with closing(lab):
        try:
            endpoint = lab.serve(port, tls_port)
        except OSError as error:
            raise click.ClickException(
                f"Cannot listen on {error.filename} ({error.strerror}): "
                "another lab may be running there; --port and --tls-port choose other ports."
            ) from error
        try:
            click.echo(_how_to_use(endpoint, state))
            _wait()
        except KeyboardInterrupt:
            click.echo("\nClosing.")


def _wait() -> None:
    while True:
        time.sleep(3600)  # of all ways to wait, the one that Ctrl-C interrupts on Windows too


def _how_to_use(endpoint: HttpEndpoint, state: str | None) -> str:
    settings = client_settings(endpoint.url)
    sh = [f"  export {name}={shlex.quote(value)}" for name, value in settings.items()]
    powershell = [f"  $Env:{name} = '{value}'" for name, value in settings.items()]
    what = f"the lab in {state}" if state else "a lab in memory"
    return "\n".join(
        [
            f"labkit is serving {what}, to this machine only.",
            "",
            "To use it from another terminal (sh, bash, zsh):",
            *sh,
            "  aws kms list-keys",
            "",
            "The same in PowerShell:",
            *powershell,
            "  aws kms list-keys",
            "",
            "Over HTTPS, set two of them to:",
            f"  AWS_ENDPOINT_URL  {endpoint.tls_url}",
            f"  AWS_CA_BUNDLE     {endpoint.ca_bundle}",
            "",
            "Ctrl-C closes the lab.",
        ]
    )
