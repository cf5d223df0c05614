"""How grants are listed and found: by key, by id, by grantee, by who may retire them."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import new_key, refusal
from tests.cloud.services.kms.people import (
    Person,
    denied,
    give,
    grant,
    may,
    root,
    statement,
    user,
)
from tests.conftest import MakeClient

OTHER = "111122223333"
NO_POLICY = "because no identity-based policy allows the kms:{} action"
CONTEXT = {"Department": "IT"}


@pytest.fixture
def key(lab: Lab, kms: Any) -> str:
    """Return the ARN of a new symmetric key."""
    return new_key(kms)


def test_grants_are_listed_in_pages(key: str, kms: Any, alice: Person, bob: Person) -> None:
    made = sorted(grant(kms, key, alice)["GrantId"] for _ in range(7))
    grant(kms, new_key(kms), alice)
    found: list[list[str]] = []
    marker: dict[str, str] = {}
    while True:
        page = kms.list_grants(KeyId=key, Limit=3, **marker)
        found.append([one["GrantId"] for one in page["Grants"]])
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert [len(page) for page in found] == [3, 3, 1]
    assert [grant_id for page in found for grant_id in page] == made
    assert refusal(kms.list_grants, KeyId=key, Marker="?").code == "InvalidMarkerException"


def test_grants_are_found_by_id_and_by_grantee(key: str, kms: Any, alice: Person, bob: Person) -> None:
    first, second = (grant(kms, key, one)["GrantId"] for one in (alice, bob))

    def found(**asked: Any) -> list[str]:
        return [one["GrantId"] for one in kms.list_grants(KeyId=key, **asked)["Grants"]]

    assert found(GrantId=first) == [first]
    assert found(GranteePrincipal=bob.arn) == [second]
    assert found(GrantId=first, GranteePrincipal=bob.arn) == []
    assert found(GrantId="0" * 64) == []
    assert found(GranteePrincipal=root()) == []
    more = [grant(kms, key, bob)["GrantId"] for _ in range(2)]
    page = kms.list_grants(KeyId=key, GranteePrincipal=bob.arn, Limit=2)
    rest = kms.list_grants(KeyId=key, GranteePrincipal=bob.arn, Limit=2, Marker=page["NextMarker"])
    ids = {one["GrantId"] for one in page["Grants"] + rest["Grants"]}
    assert ids == {second, *more}


def test_retirable_grants_are_those_of_all_accounts(
    key: str, kms: Any, client: MakeClient, alice: Person, bob: Person
) -> None:
    elsewhere = client("kms", account=OTHER)
    foreign = new_key(elsewhere)
    grant(kms, key, alice, RetiringPrincipal=bob.arn)
    grant(elsewhere, foreign, alice, RetiringPrincipal=bob.arn)
    grant(kms, key, alice, RetiringPrincipal=alice.arn)
    told = kms.list_retirable_grants(RetiringPrincipal=bob.arn)
    assert {one["KeyId"] for one in told["Grants"]} == {key, foreign}
    page = kms.list_retirable_grants(RetiringPrincipal=bob.arn, Limit=1)
    assert page["Truncated"]
    rest = kms.list_retirable_grants(RetiringPrincipal=bob.arn, Limit=1, Marker=page["NextMarker"])
    assert not rest["Truncated"]
    assert {one["KeyId"] for one in page["Grants"] + rest["Grants"]} == {key, foreign}


def test_retirable_grants_are_told_of_ones_own_principals(
    kms: Any, client: MakeClient, alice: Person
) -> None:
    name = root(OTHER)
    refused = ("InvalidArnException", f"ARN does not refer to a valid principal: {name}", 400)
    assert refusal(kms.list_retirable_grants, RetiringPrincipal=name) == refused
    assert refusal(kms.list_retirable_grants).code == "ValidationException"
    assert refusal(alice.kms.list_retirable_grants, RetiringPrincipal=alice.arn) == denied(
        alice.arn, "ListRetirableGrants", alice.arn, NO_POLICY.format("ListRetirableGrants")
    )
    give(client, "alice", statement("kms:ListRetirableGrants", alice.arn))
    assert may(alice.kms.list_retirable_grants, RetiringPrincipal=alice.arn)


def test_filters_by_service_are_for_services(key: str, kms: Any) -> None:
    name = "s3.amazonaws.com"
    assert refusal(kms.list_grants, KeyId=key, GranteeServicePrincipal=name).code == "ValidationException"
    assert refusal(kms.list_retirable_grants, RetiringServicePrincipal=name).code == "ValidationException"


def test_whom_policies_allow_is_not_held_to_a_grant(key: str, kms: Any, client: MakeClient) -> None:
    carol = user(client, "carol", statement("kms:Encrypt", key))
    grant(kms, key, carol, Constraints={"EncryptionContextEquals": CONTEXT})
    assert may(carol.kms.encrypt, KeyId=key, Plaintext=b"x")
