"""`Lab("class.lab")`: what was acknowledged is there again, secrets are ciphertext, one process at a time."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from labkit import Lab
from labkit.cloud.core.cloud import ClockSetting
from labkit.cloud.services.kms.model import KmsTables
from labkit.cloud.state.hsm_memory import HsmMemory, HsmMemoryLostError, LabInUseError
from labkit.cloud.state.journal import Journal, NotALabError
from labkit.cloud.state.tables import Change, Scope

WORKER = """
import sys, boto3
from labkit import Lab
lab = Lab(sys.argv[1]).start()
kms = boto3.client("kms", region_name="eu-west-1")
while True:
    print(kms.create_key()["KeyMetadata"]["KeyId"], flush=True)
"""


def test_everything_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file) as lab:
        kms = boto3.client("kms")
        key_id = kms.create_key(Tags=[{"TagKey": "course", "TagValue": "keys"}])["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/class", TargetKeyId=key_id)
        kms.enable_key_rotation(KeyId=key_id)
        blob = kms.encrypt(KeyId=key_id, Plaintext=b"hello", EncryptionContext={"a": "b"})["CiphertextBlob"]
        before = kms.describe_key(KeyId="alias/class")["KeyMetadata"]
        lab.clock.advance(days=30)
        then = lab.clock.now()
    with Lab(file) as lab:
        kms = boto3.client("kms")
        assert kms.describe_key(KeyId="alias/class")["KeyMetadata"] == before
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"hello"
        assert kms.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "course", "TagValue": "keys"}]
        assert lab.clock.now() >= then
        assert [entry.Method for entry in lab.clock.agenda()] == ["rotate_key"]
        names = [event["EventName"] for event in boto3.client("cloudtrail").lookup_events()["Events"]]
        assert {"CreateKey", "CreateAlias", "Encrypt", "Decrypt"} <= set(names)
        lab.clock.advance(days=366)
        assert len(kms.list_key_rotations(KeyId=key_id)["Rotations"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    worker = subprocess.Popen([sys.executable, "-c", WORKER, file], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    acknowledged = [worker.stdout.readline().strip() for _ in range(50)]
    os.kill(worker.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in worker.stdout if line.endswith("\n")]
    worker.stdout.close()
    worker.wait()
    with Lab(file):
        kms = boto3.client("kms", region_name="eu-west-1")
        pages = kms.get_paginator("list_keys").paginate()
        found = {key["KeyId"] for page in pages for key in page["Keys"]}
        assert len(acknowledged) >= 50
        assert set(acknowledged) <= found
        for key_id in acknowledged[:5]:
            assert kms.encrypt(KeyId=key_id, Plaintext=b"still works")["CiphertextBlob"]


def test_a_second_process_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file):
        boto3.client("kms").create_key()
        with pytest.raises(
            LabInUseError, match=r"class\.lab is open in another process; close that lab first"
        ):
            Lab(file)
    with Lab(file):
        assert len(boto3.client("kms").list_keys()["Keys"]) == 1


def test_any_sqlite_tool_reads_the_file_while_the_lab_runs_and_finds_no_key(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file) as lab:
        kms = boto3.client("kms")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")["Plaintext"]
        kms.encrypt(KeyId=key_id, Plaintext=b"a secret that nobody may read")
        reader = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
        kinds = {kind for (kind,) in reader.execute("SELECT kind FROM records")}
        logged = [json.loads(line) for (line,) in reader.execute("SELECT line FROM lines ORDER BY number")]
        reader.close()
        root = lab.cloud.hsm_memory.root
    assert {"keys", "materials"} <= kinds
    assert [event["Action"]["EventName"] for event in logged] == ["CreateKey", "GenerateDataKey", "Encrypt"]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if not path.name.endswith(".hsm"))
    for secret in (data_key, b"a secret that nobody may read", root):
        assert secret not in stored
        assert secret.hex().encode() not in stored


def test_without_the_hsm_file_a_lab_does_not_open_and_nothing_is_touched(tmp_path: Path) -> None:
    file, hsm = tmp_path / "class.lab", tmp_path / "class.lab.hsm"
    with Lab(file):
        key_id = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    hsm.rename(tmp_path / "elsewhere")
    with pytest.raises(HsmMemoryLostError, match="the secret that opens every key"):
        Lab(file)
    assert not hsm.exists()
    (tmp_path / "elsewhere").rename(hsm)
    with Lab(file):
        assert boto3.client("kms").encrypt(KeyId=key_id, Plaintext=b"x")["KeyId"].endswith(key_id)


def test_a_file_that_is_no_lab_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "homework.txt"
    file.write_text("Envelope encryption is not encrypting twice.")
    with pytest.raises(NotALabError, match="is not a lab's file"):
        Lab(file)
    assert [path.name for path in tmp_path.iterdir()] == ["homework.txt"]


def test_the_hsm_file_is_its_owners_alone(tmp_path: Path) -> None:
    memory = HsmMemory.open(tmp_path / "x.hsm", b"r" * 32)
    memory.close()
    if os.name == "posix":
        assert (tmp_path / "x.hsm").stat().st_mode & 0o077 == 0
    again = HsmMemory.open(tmp_path / "x.hsm", b"s" * 32)
    assert again.root == b"r" * 32
    assert "r" * 32 not in repr(again)
    again.close()


def test_the_accounts_and_regions_of_a_service_are_found_again(tmp_path: Path) -> None:
    file = tmp_path / "class.lab"
    with Lab(file) as lab:
        for account, region in (("111122223333", "us-east-1"), ("111122223333", "eu-west-1")):
            boto3.client("kms", region, **lab.credentials(account)).create_key()
        boto3.client("sqs", region_name="eu-central-1").create_queue(QueueName="no-key")
    with Lab(file) as lab:
        found = [tuple(scope) for scope in lab.cloud.store.scopes(KmsTables)]
        assert found == [("111122223333", "eu-west-1"), ("111122223333", "us-east-1")]


def test_finding_them_does_not_read_every_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "class.lab")
    for account in ("111122223333", "444455556666"):
        scope = Scope(account, "us-east-1")
        records = (ClockSetting(f"{number:05d}", 0) for number in range(5000))
        journal.commit(Change(scope, "busy", "records", one.Name, None, one) for one in records)
    steps: list[None] = []
    journal._database.set_progress_handler(lambda: steps.append(None), 100)
    assert journal.scopes("busy") == [Scope("111122223333", "us-east-1"), Scope("444455556666", "us-east-1")]
    assert journal.scopes("idle") == []
    journal.close()
    assert len(steps) < 10
