"""What the student sees: JupyterLab, opened by `labkit lab`, in a real browser, and worked in.

The pictures that these tests take lie in pytest's folder (`--basetemp`).
"""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.cli.browser import find_chromium
from labkit.editions import edition
from labkit.editions.edition import METADATA

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no Chromium or Chrome is installed here")

SOURCES = Path(__file__).parents[2] / "notebooks" / "source"
SECONDS = 1000  # Playwright counts in milliseconds

# The code of a widget; a control of it, by role and name, and the key pressed on it; what is told then.
QUESTION = "[widgets.Question('Is base64 a cipher?', ['yes', 'no'], 1, 'It has no key.', 'M1')]"
DATABASE = """\
from labkit.cloud.postgres import Servers, verifier
port = lab.cloud.part(Servers).create("shop", "app", verifier("first"), "shop")
told = {"username": "app", "password": "first", "host": "127.0.0.1", "port": port}
sm = boto3.client("secretsmanager")
sm.create_secret(Name="shop", SecretString=json.dumps(told))
widgets.StagingLabels(lab, "shop")"""
ROTATING = """\
import zipfile
with zipfile.ZipFile("rotate.zip", "w") as package:
    package.write("data/rotation/postgres_single_user.py", "rotate.py")
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
trust = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
iam, functions = boto3.client("iam"), boto3.client("lambda")
role = iam.create_role(RoleName="rotation", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.attach_role_policy(RoleName="rotation", PolicyArn="arn:aws:iam::aws:policy/SecretsManagerReadWrite")
made = functions.create_function(
    FunctionName="rotate", Role=role, Runtime="python3.13", Handler="rotate.lambda_handler", Timeout=30,
    Code={"ZipFile": open("rotate.zip", "rb").read()})
functions.add_permission(FunctionName="rotate", StatementId="sm", Action="lambda:InvokeFunction",
    Principal="secretsmanager.amazonaws.com")
sm.create_secret(Name="another", SecretString=json.dumps(told))
sm.rotate_secret(SecretId="another", RotationLambdaARN=made["FunctionArn"], RotateImmediately=False)
widgets.Availability(lab, {"single user": "another"})"""
# In a region of its own: the only key there to be switched off is not the one that the other widgets use.
SNAPSHOT = """\
import base64, hashlib
B = "eu-west-1"
there = boto3.client("kms", B).create_key()["KeyMetadata"]["Arn"]
ebs, block = boto3.client("ebs", B), bytes(524288)
made = ebs.start_snapshot(VolumeSize=1, Encrypted=True, KmsKeyArn=there)["SnapshotId"]
_ = ebs.put_snapshot_block(
    SnapshotId=made, BlockIndex=0, BlockData=block, DataLength=len(block), ChecksumAlgorithm="SHA256",
    Checksum=base64.b64encode(hashlib.sha256(block).digest()).decode())
_ = ebs.complete_snapshot(SnapshotId=made, ChangedBlocksCount=1)
lab.clock.advance(minutes=1)
widgets.RegionMap(lab, B)"""
GALLERY: list[tuple[str, tuple[str, str, str], str]] = [
    ("widgets.AuditTimeline(lab)", ("button", "Look again", "Enter"), "CreateKey"),
    (
        "widgets.Base64Pipeline('sesame', lab, KEY)",
        ("button", "fileb://, still base64", "Enter"),
        "InvalidCiphertext",
    ),
    (
        "widgets.ByteInspector(kms.encrypt(KeyId=KEY, Plaintext=b'hello')['CiphertextBlob'], lab)",
        ("gridcell", "", "Enter"),
        "InvalidCiphertextException",
    ),
    (
        "widgets.ByteInspector(lab.gateway.calls[-1].request, lab)",
        ("gridcell", "", "Enter"),
        "InvalidSignatureException",
    ),
    (
        "pair = kms.create_key(KeySpec='ECC_NIST_P256', KeyUsage='SIGN_VERIFY')['KeyMetadata']['KeyId']\n"
        "widgets.ByteInspector(kms.get_public_key(KeyId=pair)['PublicKey'])",
        ("gridcell", "", "Enter"),
        "The parser refuses it",
    ),
    (
        "from labkit import esdk\nARN = kms.describe_key(KeyId=KEY)['KeyMetadata']['Arn']\n"
        "widgets.ByteInspector(esdk.encrypt(b'hello', esdk.KmsKeyring(ARN), {'to': 'bank'}), lab)",
        ("gridcell", "", "Enter"),
        "MalformedMessage: version, byte 0",
    ),
    ("widgets.CacheExplorer(lab)", ("button", "Just run it", "Enter"), "One stolen data key opens"),
    ("widgets.EnvelopeStepper(lab, KEY, bytes(10_000))", ("button", "Next step", "Enter"), "GenerateDataKey"),
    (
        "logs = boto3.client('logs')\nlogs.create_log_group(logGroupName='web')\n"
        "widgets.IngestTimeline(lab, 'web', [kms.describe_key(KeyId=KEY)['KeyMetadata']['Arn']])",
        ("button", "Write an event", "Enter"),
        "Done: event 1 has arrived",
    ),
    ("widgets.Inventory('pre-test')", ("combobox", "We say", "ArrowDown"), "know"),
    ("widgets.KeySorter()", ("checkbox", "KMS", "Space"), "KMS"),
    ("widgets.NonceReuse()", ("checkbox", "the same nonce", "Space"), "nonce"),
    (
        "ssm = boto3.client('ssm')\n"
        "for name in ('/shop', '/shop/db/host', '/shop/db/password', '/shop/motd'):\n"
        "    ssm.put_parameter(Name=name, Value='x', Type='String')\n"
        "widgets.ParameterTree(lab, '/shop')",
        ("button", "Just ask", "Enter"),
        "1 name came",
    ),
    (
        "widgets.ParameterTimeline(lab, '/shop/motd')",
        ("button", "Write one that ends", "Enter"),
        "Done: a new version",
    ),
    ("widgets.PictureToggle('data/picture.png')", ("button", "ECB", "Enter"), "ECB"),
    ("widgets.PolicyDesk(lab)", ("button", "What if?", "Enter"), "allow"),
    (
        "widgets.Predict('p', '2 + 2 is', ['4', '5'], lambda: '4')",
        ("button", "Just run it", "Enter"),
        "Observed: 4",
    ),
    (f"widgets.Quiz('01-q', {QUESTION})", ("radio", "yes", "ArrowDown"), "It has no key."),
    ("widgets.ProgressPage()", ("button", "Look again", "Enter"), "01"),
    (
        SNAPSHOT,
        ("button", "Just switch", "Enter"),
        "0 of 1 snapshots open",
    ),
    (
        "s3, iam, doors = boto3.client('s3'), boto3.client('iam'), lab.serve()\n"
        "_ = s3.create_bucket(Bucket='a-bucket'), s3.put_object(Bucket='a-bucket', Key='k', Body=b'hello')\n"
        "_ = iam.create_user(UserName='ann')\n"
        "ANN = iam.create_access_key(UserName='ann')['AccessKey']\n"
        "widgets.RequestMatrix(lab, 'a-bucket', 'k', ANN)",
        ("button", "Send four requests", "Enter"),
        "because no identity-based policy allows",
    ),
    ("widgets.RotationTimeline(lab, KEY)", ("button", "Encrypt one", "Enter"), "Message 1 is encrypted"),
    (
        DATABASE,
        ("button", "Next step", "Enter"),
        "AWSPENDING",
    ),
    (
        ROTATING,
        ("button", "Rotate and log in", "Enter"),
        "single user: ",
    ),
    ("widgets.KeyStateMachine(lab, KEY)", ("button", "DisableKey", "Enter"), "Disabled"),
    ("widgets.World(lab)", ("button", "Look again", "Enter"), "key"),
]


