"""What the tests of KMS say again and again: make a key, and be refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.services.kms.hsm import Hsm
from labkit.cloud.services.kms.hsm_keys import HsmKeys
from labkit.cloud.services.kms.model import KmsTables

USAGE = {"SYMMETRIC": "ENCRYPT_DECRYPT", "HMAC": "GENERATE_VERIFY_MAC", "ECC": "SIGN_VERIFY"}


class Refusal(NamedTuple):
    """An error as a client sees it."""

    code: str
    message: str
    status: int = 400


def new_key(kms: Any, spec: str = "SYMMETRIC_DEFAULT", usage: str = "") -> str:
    """Create a key and return its ARN; an RSA key signs unless `usage` says otherwise."""
    usage = usage or USAGE.get(spec.split("_", maxsplit=1)[0], "SIGN_VERIFY")
    metadata = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    return str(metadata["Arn"])


def refusal(call: Callable[..., Any], **parameters: Any) -> Refusal:
    """Make a call that must fail, and return how it did."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response: Any = caught.value.response
    error = response["Error"]
    return Refusal(error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"])


def is_disabled(arn: str) -> Refusal:
    return Refusal("DisabledException", f"{arn} is disabled.")


def is_pending_deletion(arn: str) -> Refusal:
    return Refusal("KMSInvalidStateException", f"{arn} is pending deletion.")


def is_not_pending_deletion(arn: str) -> Refusal:
    return Refusal("KMSInvalidStateException", f"{arn} is not pending deletion.")


def invalid(member: str, rule: str, value: str = "") -> Refusal:
    """The error for one broken constraint of the service model; `value` is empty where AWS hides it."""
    shown = f"Value {value} at" if value else "Value at"
    return Refusal(
        "ValidationException",
        f"1 validation error detected: {shown} '{member}' failed to satisfy constraint: {rule}",
    )


def kms_state(lab: Lab) -> dict[Any, Any]:
    """All that KMS remembers, in every account and region, and what is planned."""
    scopes = lab.cloud.store.scopes(KmsTables)
    tables = {scope: lab.cloud.store.tables(KmsTables, *scope) for scope in scopes}
    kinds = ("keys", "materials", "aliases", "grants")
    records = {(scope, kind): list(getattr(one, kind)) for scope, one in tables.items() for kind in kinds}
    return {place: held for place, held in records.items() if held} | {"agenda": lab.clock.agenda()}


def hsm_of(lab: Lab) -> Hsm:
    """Return the module as the last call saw it."""
    return Hsm(lab.cloud.hsm_memory.root, lab.cloud.part(HsmKeys), lab.gateway.calls[-1])
