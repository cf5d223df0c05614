"""Access keys and session tokens: found at once, told once, kept as ciphertext."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit import Lab
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import (
    DELETED,
    Issued,
    find_credential,
    forget_access_key,
    issue_access_key,
    issue_session,
    keys_of,
    secret_of,
    token_matches,
)
from labkit.cloud.policy.principal import USER

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def cloud(lab: Lab) -> Cloud:
    return lab.cloud


def access_key(cloud: Cloud) -> Issued:
    with cloud.store.transaction:
        return issue_access_key(
            cloud,
            account="111122223333",
            partition="aws",
            kind=USER,
            owner_id="AIDA1",
            owner_name="bob",
            now=NOW,
        )


def session(cloud: Cloud, **more: Any) -> Issued:
    with cloud.store.transaction:
        return issue_session(
            cloud,
            account="111122223333",
            partition="aws",
            kind=USER,
            owner_id="AIDA1",
            owner_name="bob",
            now=NOW,
            expiration=NOW + timedelta(hours=1),
            name="",
            **more,
        )


def test_an_access_key_looks_like_amazons_and_is_found_by_its_id(cloud: Cloud) -> None:
    made = access_key(cloud)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made.credential.AccessKeyId)
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", made.secret)
    assert find_credential(cloud, made.credential.AccessKeyId) == made.credential
    assert find_credential(cloud, "AKIAIOSFODNN7EXAMPLE") is None


def test_the_secret_can_be_had_back_to_check_a_signature(cloud: Cloud) -> None:
    made = access_key(cloud)
    assert secret_of(cloud, made.credential) == made.secret
    assert secret_of(cloud, made.credential) == made.secret


def test_what_is_kept_and_what_is_printed_holds_no_secret(cloud: Cloud) -> None:
    made = session(cloud)
    kept = made.credential
    assert kept.Session is not None
    assert made.secret.encode() not in kept.Secret
    assert made.token.encode() not in kept.Session.Token
    printed = repr(made) + repr(kept) + repr(cloud.hsm_memory)
    assert made.secret not in printed
    assert made.token not in printed
    assert str(kept.Secret) not in printed
    assert str(kept.Session.Token) not in printed


def test_a_session_goes_with_its_token_and_a_long_lived_key_with_none(cloud: Cloud) -> None:
    made, other, lasting = session(cloud), session(cloud), access_key(cloud)
    assert made.credential.AccessKeyId.startswith("ASIA")
    assert token_matches(cloud, made.credential, made.token)
    assert not token_matches(cloud, made.credential, other.token)
    assert not token_matches(cloud, made.credential, "")
    assert not token_matches(cloud, made.credential, "\u20ac")
    assert token_matches(cloud, lasting.credential, "")
    assert not token_matches(cloud, lasting.credential, made.token)


def test_a_token_is_as_long_as_is_asked_for(cloud: Cloud) -> None:
    assert len(session(cloud, token_size=4096).token) >= 4096
    assert len(session(cloud).token) < 400


def test_a_deleted_key_is_known_as_such_and_its_secret_is_gone(cloud: Cloud) -> None:
    made = access_key(cloud)
    with cloud.store.transaction:
        forget_access_key(cloud, made.credential)
    left = find_credential(cloud, made.credential.AccessKeyId)
    assert left is not None
    assert left.Status == DELETED
    assert secret_of(cloud, left) != made.secret
    assert keys_of(cloud, "AIDA1") == []


def test_only_long_lived_keys_are_listed_as_a_users(cloud: Cloud) -> None:
    made = access_key(cloud)
    session(cloud)
    assert keys_of(cloud, "AIDA1") == [made.credential]


def test_credentials_outlive_the_process_as_ciphertext(tmp_path: Path) -> None:
    path = tmp_path / "class.lab"
    with Lab(path) as lab:
        made = access_key(lab.cloud)
    assert made.secret.encode() not in path.read_bytes()
    with Lab(path) as lab:
        found = find_credential(lab.cloud, made.credential.AccessKeyId)
        assert found == made.credential
        assert secret_of(lab.cloud, found) == made.secret


def test_identities_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "class.lab"
    with Lab(path):
        iam = boto3.client("iam")
        made = iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])["User"]
        iam.create_group(GroupName="staff")
        iam.add_user_to_group(GroupName="staff", UserName="bob")
    with Lab(path):
        iam = boto3.client("iam")
        assert iam.get_user(UserName="bob")["User"] == made
        assert [one["UserName"] for one in iam.get_group(GroupName="staff")["Users"]] == ["bob"]
