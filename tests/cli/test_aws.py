"""`labkit aws`: the real AWS CLI, in a process of its own, against a lab or a canned answer."""

import json
import os
import socket
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from labkit.cli.aws import aws
from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.lab import Lab


class Recorder:
    """Answers every call with the same bytes, and remembers the calls."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.answer = HttpResponse(200, {"Content-Type": "application/x-amz-json-1.1"}, b"{}")

    def handle(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.answer


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def endpoint(recorder: Recorder) -> Iterator[HttpEndpoint]:
    with HttpEndpoint(handle=recorder.handle, health=dict, reset=lambda: None) as endpoint:
        yield endpoint


@pytest.fixture
def bare() -> Iterator[None]:
    """An environment without anything of AWS's in it, given back afterwards as it was."""
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        yield


def labkit_aws(url: str, *words: str, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_ENDPOINT_URL": url, "AWS_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "labkit.cli", "aws", *words],
        input=typed,
        capture_output=True,
        env=environment,
        timeout=60,
    )


def test_a_call_reaches_the_lab_as_the_labs_own_user(recorder: Recorder, endpoint: HttpEndpoint) -> None:
    recorder.answer = HttpResponse(200, {}, b'{"Keys": [{"KeyId": "k-1"}]}')
    done = labkit_aws(endpoint.url, "kms", "list-keys", "--query", "Keys[*].KeyId", "--output", "text")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"k-1{os.linesep}".encode(), b"")
    [request] = recorder.requests
    assert request.headers["x-amz-target"] == "TrentService.ListKeys"
    assert "Credential=AKIALABKITEXAMPLE000/" in request.headers["authorization"]
    assert "/us-east-1/kms/" in request.headers["authorization"]


def test_sqs_stays_on_this_machine_too(recorder: Recorder, endpoint: HttpEndpoint) -> None:
    recorder.answer = HttpResponse(200, {}, b'{"QueueUrls": ["q"]}')
    done = labkit_aws(endpoint.url, "sqs", "list-queues", "--query", "QueueUrls", "--output", "text")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"q{os.linesep}".encode(), b"")
    assert recorder.requests[0].headers["x-amz-target"] == "AmazonSQS.ListQueues"


def test_the_exit_code_and_the_error_are_the_clis_own(recorder: Recorder, endpoint: HttpEndpoint) -> None:
    recorder.answer = HttpResponse(400, {}, b'{"__type": "NotFoundException", "message": "no such key"}')
    done = labkit_aws(endpoint.url, "kms", "describe-key", "--key-id", "k-1")
    assert done.returncode == 255  # version 1 of the CLI has this one code for whatever a service refused
    assert b"(NotFoundException) when calling the DescribeKey operation: no such key" in done.stderr
    assert done.stdout == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev/stdin")
def test_standard_input_passes_through_byte_for_byte(recorder: Recorder, endpoint: HttpEndpoint) -> None:
    labkit_aws(
        endpoint.url,
        "kms",
        "encrypt",
        "--key-id",
        "k",
        "--plaintext",
        "fileb:///dev/stdin",
        typed=b"\0\xff\n",
    )
    assert json.loads(recorder.requests[0].body)["Plaintext"] == "AP8K"


def test_it_is_the_cli_with_the_botocore_it_brings(endpoint: HttpEndpoint) -> None:
    itself = subprocess.run([sys.executable, "-m", "awscli", "--version"], capture_output=True, check=True)
    assert labkit_aws(endpoint.url, "--version").stdout == itself.stdout


def test_https_needs_the_labs_ca_bundle_alone(recorder: Recorder, endpoint: HttpEndpoint) -> None:
    done = labkit_aws(endpoint.tls_url, "kms", "list-keys", "--ca-bundle", endpoint.ca_bundle)
    assert done.returncode == 0
    assert recorder.requests[0].scheme == "https"


@pytest.mark.usefixtures("bare")
def test_without_a_setting_the_default_port_is_asked(
    endpoint: HttpEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[list[str], str]] = []

    def become(command: list[str], environment: dict[str, str]) -> int:
        called.append((command, environment["AWS_ENDPOINT_URL"]))
        return 0

    monkeypatch.setattr("labkit.cli.aws.become", become)
    monkeypatch.setattr("labkit.cli.aws.DEFAULT_PORT", int(endpoint.url.rpartition(":")[2]))
    words = ["kms", "--", "list-keys", "--help", "-x", "*"]
    done = CliRunner().invoke(aws, words)
    assert done.exit_code == 0
    start = [sys.executable, "-P", "-m", "awscli", "--endpoint-url", endpoint.url]
    assert called == [([*start, *words], endpoint.url)]


@pytest.mark.usefixtures("bare")
def test_where_no_lab_runs_one_sentence_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setattr("labkit.cli.aws.DEFAULT_PORT", port)
    done = CliRunner().invoke(aws, ["kms", "list-keys"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: No lab is running: start one with `labkit serve`")


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    "elsewhere", ["https://kms.us-east-1.amazonaws.com", "http://[::1", "127.0.0.1:5599"]
)
def test_an_endpoint_that_is_not_this_machine_is_refused(elsewhere: str) -> None:
    os.environ["AWS_ENDPOINT_URL"] = elsewhere
    done = CliRunner().invoke(aws, ["kms", "list-keys"])
    assert done.exit_code == 1
    assert "not this machine" in done.output


def test_a_file_goes_through_kms_and_back(tmp_path: Path) -> None:
    """The commands of AWS's own documentation, against a real lab."""
    secret, box = tmp_path / "secret.bin", tmp_path / "secret.box"
    secret.write_bytes(bytes(range(256)))
    with closing(Lab()) as lab:
        endpoint = lab.serve()

        def kms(*words: str) -> str:
            done = labkit_aws(endpoint.url, "kms", *words, "--output", "text")
            assert done.returncode == 0, done.stderr
            return done.stdout.decode().strip()

        key = kms("create-key", "--query", "KeyMetadata.KeyId")
        blob = kms(
            "encrypt", "--key-id", key, "--plaintext", f"fileb://{secret}", "--query", "CiphertextBlob"
        )
        box.write_bytes(b64decode(blob))
        text = kms("decrypt", "--ciphertext-blob", f"fileb://{box}", "--query", "Plaintext")
        assert b64decode(text) == secret.read_bytes()
