"""An SQS client, a queue, and a user whose policies a test may choose."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.people import client_of_user
from tests.conftest import MakeClient


@pytest.fixture
def sqs(lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    """Return the URL of a standard queue."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


@pytest.fixture
def as_user(lab: Lab, client: MakeClient) -> Callable[..., Any]:
    """Return `as_user(*statements, account=...)`: a client of a new user with just these statements."""
    return partial(client_of_user, client, "sqs")
