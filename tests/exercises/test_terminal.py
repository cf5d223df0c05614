"""A command line of `aws` inside this process: the real program, and nothing but it."""

from collections.abc import Iterator

import boto3
import pytest

from labkit import Lab
from labkit.exercises.terminal import run_aws


@pytest.fixture(autouse=True)
def started() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def test_a_command_prints_what_the_terminal_would_show() -> None:
    key_id = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    line = f"aws kms describe-key --key-id {key_id} --output text --query KeyMetadata.KeyState"
    assert run_aws(line) == (0, "Enabled\n", "")


def test_a_refusal_of_kms_is_told_on_the_other_output() -> None:
    ended = run_aws("aws kms describe-key --key-id 00000000-0000-0000-0000-000000000000")
    assert (ended.status != 0, ended.output) == (True, "")
    assert "NotFoundException" in ended.errors


def test_an_option_that_is_not_there_is_told_as_aws_tells_it() -> None:
    ended = run_aws("aws kms list-keys --no-such-option")
    assert ended.status != 0
    assert "--no-such-option" in ended.errors


@pytest.mark.parametrize("line", ["rm -rf folder", "", "awsx kms list-keys", "/bin/aws kms list-keys"])
def test_no_other_program_is_started(line: str) -> None:
    with pytest.raises(ValueError, match="begins with aws"):
        run_aws(line)


def test_a_shell_s_signs_mean_nothing() -> None:
    ended = run_aws("aws kms list-keys ; echo hello")
    assert ended.status != 0
    assert "hello" not in ended.output
