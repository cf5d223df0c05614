"""Reading the event history in tests."""

import json
from typing import Any

from tests.conftest import MakeClient


def events(
    client: MakeClient, region: str = "us-east-1", account: str = "123456789012", **asked: Any
) -> list[Any]:
    """Every event of the history that matches, newest first, as LookupEvents answers it."""
    pages = client("cloudtrail", region, account).get_paginator("lookup_events").paginate(**asked)
    return [event for page in pages for event in page["Events"]]


def by(**attributes: str) -> dict[str, Any]:
    """The LookupAttributes for these names and values."""
    return {
        "LookupAttributes": [
            {"AttributeKey": key, "AttributeValue": value} for key, value in attributes.items()
        ]
    }


def record(client: MakeClient, name: str, **where: str) -> dict[str, Any]:
    """The newest event of this name, as CloudTrail would deliver it."""
    newest = events(client, **where, **by(EventName=name))[0]
    delivered: dict[str, Any] = json.loads(newest["CloudTrailEvent"])
    return delivered
