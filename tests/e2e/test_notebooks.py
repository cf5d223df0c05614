"""Every notebook, solved, runs from top to bottom in a student's workspace and shows what it promises.

As the student gets it, it runs up to the first exercise, and stops there with one friendly line.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.editions import edition

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SOURCES = Path(__file__).parents[2] / "notebooks" / "source"
EXECUTE = Path(__file__).with_name("execute.py")
LONGEST_CELL = 12

# What must be read in a notebook's outputs once it has run. A shell command that fails stops no notebook.
SHOWN = {
    "00_orientation": [
        "arn:aws:iam::123456789012:user/Administrator\r?\n",
        "^Enabled\r?$",
        "keys: 1\nstate: Disabled",
        r"\(DisabledException\) when calling the Encrypt operation",
        "EnableKey",
        "✓ 00-key-state .*: solved",
        "✓ 00-arn .*: solved",
        r"\('kms', 'us-east-1', '123456789012'\)",
        "✓ 00-find-disabled .*: solved",
    ],
    "01_symmetric": [
        "✓ 01-base64 .*: solved",
        "✓ 01-nonce .*: solved",
        "16 bytes became 32\r?\nrefused",
        "b'to: Meyer' b'100'\r?\nb'to: Moyer' refused",
        "✓ 01-seal-open .*: solved",
    ],
    "02_asymmetric": [
        r"\('RSA_2048', \['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'\], 294\)",
        "^b'meet me at noon'",
        "✓ 02-wrap .*: solved",
        r"b'I owe Bob 100' True\r?\nb'I owe Bob 900' .*KMSInvalidSignatureException",
        "✓ 02-verify .*: solved",
        "✓ 02-send .*: solved",
        r"^\(True, 284\)",
    ],
    "03_who_may_use_a_key": [
        r"\(DisabledException\) when calling the Encrypt operation",
        r"'PendingDeletion',\s+datetime",
        "^'Disabled'\r?$",
        "<KeyStates: 8 states, 21 transitions>",
        "✓ 03-come-back .*: solved",
        r"\(UnsupportedOperationException\) when calling the EnableKeyRotation operation",
        "✓ 03-least-privilege .*: solved",
        "user/alice is not authorized to perform: kms:Encrypt .* because no resource-based policy allows",
        "<Explanation of kms:Encrypt: 400 AccessDeniedException>",
        "kms:Decrypt: would be allowed>\n<Explanation of kms:Decrypt: would be denied>\nFalse",
        "<Explanation of kms:Encrypt: would be allowed>\nFalse",
        r"\['Encrypt', 'Encrypt'\]",
        "^'Encrypt'\r?$",
        "✓ 03-who-used .*: solved",
        "'nobody has decrypted with it'",
    ],
    "04_encrypt_decrypt": [
        "(?s)^AQIC[A-Za-z0-9+/=]{80,}.*The key to the cellar hangs behind the clock.\r?\n",
        r"b'The key to the cellar hangs behind the clock.\\n'",
        "✓ 04-commands .*: solved",
        "✓ 04-context .*: solved",
        "✓ 04-fits .*: solved",
        "AWS CLI v2 UPGRADE WARNING",
        r"\(InvalidCiphertextException\) when calling the Decrypt operation",
        "equal: False",
        r"^([0-9a-f]{64})\n\1$",
        r"\(IncorrectKeyException\)",
        "in the blob: False",
        r"4095 encrypted\n4096 encrypted\n4097 .*Member must have length less than or equal to 4096",
        r"'encryptionContext': \{'to': 'press'\}.* InvalidCiphertextException",
    ],
    "05_envelope": [
        "the same bytes: True",
        "✓ 05-data-key .*: solved",
        r"\{\} An error .* \(InvalidCiphertextException\).*\n\{'file': 'payroll.csv'\} b'employee,name",
        r"^\d MB in memory at most\ncalls of KMS: \['GenerateDataKey'\]",
        r"01 00 b'4567'\n(00 ){10}02 01 b'89'",
        "swapped: +refused",
        "swapped back: opened",
        "cut off: refused",
        "user/office is not authorized to perform: kms:Decrypt",
        "✓ 05-two-party .*: solved",
        r"GenerateRandom operation: .* less than or equal to 1024",
        "disabled: DisabledException\nenabled:  opened",
        "The ciphertext refers to a customer master key that does not exist",
        "✓ 05-seal .*: solved",
    ],
    "06_rotation": [
        "'KeyId': 'the same', 'Arn': 'the same', 'CurrentKeyMaterialId': 'different'",
        r"decrypted with +([0-9a-f]{64})\nbefore rotation \1\n",
        r"^ON_DEMAND\s+[0-9a-f]{64}",
        "✓ 06-which-key .*: solved",
        "RotateKey +kms.amazonaws.com",
        "RSA +RSA_2048 AWS_KMS -> UnsupportedOperationException",
        "external +SYMMETRIC_DEFAULT EXTERNAL -> UnsupportedOperationException",
        "✓ 06-rotate .*: solved",
        r"more butter\nAn error .* \(IncorrectKeyException\)",
        r"^ReEncrypt\nAdministrator\narn:.*, arn:",
        "old context: InvalidCiphertextException",
        "✓ 06-rewrap .*: solved",
        "the thief reads on\nb'the secret recipe: more butter'",
        "The stolen data key does not open it any more",
    ],
    "07_regions_and_snapshots": [
        "Made in eu-west-1: opens in eu-west-1.",
        "The ciphertext refers to a customer master key that does not exist",
        "Made in multi-Region, us-east-1: opens in us-east-1, eu-west-1.",
        "✓ 07-where .*: solved",
        "✓ 07-move-blob .*: solved",
        r'"SnapshotId": "snap-',
        "^'pending'\r?$",
        r"ec2.amazonaws.com \['Decrypt'\] \{'EncryptionContextSubset': \{'aws:ebs:id': 'snap-",
        "^'completed'\r?$",
        "b'customercustomer",
        r"eu-west-1\s+RetireGrant\s+ec2.amazonaws.com",
        "^'available'\r?$",
        "'Given key ID is not accessible'",
        "✓ 07-copy-snapshot .*: solved",
        "Encrypted snapshots with EBS default key cannot be shared",
        "^DEPENDENCY_ACCESS_DENIED",
    ],
    "08_data_key_caching": [
        "<Dissection of AWS Encryption SDK message: 6\\d\\d bytes, 57 fields>",
        r"\(True, True, False\)",
        "b'more butter' 0578 AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
        "CommitmentMismatch commitment, byte 428: the data key gives another commitment",
        r"\[1, 0, 1, 1, 1\]",
        r"\[1, 1, 0, 0\]",
        "✓ 08-thrash .*: solved",
        "the real cache gives up ada\nour cache gives up      alan",
        r"the real one: \d+ data keys\nours:         1 data key",
        "^'it is encrypted'",
        "✓ 08-limits .*: solved",
        r"calls on 5000 messages: the real SDK (\d+) and the simulator \1\n",
        r"the formula 0.99\d and a million messages 0.9[89]\d|a million messages 1.00\d",
        r"\(1, 4\)",
        "✓ 08-review .*: solved",
    ],
    "09_s3_force_ssl": [
        "^'AES256'\r?$",
        r"HTTP/1.1 403 Forbidden[^\0]*<Code>AccessDenied</Code><Message>Access Denied</Message>",
        r"^200 OK$",
        r"^\(403 AccessDenied, 200 OK\)",
        "✓ 09-force-tls .*: solved",
        "prevented by the BlockPublicPolicy setting in S3 Block Public Access",
        r"^{'IsPublic': True}",
        r"HTTP/1.1 200 OK[^\0]*Hello, whoever you are.",
        "✓ 09-publish .*: solved",
        r"(?s)\['GenerateDataKey',\s+'GenerateDataKey',\s+'GenerateDataKey',\s+'GenerateDataKey',"
        r"\s+'GenerateDataKey'\]",
        r"one4 +7 +23 +aws:kms +False",
        r"^\(400 InvalidArgument, 200 OK\)",
        "✓ 09-both-ways .*: solved",
        r"\d\d:\d\d:\d\d +7 one4",
    ],
    "10_parameter_store": [
        r"\(ParameterAlreadyExists\) when calling the PutParameter operation",
        r"\[\(1, 'db1.example'\), \(2, 'db2.example'\)\]",
        "/shop/prod/db/host:stable is db1.example",
        "✓ 10-pin .*: solved",
        r"/shop/prod/db/password\s+AQIC",
        r"/shop/prod/db/password\s+correct horse",
        "is not authorized to perform: kms:Decrypt .* because no resource-based policy allows",
        "'kms:ViaService': 'ssm.us-east-1.amazonaws.com'",
        "user/alice is not authorized to perform: kms:Decrypt .* because no identity-based policy allows",
        r"\(10, True\)",
        "✓ 10-load-config .*: solved",
        "^15\r?$",
        r'"Name": "/path/name2",\s+"Type": "SecureString",\s+"Value": "hidden"',
        r'"Name": "/path/name2",\s+"Type": "SecureString",\s+"Value": "AQIC',
        r"'Name': '/path/name1',\s+'Type': 'String',\s+'Value': 'open'",
        "✓ 10-until .*: solved",
        "Failed +AccessDenied: User: events.amazonaws.com",
        r"'operation': 'Update',\s+'name': '/shop/prod/db/host'",
        "✓ 10-heard .*: solved",
        r"'policy-type': 'NoChangeNotification'",
    ],
    "12_encrypted_logs": [
        r'\[\s*"\{\\"level\\": \\"ERROR\\", \\"status\\": 503, \\"path\\": \\"/pay\\"\}"\s*\]',
        "the AssociateKmsKey operation: The specified KMS key does not exist or is not allowed to be used "
        "with Arn 'arn:aws:logs:us-east-1:123456789012:log-group:my-group'",
        "✓ 12-key-policy .*: solved",
        r"^my-group\s+arn:aws:kms:us-east-1:123456789012:key/",
        r"GenerateDataKey +AccessDenied\n.*GenerateDataKey +(None|NaN|<NA>)\n.*Decrypt",
        "5 events of my-group under 2 keys; 3 of them can be read now.",
        r"\(AccessDeniedException\) when calling the GetLogEvents operation",
        r"^2$",
        r"The specified KMS Key Id could not be used: .*\n.*The specified KMS Key Id could not be found.",
        "✓ 12-commands .*: solved",
        "✓ 12-all-under .*: solved",
        "5 events of my-copy under 1 key; 5 of them can be read now.",
        r"^0$",
    ],
    "11_secrets_manager": [
        r"^[A-Za-z0-9]{20}\r?$",
        "secret:shop/newsletter-[A-Za-z0-9]{6}'",
        "Decrypt +kms.amazonaws.com +Administrator",
        "✓ 11-generate .*: solved",
        r"code 3 \['AWSCURRENT'\]\n.* code 2 \['AWSPREVIOUS'\]\n.* code 1 no label",
        "user/alice is not authorized to perform: secretsmanager:GetSecretValue .* no identity-based policy",
        r"\[\['app', 'PostgreSQL ",
        r"\['AWSPREVIOUS'\],\s+'[-0-9a-f]{36}': \['AWSPENDING', 'AWSCURRENT'\]",
        r"PutSecretValue +1\n",
        r"UpdateSecretVersionStage +1\n",
        "✓ 11-reader .*: solved",
        "✓ 11-rotate .*: solved",
        "^'orders_clone'\r?$",
        "secret:rds!db-",
    ],
}
# Lines that the course promises to type as they stand.
AS_THEY_STAND = {
    "10_parameter_store": [
        "!aws ssm get-parameters --names /path/name1 /path/name2 --with-decryption",
        "!aws ssm get-parameters-by-path --path /path --recursive",
        'ssm = boto3.client("ssm")',
        'ssm.get_parameters(Names=["/path/name1"], WithDecryption=True)',
    ],
    "12_encrypted_logs": [
        "!aws logs associate-kms-key --log-group-name my-group --kms-key-id $KEY_ARN",
    ],
}
NEEDS_BASE64 = "cellar hangs behind the clock.\r?\n"


def read(path: Path) -> nbformat.NotebookNode:
    """Return the notebook in a file."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook where it lies and return it with its outputs."""
    subprocess.run([sys.executable, str(EXECUTE), str(path)], check=True, timeout=300)
    return read(path)


