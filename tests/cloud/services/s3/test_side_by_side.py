"""What takes long is sealed outside the lab: others go on meanwhile, and may be quicker."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.services.s3 import contents
from tests.cloud.services.s3.test_buckets import code
from tests.cloud.services.s3.test_objects import LONG


@pytest.fixture
def while_sealing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return `while_sealing(do)`: have `do` done by another thread while the next object is sealed."""
    genuine = contents.write

    def install(do: Callable[[], object]) -> None:
        def write(*given: Any) -> str:
            monkeypatch.setattr(contents, "write", genuine)
            thread = Thread(target=do)
            thread.start()
            thread.join(20)
            assert not thread.is_alive()
            return genuine(*given)

        monkeypatch.setattr(contents, "write", write)

    return install


def blobs_of(lab: Lab) -> list[Path]:
    """The files in which the lab keeps objects."""
    folder = lab.cloud.blobs._folder
    assert folder is not None
    return list(folder.iterdir())


def test_others_are_answered_while_a_long_object_is_sealed(s3: Any, bucket: str, while_sealing: Any) -> None:
    while_sealing(lambda: s3.put_object(Bucket=bucket, Key="short", Body=b"x"))
    s3.put_object(Bucket=bucket, Key="long", Body=LONG)
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["long", "short"]
    assert s3.get_object(Bucket=bucket, Key="long")["Body"].read() == LONG


def test_who_puts_a_long_object_on_a_condition_may_come_too_late(
    lab: Lab, s3: Any, bucket: str, while_sealing: Any
) -> None:
    while_sealing(lambda: s3.put_object(Bucket=bucket, Key="k", Body=b"first"))
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=LONG, IfNoneMatch="*")
    assert code(refused) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"
    assert len(blobs_of(lab)) == 1


def test_a_bucket_may_be_gone_when_a_long_object_is_sealed(
    lab: Lab, s3: Any, bucket: str, while_sealing: Any
) -> None:
    while_sealing(lambda: s3.delete_bucket(Bucket=bucket))
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=LONG)
    assert code(refused) == "NoSuchBucket"
    assert blobs_of(lab) == []


def test_a_long_object_is_copied_while_others_are_answered(s3: Any, bucket: str, while_sealing: Any) -> None:
    s3.put_object(Bucket=bucket, Key="long", Body=LONG)
    while_sealing(lambda: s3.put_object(Bucket=bucket, Key="short", Body=b"x"))
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/long")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == LONG
    assert s3.get_object(Bucket=bucket, Key="short")["Body"].read() == b"x"


def test_the_source_of_a_copy_may_be_deleted_before_it_is_read(
    lab: Lab, s3: Any, bucket: str, while_sealing: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="long", Body=LONG)
    while_sealing(lambda: s3.delete_object(Bucket=bucket, Key="long"))
    with pytest.raises(ClientError) as refused:
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/long")
    assert code(refused) == "NoSuchKey"
    assert blobs_of(lab) == []


def test_an_upload_may_be_over_when_a_part_of_it_is_sealed(
    lab: Lab, s3: Any, bucket: str, while_sealing: Any
) -> None:
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    while_sealing(lambda: s3.abort_multipart_upload(**upload))
    with pytest.raises(ClientError) as refused:
        s3.upload_part(**upload, PartNumber=1, Body=LONG)
    assert code(refused) == "NoSuchUpload"
    assert blobs_of(lab) == []


def test_the_part_that_is_sealed_last_counts(lab: Lab, s3: Any, bucket: str, while_sealing: Any) -> None:
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    while_sealing(lambda: s3.upload_part(**upload, PartNumber=1, Body=b"quicker"))
    etag = s3.upload_part(**upload, PartNumber=1, Body=LONG)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == LONG
    assert len(blobs_of(lab)) == 1
