"""DB snapshots: real bytes under a key of their region, copied to another one, and restored there."""

import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.postgres import Servers
from labkit.cloud.services.rds.model import RdsTables
from tests.cloud.postgres.needed import needs_postgres
from tests.cloud.services.kms.people import key_policy, key_statement, root
from tests.cloud.services.rds.databases import FIRST, SECOND, login, make, refused, shown
from tests.cloud.services.rds.test_instances import complaint
from tests.conftest import MakeClient

pytestmark = needs_postgres

HERE, THERE, OTHER = "us-east-1", "eu-west-1", "444455556666"
SECRET = "the headmaster's diary"
NAME = {"DBSnapshotIdentifier": "monday"}


@pytest.fixture(scope="module")
def keys(lab: Lab, client: MakeClient) -> dict[str, str]:
    """Return a KMS key of each region."""
    return {region: client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (HERE, THERE)}


@pytest.fixture(scope="module")
def there(lab: Lab, client: MakeClient) -> Any:
    """Return a client of the other region."""
    return client("rds", THERE)


@pytest.fixture(scope="module")
def monday(rds: Any, keys: dict[str, str]) -> dict[str, Any]:
    """Return a snapshot of an encrypted instance, whose password was changed after it."""
    made = make(rds, "diary", StorageEncrypted=True, KmsKeyId=keys[HERE], CopyTagsToSnapshot=True)
    session = login(made["Endpoint"], FIRST)
    session.run(f"CREATE TABLE diary AS SELECT '{SECRET.replace(chr(39), chr(39) * 2)}' AS entry")
    answer = rds.create_db_snapshot(**NAME, DBInstanceIdentifier="diary")["DBSnapshot"]
    assert (answer["Status"], answer["PercentProgress"]) == ("creating", 0)
    session.run("DROP TABLE diary")
    session.close()
    rds.modify_db_instance(DBInstanceIdentifier="diary", MasterUserPassword=SECOND)
    rds.get_waiter("db_snapshot_completed").wait(**NAME, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    found: dict[str, Any] = rds.describe_db_snapshots(**NAME)["DBSnapshots"][0]
    return found


def entry(instance: dict[str, Any]) -> str:
    session = login(instance["Endpoint"], FIRST)
    ((found,),) = session.run("SELECT entry FROM diary")
    session.close()
    return str(found)


def bytes_of(lab: Lab, arn: str) -> bytes:
    _, _, _, region, account, name = arn.split(":", 5)
    tables = lab.cloud.store.tables(RdsTables, account, region)
    snapshot = tables.snapshots.get(name.removeprefix("snapshot:"))
    assert snapshot is not None
    return lab.cloud.part(Servers).first_bytes(snapshot.ResourceId, 1 << 30)


def test_a_snapshot_is_encrypted_under_the_key_of_its_instance(
    rds: Any, lab: Lab, keys: dict[str, str], monday: dict[str, Any]
) -> None:
    assert monday["Encrypted"]
    assert monday["KmsKeyId"] == keys[HERE]
    assert monday["Status"] == "available"
    assert monday["DBSnapshotArn"] == "arn:aws:rds:us-east-1:123456789012:snapshot:monday"
    assert shown(rds, "diary")["DBInstanceStatus"] == "available"
    held = bytes_of(lab, monday["DBSnapshotArn"])
    assert len(held) > 20_000_000
    assert SECRET.encode() not in held


def test_a_restored_instance_has_the_data_and_the_password_of_then(rds: Any, monday: dict[str, Any]) -> None:
    answer = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="again", **NAME)["DBInstance"]
    assert answer["DBInstanceStatus"] == "creating"
    again = shown(rds, "again")
    assert again["DBInstanceStatus"] == "available"
    assert again["KmsKeyId"] == monday["KmsKeyId"]
    assert entry(again) == SECRET
    assert refused(again["Endpoint"], SECOND)
    assert refused(shown(rds, "diary")["Endpoint"], FIRST)
    rds.stop_db_instance(DBInstanceIdentifier="again")
    rds.start_db_instance(DBInstanceIdentifier="again")
    assert entry(shown(rds, "again")) == SECRET
    taken = {"DBInstanceIdentifier": "again", **NAME}
    assert complaint(rds.restore_db_instance_from_db_snapshot, **taken)[0] == "DBInstanceAlreadyExists"
    rds.delete_db_instance(DBInstanceIdentifier="again", SkipFinalSnapshot=True)


