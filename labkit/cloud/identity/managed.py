"""Policies that AWS wrote: AdministratorAccess and its like, there in every account without being made.

Each is a file in the folder aws_managed/. Their documents are short readings of AWS's own, which run to
thousands of actions; what a file leaves out, its Description says.
Source: AWS Managed Policy Reference Guide.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from labkit.cloud.identity.model import ManagedPolicy, PolicyVersion
from labkit.cloud.identity.unique_ids import LETTERS, POLICY, base32
from labkit.cloud.state.arns import arn

OWNER = "aws"


@cache
def aws_managed(partition: str) -> dict[str, ManagedPolicy]:
    """AWS's own policies in a partition, by their ARNs."""
    folder = files("labkit.cloud.identity") / "aws_managed"
    texts = (file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".json"))
    made = [_policy(json.loads(text), partition) for text in texts]
    return {policy.Arn: policy for policy in sorted(made, key=lambda policy: policy.PolicyName)}


def _policy(told: dict[str, Any], partition: str) -> ManagedPolicy:
    created = datetime.fromisoformat(told["CreateDate"]).replace(tzinfo=UTC)
    digest = hashlib.sha256(told["PolicyName"].encode()).digest()
    return ManagedPolicy(
        PolicyName=told["PolicyName"],
        PolicyId=POLICY + base32(digest)[:LETTERS],
        Arn=arn("iam", "", OWNER, f"policy{told['Path']}{told['PolicyName']}", partition=partition),
        Path=told["Path"],
        CreateDate=created,
        UpdateDate=created,
        Versions=(PolicyVersion("v1", json.dumps(told["Document"], indent=4), created),),
        Description=told["Description"],
    )
