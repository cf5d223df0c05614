"""Parameter Store through the real `aws` command, with the commands that the course types."""

from labkit import Lab
from tests.e2e.test_aws_cli import answer, aws


def test_the_commands_of_the_course(lab: Lab) -> None:
    lab.serve()
    put = ("ssm", "put-parameter", "--type", "SecureString")
    assert answer(*put, "--name", "/path/name1", "--value", "one") == {"Version": 1, "Tier": "Standard"}
    answer(*put, "--name", "/path/deeper/name2", "--value", "two")
    names = ("--names", "/path/name1", "/path/deeper/name2")
    found = answer("ssm", "get-parameters", *names, "--with-decryption")
    assert [one["Value"] for one in found["Parameters"]] == ["one", "two"]
    found = answer("ssm", "get-parameters-by-path", "--path", "/path", "--recursive")
    assert {one["Name"]: one["Value"] == "one" for one in found["Parameters"]} == {
        "/path/name1": False,
        "/path/deeper/name2": False,
    }
    code, _, complaint = aws(*put, "--name", "/path/name1", "--value", "three")
    assert code != 0
    assert "(ParameterAlreadyExists) when calling the PutParameter operation: The para" in complaint