def outputs(notebook: nbformat.NotebookNode) -> Iterator[Any]:
    """Yield every output of every cell."""
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def text(output: Any) -> str:
    """Return an output as plain text. What a cell prints may come in any number of pieces."""
    if output.output_type == "stream":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", "")) + "\n"


def test_what_is_looked_for_belongs_to_a_notebook() -> None:
    assert {path.stem for path in NOTEBOOKS} == SHOWN.keys()


@pytest.mark.parametrize("name", AS_THEY_STAND)
def test_the_lines_to_take_along_are_typed_as_they_stand(name: str) -> None:
    lines = [
        line for cell in read(SOURCES.parent / f"{name}.ipynb").cells for line in cell.source.split("\n")
    ]
    assert [line for line in AS_THEY_STAND[name] if not any(one.startswith(line) for one in lines)] == []


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_a_solved_notebook_runs_from_top_to_bottom(name: str, workspace: Path) -> None:
    (workspace / f"{name}.ipynb").write_text(edition(SOURCES / f"{name}.py", "solved"), encoding="utf-8")
    notebook = run(workspace / f"{name}.ipynb")
    shown = list(outputs(notebook))
    assert [output for output in shown if output.output_type == "error"] == []
    assert [output.text for output in shown if output.get("name") == "stderr"] == []
    everything = "".join(text(output) for output in shown)
    expected = [pattern for pattern in SHOWN[name] if sys.platform != "win32" or NEEDS_BASE64 not in pattern]
    assert [pattern for pattern in expected if not re.search(pattern, everything, re.MULTILINE)] == []