def test_a_copy_in_another_region_needs_a_key_of_that_region(
    there: Any, keys: dict[str, str], monday: dict[str, Any]
) -> None:
    copy = {"SourceDBSnapshotIdentifier": monday["DBSnapshotArn"], "TargetDBSnapshotIdentifier": "keyless"}
    assert complaint(there.copy_db_snapshot, **copy, SourceRegion=HERE) == (
        "InvalidParameterValue",
        "Must specify new KMS key for cross region encrypted snapshot copy.",
    )
    assert complaint(there.copy_db_snapshot, **copy, SourceRegion=HERE, KmsKeyId=keys[HERE]) == (
        "KMSKeyNotAccessibleFault",
        f"The target KMS key [{keys[HERE]}] does not exist, is not enabled or you do not have permissions to "
        "access it.",
    )
    restored = {"DBInstanceIdentifier": "abroad", "DBSnapshotIdentifier": monday["DBSnapshotArn"]}
    assert complaint(there.restore_db_instance_from_db_snapshot, **restored)[0] == "DBSnapshotNotFound"


def test_a_copy_needs_the_source_s_key_while_it_is_made_and_never_again(
    there: Any, lab: Lab, client: MakeClient, keys: dict[str, str], monday: dict[str, Any]
) -> None:
    kms = client("kms", HERE)
    copy = {"SourceDBSnapshotIdentifier": monday["DBSnapshotArn"], "KmsKeyId": keys[THERE]}
    there.copy_db_snapshot(**copy, TargetDBSnapshotIdentifier="abroad", SourceRegion=HERE)
    kms.disable_key(KeyId=keys[HERE])
    try:
        again = {**copy, "TargetDBSnapshotIdentifier": "late", "SourceRegion": HERE}
        assert complaint(there.copy_db_snapshot, **again) == (
            "KMSKeyNotAccessibleFault",
            "The source snapshot KMS key does not exist, is not enabled or you do not have permissions to "
            "access it.",
        )
        (found,) = there.describe_db_snapshots(DBSnapshotIdentifier="abroad")["DBSnapshots"]
        assert found["SourceRegion"] == HERE
        assert found["SourceDBSnapshotIdentifier"] == monday["DBSnapshotArn"]
        assert found["KmsKeyId"] == keys[THERE]
        there.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="abroad", DBSnapshotIdentifier="abroad"
        )
        assert entry(shown(there, "abroad")) == SECRET
    finally:
        kms.enable_key(KeyId=keys[HERE])
    source, target = (bytes_of(lab, one["DBSnapshotArn"]) for one in (monday, found))
    assert len(source) == len(target)
    assert source[:32] != target[:32]
    there.delete_db_instance(DBInstanceIdentifier="abroad", SkipFinalSnapshot=True)


def test_a_presigned_url_must_be_that_of_the_copy(
    there: Any, rds: Any, keys: dict[str, str], monday: dict[str, Any]
) -> None:
    other = rds.generate_presigned_url("describe_db_snapshots")
    copy = {"SourceDBSnapshotIdentifier": monday["DBSnapshotArn"], "TargetDBSnapshotIdentifier": "forged"}
    assert complaint(there.copy_db_snapshot, **copy, KmsKeyId=keys[THERE], PreSignedUrl=other) == (
        "InvalidParameterValue",
        "PreSignedurl could not be authenticated",
    )


