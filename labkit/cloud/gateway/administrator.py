"""The administrator whom every account has from the start, as a client signs in as one.

    boto3.client("kms", **administrator_credentials("444455556666"))

An access key id of 12 digits names the account whose administrator asks. The secret is one for all, and no
secret: a lab that checks signatures needs something to check them with, and hides nothing from its owner.
"""

import re
from typing import Any

ACCESS_KEY_ID = "AKIALABKITEXAMPLE000"
SECRET_ACCESS_KEY = "labkit"  # noqa: S105 - it is meant to be known

_ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)


def is_account_id(text: str) -> bool:
    """Whether this is an account's id: 12 digits."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def administrator_credentials(account: str) -> dict[str, Any]:
    """What boto3.client() takes to call as the administrator of `account`.

    Raises:
        ValueError: `account` does not have 12 digits.
    """
    if not is_account_id(account):
        raise ValueError(f"An account id has 12 digits; {account!r} has not")
    return {"aws_access_key_id": account, "aws_secret_access_key": SECRET_ACCESS_KEY}
