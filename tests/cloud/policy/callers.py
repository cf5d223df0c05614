"""Callers of every kind, and the shortest way to write a policy, for the tests of this folder."""

import json
from typing import Any

from labkit.cloud.policy.principal import AttachedPolicy, Principal, anonymous, service_principal
from labkit.records import replace

ACCOUNT, OTHER = "111122223333", "444455556666"
ACCOUNT_ROOT, OTHER_ROOT = f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHER}:root"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:payroll-a1b2c3"

ANN = Principal("IAMUser", f"arn:aws:iam::{ACCOUNT}:user/team/ann", ACCOUNT, "AIDAANNANNANNANNA", "ann")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/auditor"
SESSION = Principal(
    "AssumedRole",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/monday",
    ACCOUNT,
    "AROAAUDITORAUDITO:monday",
    "monday",
    issuer=ROLE,
)
FEDERATED = Principal(
    "FederatedUser",
    f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
    ACCOUNT,
    f"{ACCOUNT}:guest",
    "guest",
    issuer=ANN.arn,
)
ROOT = Principal("Root", ACCOUNT_ROOT, ACCOUNT, ACCOUNT, "root")
LOGS = service_principal("logs", ACCOUNT)
NOBODY = anonymous()
STRANGER = replace(ANN, arn=f"arn:aws:iam::{OTHER}:user/stan", account=OTHER, user_id="AIDASTAN", name="stan")


def statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """One statement, of everything unless told otherwise; an element given as None is left out."""
    whole = {"Effect": effect, "Action": action, "Resource": resource} | more
    return {name: value for name, value in whole.items() if value is not None}


def policy(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    """A policy document of these statements."""
    head = {"Version": version} if version else {}
    return json.dumps(head | {"Statement": list(statements)})


def allowing(action: Any = "*", resource: Any = "*", **more: Any) -> str:
    """A policy document that allows one thing."""
    return policy(statement("Allow", action, resource, **more))


def attached(*documents: str) -> tuple[AttachedPolicy, ...]:
    """Policies as they hang on a principal."""
    return tuple(AttachedPolicy(f"policy{place}", text) for place, text in enumerate(documents))


def bound(
    principal: Principal, *policies: str, boundary: str | None = None, session: tuple[str, ...] = ()
) -> Principal:
    """`principal` with identity policies, a boundary and session policies."""
    return replace(
        principal,
        policies=attached(*policies),
        boundary=AttachedPolicy("boundary", boundary) if boundary else None,
        session_policies=attached(*session),
    )