def test_a_snapshot_of_an_instance_without_encryption_is_plain_and_its_copy_may_be_encrypted(
    rds: Any, lab: Lab, keys: dict[str, str]
) -> None:
    make(rds, "open")
    final = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": "last"}
    rds.delete_db_instance(DBInstanceIdentifier="open", **final)
    (last,) = rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"]
    assert not last["Encrypted"]
    assert b"PG_VERSION" in bytes_of(lab, last["DBSnapshotArn"])
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier="last", TargetDBSnapshotIdentifier="locked", KmsKeyId=keys[HERE]
    )
    (locked,) = rds.describe_db_snapshots(DBSnapshotIdentifier="locked")["DBSnapshots"]
    assert locked["Encrypted"]
    assert b"PG_VERSION" not in bytes_of(lab, locked["DBSnapshotArn"])
    rds.delete_db_snapshot(DBSnapshotIdentifier="locked")


def test_a_snapshot_is_shared_with_an_account_that_its_key_lets_in(
    rds: Any, client: MakeClient, keys: dict[str, str], monday: dict[str, Any]
) -> None:
    theirs = client("rds", HERE, OTHER)
    own = client("kms", HERE, OTHER).create_key()["KeyMetadata"]["Arn"]
    arn = monday["DBSnapshotArn"]
    assert complaint(theirs.describe_db_snapshots, DBSnapshotIdentifier=arn)[0] in (
        "AccessDenied",
        "DBSnapshotNotFound",
    )
    rds.modify_db_snapshot_attribute(**NAME, AttributeName="restore", ValuesToAdd=[OTHER])
    told = rds.describe_db_snapshot_attributes(**NAME)["DBSnapshotAttributesResult"]
    assert told["DBSnapshotAttributes"] == [{"AttributeName": "restore", "AttributeValues": [OTHER]}]
    (seen,) = theirs.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"]
    assert seen["DBSnapshotArn"] == arn
    copy = {"SourceDBSnapshotIdentifier": arn, "TargetDBSnapshotIdentifier": "theirs"}
    assert complaint(theirs.copy_db_snapshot, **copy)[0] == "InvalidParameterValue"
    assert complaint(theirs.copy_db_snapshot, **copy, KmsKeyId=own)[0] == "KMSKeyNotAccessibleFault"
    let_in = key_policy(key_statement(["kms:Decrypt", "kms:DescribeKey"], root(OTHER)))
    client("kms").put_key_policy(KeyId=keys[HERE], Policy=let_in)
    asked = {"DBInstanceIdentifier": "theirs", "DBSnapshotIdentifier": arn}
    assert complaint(theirs.restore_db_instance_from_db_snapshot, **asked)[0] == "InvalidRestoreFault"
    theirs.copy_db_snapshot(**copy, KmsKeyId=own)
    theirs.restore_db_instance_from_db_snapshot(**asked | {"DBSnapshotIdentifier": "theirs"})
    assert entry(shown(theirs, "theirs")) == SECRET
    rds.modify_db_snapshot_attribute(**NAME, AttributeName="restore", ValuesToRemove=[OTHER])
    assert theirs.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AttributeName": "look"}, "InvalidParameterValue"),
        ({"ValuesToAdd": ["somebody"]}, "InvalidParameterValue"),
        ({"ValuesToAdd": ["all"]}, "InvalidDBSnapshotState"),
        ({"DBSnapshotIdentifier": "tuesday"}, "DBSnapshotNotFound"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    rds: Any, monday: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    given = {**NAME, "AttributeName": "restore", "ValuesToAdd": [OTHER], **changes}
    assert complaint(rds.modify_db_snapshot_attribute, **given)[0] == code


def test_a_snapshot_under_the_aws_managed_key_cannot_be_shared(rds: Any, monday: dict[str, Any]) -> None:
    rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier="monday", TargetDBSnapshotIdentifier="managed", KmsKeyId="alias/aws/rds"
    )
    share = {"DBSnapshotIdentifier": "managed", "AttributeName": "restore", "ValuesToAdd": [OTHER]}
    assert complaint(rds.modify_db_snapshot_attribute, **share)[0] == "InvalidDBSnapshotState"


