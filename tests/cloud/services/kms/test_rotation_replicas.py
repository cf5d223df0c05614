"""Multi-Region keys rotate together, by the schedule of their primary."""

from typing import Any

from labkit import Lab
from tests.cloud.services.kms.helpers import refusal
from tests.cloud.services.kms.test_rotation import current, rotations


def test_replicas_rotate_with_their_primary(lab: Lab, kms: Any, client: Any) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    replica = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    there = client("kms", "eu-west-1")
    kms.enable_key_rotation(KeyId=primary, RotationPeriodInDays=90)
    status = there.get_key_rotation_status(KeyId=replica)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert status["NextRotationDate"] == kms.get_key_rotation_status(KeyId=primary)["NextRotationDate"]
    lab.clock.advance(days=91)
    kms.rotate_key_on_demand(KeyId=primary)
    told = [(one["KeyMaterialId"], one["RotationType"]) for one in rotations(kms, primary)]
    assert [kind for _, kind in told] == ["AUTOMATIC", "ON_DEMAND"]
    assert [(one["KeyMaterialId"], one["RotationType"]) for one in rotations(there, replica)] == told
    assert current(there, replica) == current(kms, primary) == told[1][0]
    blob = kms.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_replica_does_not_rotate_on_its_own(lab: Lab, kms: Any, client: Any) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    replica = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    there = client("kms", "eu-west-1")
    for operation in (there.enable_key_rotation, there.disable_key_rotation, there.rotate_key_on_demand):
        assert refusal(operation, KeyId=replica) == (
            "UnsupportedOperationException",
            f"{replica} is not a multi-region primary key.",
            400,
        )


def test_rotation_goes_on_from_the_new_primary(lab: Lab, kms: Any, client: Any) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    replica = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    there = client("kms", "eu-west-1")
    kms.enable_key_rotation(KeyId=primary, RotationPeriodInDays=90)
    first = current(kms, primary)
    kms.update_primary_region(KeyId=primary, PrimaryRegion="eu-west-1")
    lab.clock.advance(days=91)
    assert current(there, replica) != first
    assert current(kms, primary) == current(there, replica)
    assert kms.get_key_rotation_status(KeyId=primary)["KeyRotationEnabled"] is True
