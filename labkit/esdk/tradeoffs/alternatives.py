"""The neighbours of data key caching: no cache at all, the hierarchical keyring, and S3 bucket keys.

All of them answer the same question: how much may one key protect before KMS is asked again? Sources: AWS
Encryption SDK Developer Guide, "AWS KMS Hierarchical keyrings"; Amazon S3 User Guide, "Reducing the cost of
SSE-KMS with Amazon S3 Bucket Keys".
"""

from typing import TYPE_CHECKING

from labkit.esdk.tradeoffs.model import estimate
from labkit.esdk.tradeoffs.prices import usd_per_call
from labkit.esdk.tradeoffs.workload import Limits, Workload

if TYPE_CHECKING:
    import pandas as pd


def alternatives(workload: Workload, limits: Limits) -> "pd.DataFrame":
    """Four answers to one workload: calls of KMS, price, and what a stolen key of each kind opens.

    Branch keys and bucket keys are taken to be renewed every `max_age` seconds; AWS does not publish how long
    a bucket key lives.
    """
    import pandas as pd

    cached = estimate(workload, limits)
    renewed = estimate(workload, Limits(limits.max_age))
    one_bucket = estimate(Workload(workload.rate, workload.size), Limits(limits.max_age))
    rows = [
        ("no cache", workload.rate, "one data key: 1 message", "each message, with its context"),
        (
            "caching CMM",
            cached.calls_per_second,
            f"one data key: {cached.messages_per_key:,.1f} messages, {cached.largest_messages:,} at most",
            "each data key, with the context its messages share",
        ),
        (
            "hierarchical keyring",
            renewed.calls_per_second,
            "one data key: 1 message; one branch key: all messages of its context",
            "each branch key, every time it is loaded",
        ),
        (
            "S3 bucket key",
            one_bucket.calls_per_second,
            "one data key: 1 object; one bucket key: all objects of its time",
            "each bucket key; the context is the bucket's, not the object's",
        ),
    ]
    return pd.DataFrame(
        [
            (name, calls, 1e6 * usd_per_call() * calls / workload.rate, exposed, seen)
            for name, calls, exposed, seen in rows
        ],
        columns=["", "calls a second", "USD a million messages", "a stolen key opens", "CloudTrail sees"],
    )