def test_names_are_taken_once_and_deleted_ones_are_gone(rds: Any, lab: Lab, monday: dict[str, Any]) -> None:
    again = {"DBSnapshotIdentifier": "Monday", "DBInstanceIdentifier": "diary"}
    assert complaint(rds.create_db_snapshot, **again) == (
        "DBSnapshotAlreadyExists",
        "Cannot create the snapshot because a snapshot with the identifier monday already exists.",
    )
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="monday", TargetDBSnapshotIdentifier="short")
    files = {path.name for path in (lab.cloud.part(Servers)._home() / "backups").iterdir()}
    assert rds.delete_db_snapshot(DBSnapshotIdentifier="short")["DBSnapshot"]["Status"] == "deleted"
    left = {path.name for path in (lab.cloud.part(Servers)._home() / "backups").iterdir()}
    assert len(files - left) == 1
    assert complaint(rds.describe_db_snapshots, DBSnapshotIdentifier="short") == (
        "DBSnapshotNotFound",
        "DBSnapshot short not found.",
    )


def test_a_snapshot_whose_bytes_were_changed_is_not_restored(
    rds: Any, lab: Lab, monday: dict[str, Any]
) -> None:
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="monday", TargetDBSnapshotIdentifier="changed")
    tables = lab.cloud.store.tables(RdsTables, "123456789012", HERE)
    snapshot = tables.snapshots.get("changed")
    assert snapshot is not None
    path = lab.cloud.part(Servers)._home() / "backups" / snapshot.ResourceId
    with path.open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"changed")
    asked = {"DBInstanceIdentifier": "changed", "DBSnapshotIdentifier": "changed"}
    assert complaint(rds.restore_db_instance_from_db_snapshot, **asked)[0] == "InvalidRestoreFault"
    assert complaint(rds.describe_db_instances, DBInstanceIdentifier="changed")[0] == "DBInstanceNotFound"


def test_an_instance_whose_backup_fails_is_available_again(
    rds: Any, lab: Lab, monday: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError("the disk is full")

    name = monday["DBInstanceIdentifier"]
    monkeypatch.setattr(lab.cloud.part(Servers), "back_up", fail)
    monkeypatch.setattr(logging.getLogger("labkit"), "disabled", True)
    with pytest.raises(ClientError, match="InternalFailure"):
        rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier="full")
    (instance,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert instance["DBInstanceStatus"] == "available"


def test_of_two_snapshots_of_one_name_the_first_is_kept_and_nothing_of_the_other(
    rds: Any, lab: Lab, monday: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = lab.cloud.part(Servers)
    genuine, source = servers.copy_backup, monday["DBSnapshotIdentifier"]
    asked = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "twice"}

    def copy_while_another_does(*given: Any) -> int:
        monkeypatch.setattr(servers, "copy_backup", genuine)
        rds.copy_db_snapshot(**asked)
        return genuine(*given)

    folder = servers._home() / "backups"
    before = len(list(folder.iterdir()))
    monkeypatch.setattr(servers, "copy_backup", copy_while_another_does)
    with pytest.raises(ClientError, match="DBSnapshotAlreadyExists"):
        rds.copy_db_snapshot(**asked)
    assert len(list(folder.iterdir())) == before + 1


def test_a_source_that_is_deleted_while_it_is_copied_is_not_found(
    rds: Any, lab: Lab, monday: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = lab.cloud.part(Servers)
    genuine, source = servers.copy_backup, monday["DBSnapshotIdentifier"]
    asked = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "fleeting"}
    rds.copy_db_snapshot(**asked)

    def copy_too_late(*given: Any) -> int:
        rds.delete_db_snapshot(DBSnapshotIdentifier="fleeting")
        return genuine(*given)

    monkeypatch.setattr(servers, "copy_backup", copy_too_late)
    asked = {"SourceDBSnapshotIdentifier": "fleeting", "TargetDBSnapshotIdentifier": "late"}
    with pytest.raises(ClientError, match="DBSnapshotNotFound"):
        rds.copy_db_snapshot(**asked)
