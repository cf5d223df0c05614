"""What KMS costs and how much it takes, from `data/`, where each figure stands with its source and date."""

import csv
from functools import cache
from typing import TYPE_CHECKING

from labkit.shipped import data

if TYPE_CHECKING:
    import pandas as pd

REQUESTS = "requests to symmetric and RSA_2048 keys"
OPERATIONS = "symmetric cryptographic operations"


def prices() -> "pd.DataFrame":
    """The table of prices."""
    import pandas as pd

    return pd.read_csv(data("kms_prices.csv"))


def quotas() -> "pd.DataFrame":
    """The table of request quotas."""
    import pandas as pd

    return pd.read_csv(data("kms_quotas.csv"))


@cache
def usd_per_call() -> float:
    """What one call with a symmetric key costs, beyond the free ones."""
    row = _row("kms_prices.csv", REQUESTS)
    return float(row["amount"]) / int(row["unit"].split()[2])


@cache
def calls_per_second() -> int:
    """How many calls with symmetric keys KMS takes a second, in an account and region."""
    return int(_row("kms_quotas.csv", OPERATIONS)["amount"])


def _row(file: str, item: str) -> dict[str, str]:
    with data(file).open(encoding="utf-8", newline="") as table:
        return next(row for row in csv.DictReader(table) if row["item"] == item)
