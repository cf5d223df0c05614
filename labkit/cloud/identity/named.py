"""Whom a policy or a grant means: the very user or role that had the name when it was written.

AWS keeps a principal by its unique id. If the user is deleted and another is made by the same name, the
policy does not mean the new one; read again, it shows the id of the one who is gone in place of the ARN.
Source: IAM User Guide, "AWS JSON policy elements: Principal" ("IAM user principals", "IAM role principals").
"""

import json
from functools import lru_cache
from typing import Any

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.directory import find_role_by_arn, find_user
from labkit.cloud.policy.documents import statements
from labkit.cloud.state.arns import Arn

# ARNs of users and roles, each with the unique id that it stood for.
Named = tuple[tuple[str, str], ...]


def unique_id_of(cloud: Cloud, arn: str) -> str:
    """The unique id of the user or role that has this ARN now; "" if nobody has."""
    role = find_role_by_arn(cloud, arn)
    if role is not None:
        return role.RoleId
    parsed = Arn.parse(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("user/"):
        return ""
    user = find_user(cloud, parsed.account, parsed.resource.rpartition("/")[2], parsed.partition)
    return user.UserId if user is not None and user.Arn == arn else ""


def named_in(cloud: Cloud, policy: str) -> Named:
    """The users and roles in the Principal and NotPrincipal elements of a policy, with their unique ids."""
    arns = {
        name
        for statement in statements(policy)
        if statement.principals is not None
        for name in statement.principals.named.aws
    }
    return tuple((arn, unique_id) for arn in sorted(arns) if (unique_id := unique_id_of(cloud, arn)))


def as_meant(cloud: Cloud, policy: str, named: Named) -> str:
    """The policy, with unique ids in place of the ARNs that mean nobody or somebody else by now."""
    gone = tuple((arn, unique_id) for arn, unique_id in named if unique_id_of(cloud, arn) != unique_id)
    return _with_ids(policy, gone) if gone else policy


@lru_cache(maxsize=1024)
def _with_ids(policy: str, gone: Named) -> str:
    document, ids = json.loads(policy), dict(gone)
    listed = document["Statement"]
    for statement in listed if isinstance(listed, list) else [listed]:
        for element in ("Principal", "NotPrincipal"):
            if isinstance(statement.get(element), dict) and "AWS" in statement[element]:
                statement[element]["AWS"] = _replaced(statement[element]["AWS"], ids)
    return json.dumps(document, indent=2)


def _replaced(names: Any, ids: dict[str, str]) -> Any:
    return [ids.get(name, name) for name in names] if isinstance(names, list) else ids.get(names, names)
