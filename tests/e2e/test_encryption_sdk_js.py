"""Messages go both ways with the JavaScript Encryption SDK, whose KMS is the lab over HTTP."""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab, esdk
from labkit.esdk import SUITES
from tests.esdk.real_sdk import our_policy
from tests.vectors.npm_package import npm_package

SCRIPT = Path(__file__).with_name("encryption_sdk.mjs")
PACKAGE = "@aws-crypto/client-node", "5.0.2"
CONTEXT = {"purpose": "test", "münze": "zwölf €"}
LENGTHS = (0, 1, 99, 100, 101, 1000)


@pytest.fixture
def key_arns(lab: Lab) -> list[str]:
    """Two keys of the lab, which answers over HTTP."""
    lab.serve()
    return [boto3.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]


def javascript(
    lab: Lab, key_arns: list[str], tasks: list[dict[str, Any]], folder: Path
) -> list[dict[str, Any]]:
    """Have the tasks done by the SDK in Node.js; skips the test where there is none."""
    package = npm_package(*PACKAGE)
    # Node.js looks for packages from the folder of the script on.
    script = shutil.copy(SCRIPT, folder)
    (folder / "node_modules").symlink_to(package / "node_modules")
    asked = {"endpoint": lab.serve().url, "keyIds": key_arns, "tasks": tasks}
    outcome = subprocess.run(
        [str(shutil.which("node")), script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    answers: list[dict[str, Any]] = json.loads(outcome.stdout)
    assert [one["error"] for one in answers if "error" in one] == []
    return answers


def test_javascript_reads_ours(lab: Lab, key_arns: list[str], tmp_path: Path) -> None:
    keyring = esdk.KmsKeyring(key_arns[0])
    made = [
        (suite, length, frame_length)
        for suite in SUITES.values()
        for length in LENGTHS
        for frame_length in (0, 100)
    ]
    tasks = []
    for suite, length, frame_length in made:
        message = esdk.encrypt(
            bytes(length), keyring, CONTEXT, suite=suite, frame_length=frame_length, policy=our_policy(suite)
        )
        tasks.append(
            {"verb": "decrypt", "policy": our_policy(suite).name, "data": b64encode(message).decode()}
        )
    for (suite, length, _), answer in zip(made, javascript(lab, key_arns, tasks, tmp_path), strict=True):
        assert b64decode(answer["data"]) == bytes(length)
        assert answer["suite"] == suite.id
        assert CONTEXT.items() <= answer["context"].items()


def test_ours_reads_javascripts(lab: Lab, key_arns: list[str], tmp_path: Path) -> None:
    made = [(suite, length) for suite in SUITES.values() for length in LENGTHS]
    tasks = [
        {
            "verb": "encrypt",
            "policy": our_policy(suite).name,
            "data": b64encode(bytes(length)).decode(),
            "suite": suite.id,
            "frameLength": 100,
            "context": CONTEXT,
        }
        for suite, length in made
    ]
    for (suite, length), answer in zip(made, javascript(lab, key_arns, tasks, tmp_path), strict=True):
        message = b64decode(answer["data"])
        for reader in (esdk.KmsKeyring(key_arns[1]), esdk.DiscoveryKeyring()):
            opened = esdk.decrypt(message, reader, {"purpose": "test"}, policy=our_policy(suite))
            assert opened.plaintext == bytes(length)
            assert opened.header.suite == suite
            assert len(opened.header.data_keys) == 2
