"""Secrets Manager through the real `aws` command: a password is made, kept, replaced, and read again."""

from labkit import Lab
from tests.e2e.test_aws_cli import answer, aws


def test_a_generated_password_becomes_a_secret(lab: Lab) -> None:
    lab.serve()
    length = ("--password-length", "24", "--exclude-punctuation")
    password = answer("secretsmanager", "get-random-password", *length)["RandomPassword"]
    assert len(password) == 24
    made = answer("secretsmanager", "create-secret", "--name", "db/password", "--secret-string", password)
    read = ("secretsmanager", "get-secret-value", "--secret-id", "db/password")
    assert answer(*read)["SecretString"] == password
    answer("secretsmanager", "put-secret-value", "--secret-id", made["ARN"], "--secret-string", "next")
    assert answer(*read)["SecretString"] == "next"
    assert answer(*read, "--version-stage", "AWSPREVIOUS")["SecretString"] == password
    reference = ("ssm", "get-parameter", "--name", "/aws/reference/secretsmanager/db/password")
    assert answer(*reference, "--with-decryption")["Parameter"]["Value"] == "next"
    answer("secretsmanager", "delete-secret", "--secret-id", "db/password")
    code, _, complaint = aws(*read)
    assert code != 0
    assert "because it was marked for deletion" in complaint
