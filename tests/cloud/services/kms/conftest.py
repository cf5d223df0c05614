"""Two people of the account 123456789012 who may do nothing yet."""

import pytest

from labkit import Lab
from tests.cloud.services.kms.people import Person, user
from tests.conftest import MakeClient


@pytest.fixture
def alice(lab: Lab, client: MakeClient) -> Person:
    """Return a user without any policy."""
    return user(client, "alice")


@pytest.fixture
def bob(lab: Lab, client: MakeClient) -> Person:
    """Return another user without any policy."""
    return user(client, "bob")
