"""`labkit serve`, run as a student runs it: in a process of its own, closed by a signal."""

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.protocols.messages import HttpResponse
from labkit.lab import Lab

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows cannot send one process a Ctrl-C")
COMMAND = [sys.executable, "-m", "labkit.cli", "serve"]


@dataclass
class Served:
    """A running `labkit serve`, and what it printed until it was ready."""

    process: subprocess.Popen[str]
    printed: str

    def close(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code and the last words."""
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=30)
        return self.process.returncode, rest

    @property
    def settings(self) -> dict[str, str]:
        """The variables of the printed `export` lines, read as a shell reads them."""
        words = [shlex.split(line) for line in self.printed.splitlines() if line.startswith("  export ")]
        return dict(word.split("=", 1) for _, word in words)

    def answer(self, method: str, path: str) -> tuple[int, dict[str, object]]:
        url = urlsplit(self.settings["AWS_ENDPOINT_URL"])
        assert url.hostname is not None
        client = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        client.request(method, path)
        response = client.getresponse()
        content = json.loads(response.read())
        client.close()
        return response.status, content

    def boto3_client(self) -> Any:
        given = self.settings
        return boto3.client(
            "kms",
            endpoint_url=given["AWS_ENDPOINT_URL"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            region_name=given["AWS_DEFAULT_REGION"],
        )


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    command = [*COMMAND, "--port", "0", "--tls-port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        try:
            yield Served(process, printed)
        finally:
            process.kill()


@POSIX
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_closes_cleanly(how: signal.Signals) -> None:
    with serving() as served:
        assert served.answer("GET", "/_labkit/health")[0] == 200
        bundle = Path(re.findall(r"AWS_CA_BUNDLE +(.+)", served.printed)[0])
        assert bundle.is_file()
        code, last_words = served.close(how)
        assert (code, last_words.strip()) == (0, "Closing.")
        assert not bundle.exists()


@POSIX
def test_what_it_prints_is_what_a_client_needs() -> None:
    with serving() as served:
        assert "http://127.0.0.1:" in served.settings["AWS_ENDPOINT_URL"]
        for name, value in served.settings.items():
            assert f"  $Env:{name} = '{value}'" in served.printed
        kms = served.boto3_client()
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        assert [one["KeyId"] for one in kms.list_keys()["Keys"]] == [key]
        assert served.answer("POST", "/_labkit/reset")[0] == 200
        assert kms.list_keys()["Keys"] == []
        served.close(signal.SIGINT)


@POSIX
def test_a_state_file_outlives_the_server(tmp_path: Path) -> None:
    state = str(tmp_path / "class.lab")
    with serving("--state", state) as served:
        assert f"the lab in {state}" in served.printed
        key = served.boto3_client().create_key()["KeyMetadata"]["KeyId"]
        served.close(signal.SIGTERM)
    with serving("--state", state) as served:
        assert [one["KeyId"] for one in served.boto3_client().list_keys()["Keys"]] == [key]
        served.close(signal.SIGTERM)


@POSIX
def test_a_strict_lab_believes_the_printed_credentials_and_no_others() -> None:
    with serving("--strict") as served:
        assert served.boto3_client().list_keys()["Keys"] == []
        forged = replace(served, printed=served.printed.replace("SECRET_ACCESS_KEY=", "SECRET_ACCESS_KEY=x"))
        with pytest.raises(ClientError, match="signature we calculated does not match"):
            forged.boto3_client().list_keys()
        served.close(signal.SIGTERM)


def test_a_file_that_another_lab_holds_is_one_sentence(tmp_path: Path) -> None:
    state = str(tmp_path / "class.lab")
    with closing(Lab(state)):
        done = subprocess.run([*COMMAND, "--state", state], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {state} is open in another process; close that lab first.\n"


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
def test_a_port_in_use_is_one_sentence(option: str) -> None:
    free = {"--port": "--tls-port", "--tls-port": "--port"}[option]
    with HttpEndpoint(
        handle=lambda request: HttpResponse(200, {}, b""), health=dict, reset=lambda: None
    ) as other:
        port = str(urlsplit(other.url).port)
        done = subprocess.run(
            [*COMMAND, option, port, free, "0"], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: Cannot listen on 127.0.0.1:{port} (")
    assert done.stderr.count("\n") == 1
