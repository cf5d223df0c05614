"""`labkit aws ...`: the real AWS command line, unchanged, pointed at a running lab.

It is Amazon's own program (`awscli` on PyPI). Only its surroundings are ours: an endpoint, credentials and a
region, so that a command can be typed as any AWS documentation prints it and still never leave this machine.
"""

import http.client
import json
import os
import sys
from urllib.parse import urlsplit

import click

from labkit.cloud.endpoints.addresses import DEFAULT_PORT, HEALTH, LOOPBACK, THIS_MACHINE, host_name
from labkit.cloud.endpoints.client import client_environment, tls_settings
from labkit.process import become

# Seconds. A lab on this machine answers in milliseconds, unless a long call holds the machine.
PATIENCE = 3.0


class Untouched(click.Command):
    """A command that hands every word on as it was typed, `--help` and `--` too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take all the words and read none of them."""
        ctx.args = args
        return args


@click.command(cls=Untouched, short_help="Run the real AWS CLI against a running lab.", add_help_option=False)
@click.pass_context
def aws(ctx: click.Context) -> None:
    """Run the AWS CLI against the lab in AWS_ENDPOINT_URL, or else the one `labkit serve` runs.

    Its input, output and exit code are the AWS CLI's own. Raises ClickException where no lab answers.
    """
    url = _lab_url()
    changed = {**os.environ, **client_environment(url, os.environ)}
    if ctx.args[:1] in (["s3"], ["s3api"]) and (secure := _tls_of(url)):
        # Over plain HTTP S3 takes no object of KMS's, and a command that is typed as on AWS means TLS.
        changed |= tls_settings(**secure)
        url = secure["tls_url"]
    environment = {name: value for name, value in changed.items() if value is not None}
    # A fresh interpreter, because awscli brings a botocore of its own, which must not meet another in memory;
    # -P, because a student's folder may hold a json.py.
    sys.exit(
        become([sys.executable, "-P", "-m", "awscli", *_endpoint(ctx.args, url), *ctx.args], environment)
    )


def _endpoint(words: list[str], url: str) -> list[str]:
    """The endpoint once more, as an option: for SQS and RDS, version 1 of the CLI has addresses of its own,
    which it ranks above AWS_ENDPOINT_URL.
    """
    return [] if any(word.startswith("--endpoint-url") for word in words) else ["--endpoint-url", url]


def _lab_url() -> str:
    given = os.environ.get("AWS_ENDPOINT_URL")
    if given:
        if host_name(given) not in THIS_MACHINE:
            raise click.ClickException(
                f"AWS_ENDPOINT_URL is {given}, which is not this machine, and a lab is never anywhere else."
            )
        return given
    if _a_lab_answers(DEFAULT_PORT):
        return f"http://{LOOPBACK}:{DEFAULT_PORT}"
    raise click.ClickException(
        "No lab is running: start one with `labkit serve` in another terminal, "
        "or set AWS_ENDPOINT_URL to the address of one."
    )


def _tls_of(url: str) -> dict[str, str] | None:
    """Where the lab at `url` speaks TLS, and whom to trust there; None if it does not tell."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        return None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", HEALTH)
        found = json.loads(connection.getresponse().read()).get("tls")
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return {"tls_url": found["url"], "ca_bundle": found["ca_bundle"]} if found else None


def _a_lab_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
