"""Which ciphertext opens where: tried, cell by cell."""

from typing import Any

import pytest

from labkit import Lab, lens

A, B, C = "us-east-1", "eu-west-1", "ap-southeast-2"


@pytest.fixture
def blobs(lab: Lab, client: Any) -> dict[str, bytes]:
    """A blob of each region, and one of a multi-Region key with a replica."""
    made = {}
    for region in (A, B, C):
        kms = client("kms", region)
        made[region] = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=b"x")
    kms = client("kms", A)
    key_id = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key_id, ReplicaRegion=C)
    made["shared"] = kms.encrypt(KeyId=key_id, Plaintext=b"x")
    return {name: answer["CiphertextBlob"] for name, answer in made.items()}


def test_a_blob_opens_in_its_own_region_and_where_its_key_has_a_replica(
    lab: Lab, blobs: dict[str, bytes]
) -> None:
    table = lens.decrypt_matrix(blobs, (A, B, C))
    denied = "AccessDeniedException"
    assert table.to_numpy().tolist() == [
        ["opens", denied, denied],
        [denied, "opens", denied],
        [denied, denied, "opens"],
        ["opens", denied, "opens"],
    ]
    assert list(table.index) == [A, B, C, "shared"]
    assert table.index.name == "made in"


def test_each_cell_is_a_call_on_record(lab: Lab, blobs: dict[str, bytes]) -> None:
    lens.decrypt_matrix({region: blobs[region] for region in (A, B)})
    tried = lab.audit()
    assert (tried["EventName"] == "Decrypt").sum() == 4
