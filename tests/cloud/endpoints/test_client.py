"""The environment handed to AWS clients: it leads to the lab, whatever was set before."""

import os
from unittest.mock import patch

import botocore.session
import pytest

from labkit.cloud.endpoints.client import client_environment, client_settings

LAB = "http://127.0.0.1:5599"


def changed(surroundings: dict[str, str]) -> dict[str, str]:
    """An environment after the changes."""
    after = {**surroundings, **client_environment(LAB, surroundings)}
    return {name: value for name, value in after.items() if value is not None}


def endpoint_and_key(environment: dict[str, str]) -> tuple[str, str, str]:
    """What botocore makes of an environment: where KMS is, with which access key, in which region."""
    with patch.dict(os.environ, environment | {"AWS_CONFIG_FILE": os.devnull}, clear=True):
        session = botocore.session.Session()
        client = session.create_client("kms")
        credentials = session.get_credentials()
        assert credentials is not None
        return client.meta.endpoint_url, credentials.access_key, client.meta.region_name


def test_the_settings_alone_lead_to_the_lab() -> None:
    assert endpoint_and_key(client_settings(LAB)) == (LAB, "AKIALABKITEXAMPLE000", "us-east-1")


@pytest.mark.parametrize(
    "surroundings",
    [
        {},
        {"AWS_ENDPOINT_URL_KMS": "https://kms.eu-west-1.amazonaws.com"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_ENDPOINT_URL": "https://vpce.example"},
    ],
)
def test_nothing_leads_past_the_lab(surroundings: dict[str, str]) -> None:
    assert endpoint_and_key(changed(surroundings))[0] == LAB


def test_credentials_and_region_that_are_set_stay() -> None:
    own = {"AWS_ACCESS_KEY_ID": "AKIAALICE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-west-1"}
    assert endpoint_and_key(changed(own)) == (LAB, "AKIAALICE", "eu-west-1")


def test_half_of_somebodys_credentials_is_not_mixed_with_the_labs() -> None:
    names = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")
    after = changed(dict.fromkeys(names, "theirs"))
    assert after.items() >= client_settings(LAB).items()
    assert "theirs" not in after.values()


def test_the_region_other_sdks_read_is_taken_over() -> None:
    assert endpoint_and_key(changed({"AWS_REGION": "eu-west-3"}))[2] == "eu-west-3"


@pytest.mark.parametrize("before", [{}, {"NO_PROXY": "intranet"}, {"no_proxy": "intranet"}])
def test_a_proxy_is_not_asked_for_the_lab(before: dict[str, str]) -> None:
    after = changed(before | {"HTTP_PROXY": "http://proxy.example:3128"})
    assert after["no_proxy"].split(",")[-2:] == ["127.0.0.1", "localhost"]
    assert ("intranet" in after["no_proxy"]) == bool(before)


def test_everything_else_stays_as_it_was() -> None:
    own = {"PATH": "/bin", "AWS_DEFAULT_OUTPUT": "text"}
    assert changed(own).items() >= own.items()