def code_lines(source: str) -> list[str]:
    """A cell's lines, without the imports that an exercise repeats so that it can stand alone."""
    return [line for line in source.splitlines() if not line.startswith(("import ", "from "))]


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_a_student_is_stopped_at_the_first_exercise_with_one_line(name: str, workspace: Path) -> None:
    cells = run(workspace / f"{name}.ipynb").cells
    stopped = next(
        place
        for place, cell in enumerate(cells)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    )
    verdict, error = cells[stopped].outputs
    assert "not yet" in text(verdict)
    assert (error.ename, len(error.traceback)) == ("Unsolved", 1)
    assert "is not solved yet. Change the cell above, run it, then run this one again." in error.traceback[0]
    assert cells[stopped].source.startswith("check(")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    notebook = read(path)
    assert list(outputs(notebook)) == []
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_sentence_begins_like_an_item_of_a_list(path: Path) -> None:
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert re.findall(r"^\d{2,}\. .*", "\n".join(texts), re.MULTILINE) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_the_form_of_all_notebooks(path: Path) -> None:
    cells = read(path).cells
    assert "you will be able to explain" in cells[0].source
    assert [cell for cell in cells if not cell.source.strip()] == []
    assert cells[-1].source.startswith("## What this lab simplifies, compared with AWS")
    assert [cell.source for cell in cells if cell.source.startswith("## Exit ticket")]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert [source for source in code if len(code_lines(source)) > LONGEST_CELL] == []
    assert len([source for source in code if source.startswith("check(")]) >= 3
    number, quizzes = path.stem[:2], re.findall(r'widgets\.Quiz\("(\S+)"', "".join(code))
    assert quizzes == ([] if number == "00" else [f"{number}-opening", f"{number}-exit"])