def picture_of(jupyter: Any, source: str, shows: str, path: Path) -> None:
    """Go to the cell whose code ends with `source`; its output must show a text. Take a picture of it."""
    output = jupyter.show(source).locator(".jp-OutputArea-output").filter(has_text=shows).first
    playwright.expect(output).to_be_visible(timeout=60 * SECONDS)
    jupyter.page.screenshot(path=path)


def take_pictures(jupyter: Any, folder: Path, theme: str) -> None:
    """Take a picture of each widget of the gallery."""
    for place, (source, *_) in enumerate(GALLERY):
        name = source.partition("widgets.")[2].partition("(")[0]
        jupyter.show(source).screenshot(path=folder / f"{place:02}-{name}-{theme}.png")


def test_a_student_opens_the_lab_and_works_in_it(jupyter: Any, workspace: Path, tmp_path: Path) -> None:
    state = jupyter.run_all("00_orientation.ipynb")
    assert [error["ename"] for error in state["errors"]] == ["Unsolved"]
    assert state["stderr"] == []
    picture_of(jupyter, "lab.trace", "kms:Encrypt", tmp_path / "orientation.png")
    picture_of(jupyter, 'check("00-key-state", globals())', "not yet", tmp_path / "not_yet.png")

    solved = edition(SOURCES / "04_encrypt_decrypt.py", "solved")
    (workspace / "04_solved.ipynb").write_text(solved, encoding="utf-8")
    state = jupyter.run_all("04_solved.ipynb")
    assert (state["errors"], state["stderr"]) == ([], [])
    picture_of(jupyter, "lens.dissect(blob)", "KMS ciphertext blob", tmp_path / "dissected.png")
    picture_of(jupyter, "lab.trace", "AES-256-GCM", tmp_path / "trace.png")


def test_each_widget_draws_itself_and_answers_a_key(jupyter: Any, workspace: Path, tmp_path: Path) -> None:
    complaints: list[str] = []
    jupyter.page.on("pageerror", lambda error: complaints.append(str(error)))
    begin = "import json\nimport boto3\nfrom labkit import Lab, widgets\nlab = Lab().start()"
    sources = [
        begin,
        "kms = boto3.client('kms')\nKEY = kms.create_key()['KeyMetadata']['KeyId']",
        *(source for source, *_ in GALLERY),
    ]
    new = nbformat.v4
    cells = [new.new_code_cell(source) for source in sources]  # type: ignore[no-untyped-call]
    notebook = new.new_notebook(cells=cells, metadata=METADATA)  # type: ignore[no-untyped-call]
    nbformat.write(notebook, workspace / "gallery.ipynb")  # type: ignore[no-untyped-call]

    state = jupyter.run_all("gallery.ipynb")
    assert (state["errors"], state["stderr"]) == ([], [])
    for source, (role, name, key), told in GALLERY:
        cell = jupyter.show(source)
        cell.get_by_role(role, name=name).first.press(key)
        playwright.expect(cell.locator(".jp-OutputArea")).to_contain_text(told, timeout=20 * SECONDS)
    take_pictures(jupyter, tmp_path, "light")
    jupyter.command("apputils:change-theme", theme="JupyterLab Dark")
    jupyter.page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    jupyter.page.wait_for_selector("#jupyterlab-splash", state="detached")
    take_pictures(jupyter, tmp_path, "dark")
    assert complaints == []
